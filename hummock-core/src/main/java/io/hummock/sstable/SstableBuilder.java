package io.hummock.sstable;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Writes a table from ascending entries: blocks as they fill, at the end the filters and indexes.
 *
 * <p>Memory is bounded by the largest block, one group's filter and index, a megabyte of {@code
 * .meta}, about 100 bytes for each further group and 8 for each partition; the store's writers add
 * their part buffers. It does not grow with the data.
 *
 * <p>Not thread-safe. Closing without {@link #finish}, or after it failed, leaves no object: what
 * may have appeared is deleted.
 */
public final class SstableBuilder implements Closeable {
  /**
   * A group is closed when it has so many filter entries. With those of the last block its filter
   * then takes a little less than 40 KB at 10 bits a key, for which there are pages of that size.
   */
  private static final int GROUP_FILTER_ENTRIES = 32_000;

  /** A group is closed when its index takes so many bytes. */
  private static final int GROUP_INDEX_BYTES = 32 << 10;

  /**
   * A group is closed when its blocks take so many bytes; with the largest block they fit an int.
   */
  private static final long GROUP_DATA_BYTES = 512L << 20;

  private final SstableOptions options;
  private final ObjectStore objects;
  private final UUID id;
  private final String dataPath;
  private final SstableMetaWriter meta;
  private final ObjectWriter data;

  private final BlockBuilder block;
  private final BloomFilter filter;
  private final BlockIndex index = new BlockIndex();
  private final BlockCompressor compressor = new BlockCompressor();
  private final SliceBuilder stored = new SliceBuilder();

  private final SliceBuilder lastKey = new SliceBuilder();
  private final SliceBuilder lastPrefix = new SliceBuilder();
  private final SliceBuilder fence = new SliceBuilder();
  private @Nullable Slice smallestKey;
  private long lastEpoch;
  private int lastPartition = -1;
  private long baseEpoch;
  private long smallestEpoch = Long.MAX_VALUE;
  private long largestEpoch;
  private long entryCount;
  private long tombstoneCount;
  private long mergeCount;
  private long rawBytes;

  private long written;
  private long groupBase = SstableFormat.HEADER_BYTES;
  private int blockCount;
  private boolean blockAwaitsFence;
  private boolean finished;
  private boolean mayHaveAppeared;
  private boolean closed;

  /**
   * @param options the shape of the table
   * @param objects where the objects are written
   * @param id names the table; goes into both objects
   * @param dataPath the path of the {@code .sst} object
   * @param metaPath the path of the {@code .meta} object
   * @param puts runs the put of {@code .meta} while {@link #finish} commits {@code .sst}; may run
   *     it at once in the same thread, late or never: {@link #finish} then does it itself
   */
  public SstableBuilder(
      SstableOptions options,
      ObjectStore objects,
      UUID id,
      String dataPath,
      String metaPath,
      Executor puts)
      throws IOException {
    this.options = options;
    this.objects = objects;
    this.id = id;
    this.dataPath = dataPath;
    block = new BlockBuilder(options.restartInterval());
    filter = new BloomFilter(options.bloomBitsPerKey());
    meta = new SstableMetaWriter(objects, id, metaPath, puts);
    data = objects.create(dataPath);
    boolean begun = false;
    try {
      data.write(SstableFormat.header(id));
      written = SstableFormat.HEADER_BYTES;
      begun = true;
    } finally {
      if (!begun) {
        data.close();
      }
    }
  }

  /** Appends the current entry of an iterator. */
  public void add(HummockIterator entry) throws IOException {
    add(
        entry.key(),
        entry.epoch(),
        entry.scanPrefixLength(),
        entry.kind(),
        entry.kind() == ValueKind.TOMBSTONE ? Slice.EMPTY : entry.value());
  }

  /**
   * Appends an entry, greater than all before it.
   *
   * @param key {@code key_space | user_key}; may be reused after the call
   * @param epoch of the entry; descending among entries of one key
   * @param scanPrefixLength see {@link HummockIterator#scanPrefixLength}
   * @param value empty for a tombstone; may be reused after the call
   */
  public void add(Slice key, long epoch, int scanPrefixLength, ValueKind kind, Slice value)
      throws IOException {
    assert !finished && !closed;
    assert KeySpace.LENGTH <= key.length() && key.length() <= FullKey.MAX_KEY_LENGTH;
    assert KeySpace.LENGTH <= scanPrefixLength && scanPrefixLength <= key.length();
    assert kind != ValueKind.TOMBSTONE || value.isEmpty();
    assert entryCount == 0 || FullKey.compare(lastKey.slice(), lastEpoch, key, epoch) < 0
        : "entry " + key + " @" + epoch + " after " + lastKey.slice() + " @" + lastEpoch;
    checkLength(key, value);
    boolean isNewKey = entryCount == 0 || !key.equals(lastKey.slice());
    if (block.mostWith(key, value) + SstableFormat.BLOCK_TRAILER_BYTES > options.blockBytes()) {
      endBlock();
    }
    if (block.isEmpty()) {
      sealBlock(key);
    }
    if (entryCount == 0) {
      smallestKey = key.copy();
      baseEpoch = epoch;
    }
    int partition = KeySpace.partition(key);
    if (partition != lastPartition) {
      meta.addPartition(partition, blockCount, block.isEmpty());
      lastPartition = partition;
    }
    long hash = isNewKey || block.isEmpty() ? Hash.hash64(key) : 0;
    boolean groupIsNew = index.count() == 0 && block.isEmpty();
    if (options.bloomBitsPerKey() > 0) {
      addToFilter(key, hash, isNewKey, groupIsNew, scanPrefixLength);
    }
    block.add(key, hash, isNewKey, epoch - baseEpoch, scanPrefixLength, kind, value);
    if (isNewKey) {
      lastKey.clear();
      lastKey.write(key);
    }
    lastEpoch = epoch;
    smallestEpoch = Math.min(smallestEpoch, epoch);
    largestEpoch = Math.max(largestEpoch, epoch);
    entryCount++;
    tombstoneCount += kind == ValueKind.TOMBSTONE ? 1 : 0;
    mergeCount += kind == ValueKind.MERGE ? 1 : 0;
  }

  /** The entries so far. */
  public long entryCount() {
    return entryCount;
  }

  /** The bytes of {@code .sst} so far, the open block uncompressed. */
  public long dataBytes() {
    return written + block.size();
  }

  /**
   * Ends the table and makes both objects appear. Requires at least one entry.
   *
   * @throws IOException if either object could not be written; close the builder then
   */
  public SstableInfo finish() throws IOException {
    Slice smallest = smallestKey;
    if (smallest == null || finished || closed) {
      throw new IllegalStateException("a table of " + entryCount + " entries cannot be finished");
    }
    endBlock();
    fence.clear();
    fence.write(lastKey.slice()).writeByte(0);
    index.add(fence.slice(), (int) (written - groupBase));
    endGroup();

    int probes = options.bloomBitsPerKey() == 0 ? 0 : BloomFilter.probes(options.bloomBitsPerKey());
    SliceBuilder properties = new SliceBuilder();
    properties.writeVarint(baseEpoch).writeVarint(probes).writeVarint(entryCount);
    properties.writeLengthPrefixed(smallest).writeLengthPrefixed(lastKey.slice());
    properties.writeVarint(rawBytes);

    mayHaveAppeared = true;
    meta.finish(properties.slice(), written, data::commit);
    finished = true;
    return new SstableInfo(
        id,
        written,
        meta.length(),
        meta.checksum(),
        smallest,
        lastKey.slice().copy(),
        smallestEpoch,
        largestEpoch,
        entryCount,
        tombstoneCount,
        mergeCount,
        CompactionFilter.NEVER);
  }

  /** Ends the builder; unless finished, no object stays. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (data;
        meta) {
      // Writers are closed before anything is deleted, whichever fails.
    } finally {
      if (mayHaveAppeared && !finished) {
        objects.delete(List.of(dataPath, meta.path()));
      }
    }
  }

  private static void checkLength(Slice key, Slice value) {
    if ((long) key.length() + value.length() > SstableFormat.MAX_BLOCK_BYTES - (1 << 10)) {
      throw new IllegalArgumentException(
          "value of " + value.length() + " bytes, a table's limit is 1 GB for key and value");
    }
  }

  private void addToFilter(
      Slice key, long hash, boolean isNewKey, boolean groupIsNew, int scanPrefixLength) {
    if (groupIsNew) {
      lastPrefix.clear();
    }
    if (isNewKey || groupIsNew) {
      filter.add(hash);
    }
    if (scanPrefixLength < key.length()) {
      Slice prefix = key.slice(0, scanPrefixLength);
      if (!prefix.equals(lastPrefix.slice())) {
        filter.add(Hash.hash64(prefix));
        lastPrefix.clear();
        lastPrefix.write(prefix);
      }
    }
  }

  /** Now that the key behind it is known: enters the last block into the index. */
  private void sealBlock(Slice nextKey) throws IOException {
    if (!blockAwaitsFence) {
      return;
    }
    blockAwaitsFence = false;
    fence.clear();
    Slice last = lastKey.slice();
    if (last.equals(nextKey)) {
      fence.write(last).writeByte(0);
    } else {
      fence.write(nextKey.slice(0, last.commonPrefixLength(nextKey) + 1));
    }
    index.add(fence.slice(), (int) (written - groupBase));
    if (filter.count() >= GROUP_FILTER_ENTRIES
        || index.size() >= GROUP_INDEX_BYTES
        || written - groupBase >= GROUP_DATA_BYTES) {
      endGroup();
    }
  }

  private void endGroup() throws IOException {
    meta.addGroup(options.bloomBitsPerKey() > 0 ? filter : null, index, groupBase, fence.slice());
    filter.clear();
    index.clear();
    groupBase = written;
  }

  /** Writes the open block, if it has entries. */
  private void endBlock() throws IOException {
    if (block.isEmpty()) {
      return;
    }
    Slice raw = block.finish();
    rawBytes += raw.length();
    stored.clear();
    boolean compressed = options.compressed() && compressor.compress(raw, stored);
    if (!compressed) {
      stored.write(raw);
    }
    stored.writeInt(raw.length());
    stored.writeByte(compressed ? SstableFormat.LZ4 : SstableFormat.UNCOMPRESSED);
    ByteBuffer checked = ByteBuffer.wrap(stored.array(), 0, stored.length());
    stored.writeInt(SstableFormat.blockChecksum(checked, id, written));
    data.write(stored.slice());
    written += stored.length();
    block.clear();
    blockCount++;
    blockAwaitsFence = true;
  }
}
