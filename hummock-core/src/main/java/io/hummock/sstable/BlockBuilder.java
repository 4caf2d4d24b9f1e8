package io.hummock.sstable;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.ValueKind;
import java.util.Arrays;

/**
 * Builds one block, uncompressed, and is reused for the next.
 *
 * <pre>
 * entries          see below, ascending full keys
 * restart offsets  4 bytes each, of the entries that have their key in full
 * buckets          1 byte each: the hash index
 * restart count    4
 * bucket count     2
 * flags            1   zero
 * reserved         1   zero
 *
 * entry:
 *   tag            1       bits 0-1 value kind; bit 2: the scan prefix is the whole key
 *   shared         varint  how many leading bytes the key shares with the previous entry's key:
 *                          exactly that many, but 0 at a restart
 *   unshared       varint  how many bytes of the key follow
 *   value length   varint
 *   epoch          varint  zigzag of epoch - base epoch of the table
 *   scan prefix    varint  only without bit 2
 *   key            unshared bytes
 *   value
 * </pre>
 *
 * <p>The hash index says in which restart interval a key begins: bucket {@code (h * count) >>> 32}
 * of a key's hash, {@code h} its low 32 bits, holds the number of the restart, 255 if no key of the
 * block falls there, 254 if keys of several intervals do. A block of one restart, or of more than
 * 254, has no buckets.
 */
final class BlockBuilder {
  private static final int MAX_INDEXED_RESTARTS = 254;

  /** What an entry takes beside key and value: tag, varints, a restart. */
  private static final int MAX_ENTRY_OVERHEAD = 1 + 4 * 5 + 10 + Integer.BYTES;

  private final int restartInterval;
  private final SliceBuilder bytes = new SliceBuilder(16 << 10);
  private final SliceBuilder lastKey = new SliceBuilder();
  private int[] restarts = new int[64];
  private int restartCount;
  private int sinceRestart;
  private int entryCount;

  /* The distinct keys' hashes, and in which restart interval each begins. */
  private int[] hashes = new int[256];
  private int[] intervals = new int[256];
  private int keyCount;

  BlockBuilder(int restartInterval) {
    this.restartInterval = restartInterval;
  }

  boolean isEmpty() {
    return entryCount == 0;
  }

  /** The bytes of the block if it were finished now, but for its hash index. */
  int size() {
    return bytes.length() + restartCount * Integer.BYTES + SstableFormat.BLOCK_FOOTER_BYTES;
  }

  /** The most bytes that the block can have if it is finished after one more entry. */
  long mostWith(Slice key, Slice value) {
    long entry = (long) MAX_ENTRY_OVERHEAD + key.length() + value.length();
    return size() + entry + buckets(keyCount + 1);
  }

  private static int buckets(int keys) {
    return Math.min(keys + keys / 3 + 1, 0xFFFF);
  }

  /** Appends an entry; {@code isNewKey} unless it is an older version of the entry before it. */
  void add(
      Slice key,
      long hash,
      boolean isNewKey,
      long epochDelta,
      int scanPrefixLength,
      ValueKind kind,
      Slice value) {
    int shared = 0;
    if (entryCount == 0 || sinceRestart == restartInterval) {
      startInterval();
    } else {
      shared = lastKey.slice().commonPrefixLength(key);
    }
    if (isNewKey || entryCount == 0) {
      rememberHash(hash);
    }
    boolean wholeKey = scanPrefixLength == key.length();
    bytes.writeByte(kind.tag() | (wholeKey ? SstableFormat.TAG_WHOLE_KEY : 0));
    bytes.writeVarint(shared);
    bytes.writeVarint(key.length() - shared);
    bytes.writeVarint(value.length());
    bytes.writeVarint((epochDelta << 1) ^ (epochDelta >> 63));
    if (!wholeKey) {
      bytes.writeVarint(scanPrefixLength);
    }
    bytes.write(key.array(), key.offset() + shared, key.length() - shared);
    bytes.write(value);
    lastKey.truncate(Math.min(shared, lastKey.length()));
    lastKey.write(key.array(), key.offset() + shared, key.length() - shared);
    sinceRestart++;
    entryCount++;
  }

  /** Ends the block and gives its bytes, valid until {@link #clear}. */
  Slice finish() {
    for (int i = 0; i < restartCount; i++) {
      bytes.writeInt(restarts[i]);
    }
    int buckets = 0;
    if (restartCount > 1 && restartCount <= MAX_INDEXED_RESTARTS) {
      buckets = buckets(keyCount);
      writeBuckets(buckets);
    }
    bytes.writeInt(restartCount);
    bytes.writeByte(buckets).writeByte(buckets >>> 8).writeByte(0).writeByte(0);
    return bytes.slice();
  }

  void clear() {
    bytes.clear();
    lastKey.clear();
    restartCount = 0;
    sinceRestart = 0;
    entryCount = 0;
    keyCount = 0;
  }

  private void startInterval() {
    if (restartCount == restarts.length) {
      restarts = Arrays.copyOf(restarts, 2 * restartCount);
    }
    restarts[restartCount++] = bytes.length();
    sinceRestart = 0;
    lastKey.clear();
  }

  private void rememberHash(long hash) {
    if (keyCount == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * keyCount);
      intervals = Arrays.copyOf(intervals, 2 * keyCount);
    }
    hashes[keyCount] = (int) hash;
    intervals[keyCount++] = restartCount - 1;
  }

  private void writeBuckets(int count) {
    int start = bytes.reserve(count);
    byte[] array = bytes.array();
    Arrays.fill(array, start, start + count, (byte) SstableFormat.BUCKET_EMPTY);
    for (int i = 0; i < keyCount; i++) {
      int at = start + bucket(hashes[i], count);
      int there = array[at] & 0xFF;
      if (there == SstableFormat.BUCKET_EMPTY) {
        array[at] = (byte) intervals[i];
      } else if (there != intervals[i]) {
        array[at] = (byte) SstableFormat.BUCKET_COLLISION;
      }
    }
  }

  /** The bucket of a hash among {@code count}. */
  static int bucket(long hash, int count) {
    return (int) (((hash & 0xFFFF_FFFFL) * count) >>> 32);
  }
}
