package io.hummock.sstable;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What a table has in memory once its {@code .meta} object was looked at. Thread-safe. */
final class LoadedMeta {
  private final SstableMeta root;
  private final AtomicReferenceArray<Section> filters;
  private final AtomicReferenceArray<Section> indexes;

  /** A bit for each block that was ever kept, so that closing finds them. */
  private final AtomicLongArray keptBlocks;

  private volatile boolean closed;

  LoadedMeta(SstableMeta root) {
    this.root = root;
    filters = new AtomicReferenceArray<>(root.groupCount);
    indexes = new AtomicReferenceArray<>(root.groupCount);
    keptBlocks = new AtomicLongArray((root.blockCount >>> 6) + 1);
  }

  SstableMeta root() {
    return root;
  }

  AtomicReferenceArray<Section> filters() {
    return filters;
  }

  AtomicReferenceArray<Section> indexes() {
    return indexes;
  }

  /** Remembers that the cache is given a block; false if the table is closed. */
  boolean noteBlock(int ordinal) {
    int word = ordinal >>> 6;
    long bit = 1L << (ordinal & 63);
    if ((keptBlocks.get(word) & bit) == 0) {
      keptBlocks.getAndAccumulate(word, bit, (a, b) -> a | b);
    }
    return !closed;
  }

  boolean isClosed() {
    return closed;
  }

  /** Forgets sections and blocks. */
  void close(BlockCache cache, long table) {
    closed = true;
    for (int group = 0; group < root.groupCount; group++) {
      drop(cache, filters.get(group));
      drop(cache, indexes.get(group));
    }
    for (int word = 0; word < keptBlocks.length(); word++) {
      for (long bits = keptBlocks.get(word); bits != 0; bits &= bits - 1) {
        cache.drop(table, (word << 6) + Long.numberOfTrailingZeros(bits));
      }
    }
  }

  private static void drop(BlockCache cache, @Nullable Section section) {
    if (section != null) {
      cache.sections().drop(section);
    }
  }

  /** The bytes that this takes in the heap. */
  int heapBytes() {
    return root.heapBytes() + keptBlocks.length() * Long.BYTES + root.groupCount * 8;
  }
}
