package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceReader;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import java.util.Arrays;

/**
 * The last sections of a {@code .meta} object, decoded: what leads to the filters and indexes,
 * which stand before them, and to the blocks.
 *
 * <p>Blocks are numbered through the table. A run of blocks that share a filter and an index is a
 * <em>group</em>; a small table has one.
 *
 * <pre>
 * .meta:
 *   for each group: filter | index           BloomFilter, BlockIndex; no filter at 0 bits a key
 *   directory
 *   partitions
 *   properties
 *   footer                                   64 bytes
 *
 * directory:
 *   group count        4
 *   for each group:
 *     filter length    4
 *     filter checksum  4
 *     index length     4
 *     index checksum   4
 *     block count      4
 *     fence            varint length | bytes  that of the group's last block
 *
 * partitions:
 *   count              varint
 *   for each partition that has entries, ascending:
 *     gap              varint   partition - the one before, which is -1 at first
 *     start            varint   2 * (block of its first entry - that of the partition before)
 *                               + (1 if it is the block's first entry)
 *
 * properties:
 *   base epoch         varint
 *   filter probes      varint   how many bits a key sets; 0 if there are no filters
 *   entry count        varint
 *   smallest key       varint length | bytes
 *   largest key        varint length | bytes
 *   raw bytes          varint   of all blocks before compression
 *
 * footer:
 *   table id           16
 *   .sst length         8
 *   directory length    4 | checksum 4
 *   partitions length   4 | checksum 4
 *   properties length   4 | checksum 4
 *   checksum            4       of the 48 bytes before
 *   version             4
 *   magic               8
 * </pre>
 *
 * <p>Sections lie back to back from the start of the object to its end.
 */
final class SstableMeta {
  /** The smallest group entry of a directory. */
  private static final int MIN_GROUP_BYTES = 21;

  final long baseEpoch;
  final int probes;
  final int groupCount;
  final int blockCount;

  /** Of each group the last fence. */
  private final Slice[] fences;

  /** Of each group where its filter begins, then where its last index ends. */
  final long[] starts;

  final int[] filterLengths;
  final int[] filterChecksums;
  final int[] indexChecksums;

  /** Of each group its first block; then the block count. */
  private final int[] firstBlocks;

  private final int[] partitions;

  /** Of each partition {@code 2 * block + 1} if its first entry is the block's first, else even. */
  private final int[] partitionStarts;

  /** Decodes the sections between the groups and the footer, checksums still to be verified. */
  static SstableMeta decode(SstableFooter footer, Slice sections, SstableInfo info, String object)
      throws CorruptionException {
    return new SstableMeta(footer, sections, info, object);
  }

  private SstableMeta(SstableFooter footer, Slice sections, SstableInfo info, String object)
      throws CorruptionException {
    long directoryAt = footer.directoryOffset();
    Slice directory = sections.slice(0, footer.directoryLength());
    Checksum.verify(directory, footer.directoryChecksum(), object, directoryAt);
    long partitionsAt = directoryAt + footer.directoryLength();
    Slice partitionBytes = sections.slice(footer.directoryLength(), footer.partitionsLength());
    Checksum.verify(partitionBytes, footer.partitionsChecksum(), object, partitionsAt);
    long propertiesAt = partitionsAt + footer.partitionsLength();
    Slice properties =
        sections.slice(
            footer.directoryLength() + footer.partitionsLength(), footer.propertiesLength());
    Checksum.verify(properties, footer.propertiesChecksum(), object, propertiesAt);

    SliceReader reader = new SliceReader(properties, object, propertiesAt);
    baseEpoch = reader.readVarint();
    probes = reader.readVarint(64, "filter probes");
    long entries = reader.readVarint();
    Slice smallest = reader.readLengthPrefixed(FullKey.MAX_KEY_LENGTH, "a smallest key");
    Slice largest = reader.readLengthPrefixed(FullKey.MAX_KEY_LENGTH, "a largest key");
    reader.readVarint();
    if (baseEpoch < info.smallestEpoch()
        || baseEpoch > info.largestEpoch()
        || entries != info.entryCount()
        || !smallest.equals(info.smallestKey())
        || !largest.equals(info.largestKey())
        || reader.remaining() != 0) {
      throw reader.corrupt(
          info.toString(),
          "%d entries from %s to %s, base epoch %d"
              .formatted(entries, smallest, largest, baseEpoch));
    }

    reader = new SliceReader(directory, object, directoryAt);
    groupCount = reader.readInt();
    if (groupCount < 1 || groupCount > reader.remaining() / MIN_GROUP_BYTES) {
      throw reader.corrupt(
          "groups in " + reader.remaining() + " bytes", Integer.toString(groupCount));
    }
    fences = new Slice[groupCount];
    starts = new long[groupCount + 1];
    filterLengths = new int[groupCount];
    filterChecksums = new int[groupCount];
    indexChecksums = new int[groupCount];
    firstBlocks = new int[groupCount + 1];
    for (int group = 0; group < groupCount; group++) {
      readGroup(reader, group);
    }
    blockCount = firstBlocks[groupCount];
    if (starts[groupCount] != directoryAt || reader.remaining() != 0) {
      throw reader.corrupt(
          "groups of " + directoryAt + " bytes", starts[groupCount] + ", and more to come");
    }

    reader = new SliceReader(partitionBytes, object, partitionsAt);
    int count = reader.readVarint(reader.remaining(), "a partition count");
    partitions = new int[count];
    partitionStarts = new int[count];
    readPartitions(reader, info);
  }

  private void readGroup(SliceReader reader, int group) throws CorruptionException {
    int filterLength = reader.readInt();
    filterChecksums[group] = reader.readInt();
    int indexLength = reader.readInt();
    indexChecksums[group] = reader.readInt();
    int blocks = reader.readInt();
    boolean hasFilter = filterLength > 0 && filterLength % BloomFilter.LINE_BYTES == 0;
    if ((probes == 0 ? filterLength != 0 : !hasFilter)
        || indexLength <= 0
        || blocks <= 0
        || blocks > indexLength
        || blocks > (Integer.MAX_VALUE >> 1) - firstBlocks[group]) {
      throw reader.corrupt(
          "a group",
          "filter of %d bytes, index of %d bytes, %d blocks"
              .formatted(filterLength, indexLength, blocks));
    }
    filterLengths[group] = filterLength;
    starts[group + 1] = starts[group] + filterLength + indexLength;
    firstBlocks[group + 1] = firstBlocks[group] + blocks;
    fences[group] = reader.readLengthPrefixed(FullKey.MAX_KEY_LENGTH + 1, "a fence").copy();
    if (group > 0 && fences[group - 1].compareTo(fences[group]) > 0) {
      throw reader.corrupt("a fence not below " + fences[group - 1], fences[group].toString());
    }
  }

  private void readPartitions(SliceReader reader, SstableInfo info) throws CorruptionException {
    int partition = -1;
    int block = 0;
    for (int i = 0; i < partitions.length; i++) {
      int gap = reader.readVarint(KeySpace.MAX_PARTITION + 1, "a gap between partitions");
      int start = reader.readVarint(Integer.MAX_VALUE, "a partition's first block");
      partition += gap;
      block += start >>> 1; // both below 2^30
      if (gap < 1 || partition > KeySpace.MAX_PARTITION || block >= blockCount) {
        throw reader.corrupt("a partition", partition + " from block " + block);
      }
      partitions[i] = partition;
      partitionStarts[i] = block << 1 | (start & 1);
    }
    if (partitions.length == 0
        || partitions[0] != KeySpace.partition(info.smallestKey())
        || partition != KeySpace.partition(info.largestKey())
        || reader.remaining() != 0) {
      throw reader.corrupt("partitions up to that of the last key", "up to " + partition);
    }
  }

  /** The first group whose last fence is greater than {@code key}; the group count if none is. */
  int groupOf(Slice key) {
    int low = 0;
    int high = groupCount;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (fences[middle].compareTo(key) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Whether keys that begin with {@code prefix} may go on behind the group. */
  boolean continuesAfter(int group, Slice prefix) {
    return group + 1 < groupCount && fences[group].startsWith(prefix);
  }

  /** The group of a block. */
  int groupOf(int block) {
    if (groupCount == 1) {
      return 0;
    }
    int found = Arrays.binarySearch(firstBlocks, block);
    return found >= 0 ? found : -found - 2;
  }

  int firstBlock(int group) {
    return firstBlocks[group];
  }

  int blocks(int group) {
    return firstBlocks[group + 1] - firstBlocks[group];
  }

  long indexStart(int group) {
    return starts[group] + filterLengths[group];
  }

  int indexLength(int group) {
    return (int) (starts[group + 1] - indexStart(group));
  }

  /** The filter and the index of a group. */
  int groupLength(int group) {
    return (int) (starts[group + 1] - starts[group]);
  }

  /** The first block that has an entry of {@code clip}; -1 if none has. */
  int firstBlock(PartitionRange clip) {
    int at = partitionFrom(clip.first());
    return at == partitions.length || partitions[at] > clip.last() ? -1 : partitionStarts[at] >>> 1;
  }

  /** Whether the first entry of {@code clip} is the first of its block. */
  boolean startsBlock(PartitionRange clip) {
    return (partitionStarts[partitionFrom(clip.first())] & 1) != 0;
  }

  /** The last block that may have an entry of {@code clip}, if any has. */
  int lastBlock(PartitionRange clip) {
    int after = partitionFrom(clip.last() + 1);
    if (after == partitions.length) {
      return blockCount - 1;
    }
    int start = partitionStarts[after];
    return (start >>> 1) - (start & 1);
  }

  /** The place of the first partition that is not below {@code partition}. */
  private int partitionFrom(int partition) {
    int found = Arrays.binarySearch(partitions, partition);
    return found >= 0 ? found : -found - 1;
  }

  /** About the bytes that this takes in the heap. */
  int heapBytes() {
    int bytes = 200 + groupCount * 64 + partitions.length * 2 * Integer.BYTES;
    for (Slice fence : fences) {
      bytes += fence.length() + 40;
    }
    return bytes;
  }
}
