package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import java.nio.ByteBuffer;

/**
 * Where the parts of an uncompressed block are, read from its footer and checked.
 *
 * @param length the bytes of the block
 * @param entriesEnd where the entries end and the restart offsets begin
 * @param restartCount at least 1
 * @param bucketsAt where the hash index begins
 * @param bucketCount 0 if there is none
 */
record BlockLayout(int length, int entriesEnd, int restartCount, int bucketsAt, int bucketCount) {
  /** The layout of the block in the first {@code length} bytes of a little-endian buffer. */
  static BlockLayout of(ByteBuffer memory, int length, String object, long offset)
      throws CorruptionException {
    if (length < SstableFormat.BLOCK_FOOTER_BYTES + Integer.BYTES || length > memory.limit()) {
      throw new CorruptionException(
          object, offset, "a block of at least 12 bytes", Integer.toString(length));
    }
    int footer = length - SstableFormat.BLOCK_FOOTER_BYTES;
    int restarts = memory.getInt(footer);
    int buckets = memory.getShort(footer + Integer.BYTES) & 0xFFFF;
    int flags = memory.getShort(footer + Integer.BYTES + Short.BYTES) & 0xFFFF;
    if (flags != 0) {
      throw new CorruptionException(
          object, offset, "block flags 0", Integer.toHexString(flags) + " of a newer hummock");
    }
    long entriesEnd = (long) footer - buckets - (long) restarts * Integer.BYTES;
    if (restarts < 1 || entriesEnd < 1) {
      throw new CorruptionException(
          object,
          offset,
          "restarts and buckets that fit in " + length + " bytes",
          restarts + " restarts and " + buckets + " buckets");
    }
    return new BlockLayout(length, (int) entriesEnd, restarts, footer - buckets, buckets);
  }

  /** Where the entry of a restart begins. */
  int restartOffset(ByteBuffer memory, int restart, String object, long offset)
      throws CorruptionException {
    int at = memory.getInt(entriesEnd + restart * Integer.BYTES);
    if (at < 0 || at >= entriesEnd) {
      throw new CorruptionException(
          object, offset, "a restart offset below " + entriesEnd, Integer.toString(at));
    }
    return at;
  }
}
