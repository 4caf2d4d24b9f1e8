package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The index of a group: where its blocks are and which keys they hold.
 *
 * <p>Each block has a <em>fence</em>: a string greater than all its keys, and not greater than the
 * first key of the next block unless that is an older version of this block's last key; then the
 * fence is that key and a zero byte. So the first block whose fence is greater than a key is the
 * first that may hold it.
 *
 * <pre>
 * block count n       4
 * prefix length p     4   of the bytes that all fences of the group begin with
 * base                8   where in the .sst object the group's first block begins
 * heads           n * 8   of each fence the eight bytes behind the prefix, zeros where it is
 *                         shorter; the first byte is the most significant of a number, which is
 *                         stored little endian
 * block ends      n * 4   where each block ends, trailer included, counted from the base
 * fence ends      n * 4   where each fence's rest ends, counted from the first rest
 * prefix              p
 * rests                   of each fence what follows the prefix, the head's bytes included
 * </pre>
 *
 * <p>An instance collects a group's blocks and writes them; the static methods read.
 */
final class BlockIndex {
  private static final int HEADS_AT = 16;

  /** The bytes that a block takes besides its fence. */
  private static final int BLOCK_BYTES = Long.BYTES + 2 * Integer.BYTES;

  private final SliceBuilder fences = new SliceBuilder();
  private int[] fenceEnds = new int[64];
  private int[] blockEnds = new int[64];
  private int count;

  /** Adds a block that ends {@code end} bytes behind the base. */
  void add(Slice fence, int end) {
    if (count == fenceEnds.length) {
      fenceEnds = Arrays.copyOf(fenceEnds, 2 * count);
      blockEnds = Arrays.copyOf(blockEnds, 2 * count);
    }
    fences.write(fence);
    fenceEnds[count] = fences.length();
    blockEnds[count++] = end;
  }

  int count() {
    return count;
  }

  /** About the bytes that {@link #writeTo} will write. */
  int size() {
    return HEADS_AT + count * BLOCK_BYTES + fences.length();
  }

  void clear() {
    fences.clear();
    count = 0;
  }

  void writeTo(SliceBuilder target, long base) {
    Slice first = fence(0);
    int prefix = first.commonPrefixLength(fence(count - 1));
    target.writeInt(count).writeInt(prefix).writeLong(base);
    for (int i = 0; i < count; i++) {
      target.writeLong(head(fence(i), prefix));
    }
    for (int i = 0; i < count; i++) {
      target.writeInt(blockEnds[i]);
    }
    for (int i = 0; i < count; i++) {
      target.writeInt(fenceEnds[i] - (i + 1) * prefix);
    }
    target.write(first.slice(0, prefix));
    for (int i = 0; i < count; i++) {
      target.write(fence(i).from(prefix));
    }
  }

  private Slice fence(int block) {
    int start = block == 0 ? 0 : fenceEnds[block - 1];
    return Slice.of(fences.array(), start, fenceEnds[block] - start);
  }

  /** The eight bytes from {@code from}, most significant first, zeros behind the end. */
  private static long head(Slice bytes, int from) {
    long head = 0;
    int present = Math.min(Long.BYTES, bytes.length() - from);
    for (int i = 0; i < present; i++) {
      head |= (bytes.array()[bytes.offset() + from + i] & 0xFFL) << (56 - 8 * i);
    }
    return head;
  }

  /**
   * Checks an index that passed its checksum.
   *
   * @param blocks how many blocks there must be
   * @param dataBytes the length of the {@code .sst} object
   */
  static void check(Slice bytes, int blocks, long dataBytes, String object, long offset)
      throws CorruptionException {
    int length = bytes.length();
    ByteBuffer index =
        ByteBuffer.wrap(bytes.array(), bytes.offset(), length)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    if (length < HEADS_AT || index.getInt(0) != blocks) {
      throw new CorruptionException(
          object,
          offset,
          "an index of " + blocks + " blocks",
          length < HEADS_AT ? length + " bytes" : Integer.toString(index.getInt(0)));
    }
    int prefix = index.getInt(4);
    long base = index.getLong(8);
    long rests = (long) length - HEADS_AT - (long) blocks * BLOCK_BYTES - prefix;
    boolean sound =
        prefix >= 0 && rests >= 0 && base >= SstableFormat.HEADER_BYTES && base <= dataBytes;
    int lastEnd = 0;
    int lastRest = 0;
    for (int i = 0; sound && i < blocks; i++) {
      int end = index.getInt(endsAt(blocks) + i * Integer.BYTES);
      int rest = index.getInt(fencesAt(blocks) + i * Integer.BYTES);
      sound =
          end - (long) lastEnd > SstableFormat.BLOCK_TRAILER_BYTES
              && end <= dataBytes - base
              && rest >= lastRest
              && rest <= rests;
      lastEnd = end;
      lastRest = rest;
    }
    if (!sound || lastRest != rests) {
      throw new CorruptionException(
          object, offset, "blocks and fences in order", "others, in " + length + " bytes");
    }
  }

  /** Where in the {@code .sst} object a block begins. */
  static long blockStart(ByteBuffer index, int block) {
    int count = index.getInt(0);
    long base = index.getLong(8);
    return block == 0 ? base : base + index.getInt(endsAt(count) + (block - 1) * Integer.BYTES);
  }

  /** Where in the {@code .sst} object a block ends, its trailer included. */
  static long blockEnd(ByteBuffer index, int block) {
    return index.getLong(8) + index.getInt(endsAt(index.getInt(0)) + block * Integer.BYTES);
  }

  /** The first block whose fence is greater than {@code key}; the block count if none is. */
  static int find(ByteBuffer index, Slice key) {
    int count = index.getInt(0);
    int prefix = index.getInt(4);
    int order = compareBytes(index, prefixAt(count), prefix, key, 0, prefix);
    if (order != 0) {
      return order > 0 ? 0 : count;
    }
    long head = head(key, prefix);
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int headOrder = Long.compareUnsigned(index.getLong(HEADS_AT + middle * Long.BYTES), head);
      if (headOrder == 0) {
        headOrder = compareRest(index, count, prefix, middle, key);
      }
      if (headOrder > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Whether versions of {@code key} may go on behind this block. */
  static boolean continuesAfter(ByteBuffer index, int block, Slice key) {
    int count = index.getInt(0);
    int prefix = index.getInt(4);
    int rest = restEnd(index, count, block) - restStart(index, count, block);
    if (prefix + rest != key.length() + 1) {
      return false;
    }
    int shared = Math.min(prefix, key.length());
    int restAt = prefixAt(count) + prefix + restStart(index, count, block);
    return compareBytes(index, prefixAt(count), shared, key, 0, shared) == 0
        && compareBytes(index, restAt, key.length() - shared, key, shared, key.length() - shared)
            == 0
        && (rest == 0 ? index.get(prefixAt(count) + prefix - 1) : index.get(restAt + rest - 1))
            == 0;
  }

  private static int compareRest(ByteBuffer index, int count, int prefix, int block, Slice key) {
    int start = restStart(index, count, block);
    return compareBytes(
        index,
        prefixAt(count) + prefix + start,
        restEnd(index, count, block) - start,
        key,
        prefix,
        key.length() - prefix);
  }

  /** The order of {@code length} bytes of the index to at most {@code max} of the key. */
  private static int compareBytes(
      ByteBuffer index, int at, int length, Slice key, int from, int max) {
    int present = Math.min(max, key.length() - from);
    int common = Math.min(length, present);
    byte[] array = key.array();
    int start = key.offset() + from;
    for (int i = 0; i < common; i++) {
      int order = Byte.compareUnsigned(index.get(at + i), array[start + i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(length, present);
  }

  private static int restStart(ByteBuffer index, int count, int block) {
    return block == 0 ? 0 : restEnd(index, count, block - 1);
  }

  private static int restEnd(ByteBuffer index, int count, int block) {
    return index.getInt(fencesAt(count) + block * Integer.BYTES);
  }

  private static int endsAt(int count) {
    return HEADS_AT + count * Long.BYTES;
  }

  private static int fencesAt(int count) {
    return endsAt(count) + count * Integer.BYTES;
  }

  private static int prefixAt(int count) {
    return fencesAt(count) + count * Integer.BYTES;
  }
}
