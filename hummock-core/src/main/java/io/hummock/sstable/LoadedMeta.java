package io.hummock.sstable;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What a table has in memory once its {@code .meta} object was looked at. Thread-safe. */
final class LoadedMeta {
  private final SstableMeta root;
  private final AtomicReferenceArray<Section> filters;
  private final AtomicReferenceArray<Section> indexes;

  /** Of each group the blocks that are kept; made with the first of them. */
  private final AtomicReferenceArray<AtomicReferenceArray<Block>> blocks;

  private volatile boolean closed;

  LoadedMeta(SstableMeta root) {
    this.root = root;
    filters = new AtomicReferenceArray<>(root.groupCount);
    indexes = new AtomicReferenceArray<>(root.groupCount);
    blocks = new AtomicReferenceArray<>(root.groupCount);
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

  /** The blocks of a group that are kept, from its first block on. */
  AtomicReferenceArray<Block> blocks(int group) {
    AtomicReferenceArray<Block> made = blocks.get(group);
    if (made == null) {
      blocks.compareAndSet(group, null, new AtomicReferenceArray<>(root.blocks(group)));
      made = Objects.requireNonNull(blocks.get(group));
    }
    return made;
  }

  boolean isClosed() {
    return closed;
  }

  /** Forgets sections and blocks. */
  void close(BlockCache cache) {
    closed = true;
    for (int group = 0; group < root.groupCount; group++) {
      drop(cache, filters.get(group));
      drop(cache, indexes.get(group));
    }
    for (int group = 0; group < root.groupCount; group++) {
      AtomicReferenceArray<Block> kept = blocks.get(group);
      for (int i = 0; kept != null && i < kept.length(); i++) {
        Block block = kept.get(i);
        if (block != null) {
          cache.drop(block);
        }
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
    return root.heapBytes() + root.blockCount * 4 + root.groupCount * 48;
  }
}
