package io.hummock.flink.backend;

import io.hummock.HummockOptions;
import io.hummock.flink.memory.MemoryLease;
import java.io.Serializable;

/**
 * What an operator's backend is built by, read from options and checked there.
 *
 * @param memory where memory comes from
 * @param writeBufferRatio the part of memory that memtables may take, between 0 and 1
 * @param rowCacheRatio the part of what memtables leave that the row cache may take, between 0 and
 *     1
 * @param heapTimers whether timers are on the heap instead of in the tree
 * @param timerCacheBytes the heap that the next timers of all queues in the tree may take
 * @param threads how many threads flush and compact
 * @param blockBytes the size of a block of an SSTable
 * @param tableBytes the size of an SSTable that compaction writes
 * @param levelBaseBytes the size of the first leveling level
 * @param bloomBitsPerKey the size of Bloom filters; 0 for none
 */
public record HummockSettings(
    MemoryLease memory,
    double writeBufferRatio,
    double rowCacheRatio,
    boolean heapTimers,
    long timerCacheBytes,
    int threads,
    int blockBytes,
    long tableBytes,
    long levelBaseBytes,
    int bloomBitsPerKey)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** One that is written to, and those that wait for their flush. */
  private static final int MAX_FROZEN_MEMTABLES = 2;

  private static final int MIN_MEMTABLE_BYTES = 64 << 10;

  /* What flushes, compactions and checkpoints hold for a moment beside memtables and cache. */
  private static final double IN_FLIGHT_RATIO = 0.1;

  /**
   * The sizes of a tree that has {@code bytes} of memory: {@code writeBufferRatio} of it for
   * memtables, a tenth of the rest for what is in flight, {@code rowCacheRatio} of what remains for
   * the row cache, the other part for the block cache.
   *
   * @throws IllegalArgumentException if that is too little to work with
   */
  public HummockOptions treeOptions(long bytes) {
    long memtableBytes = (long) (bytes * writeBufferRatio) / (1 + MAX_FROZEN_MEMTABLES);
    if (memtableBytes < MIN_MEMTABLE_BYTES) {
      throw new IllegalArgumentException(
          "a keyed backend has "
              + bytes
              + " bytes of memory, of which a memtable would get "
              + memtableBytes
              + ", less than "
              + MIN_MEMTABLE_BYTES
              + ": raise taskmanager.memory.managed.size or set"
              + " state.backend.hummock.memory.fixed-per-slot");
    }
    double cacheBytes = bytes * (1 - writeBufferRatio) * (1 - IN_FLIGHT_RATIO);
    HummockOptions defaults = HummockOptions.defaults();
    return new HummockOptions(
        memtableBytes,
        MAX_FROZEN_MEMTABLES,
        blockBytes,
        tableBytes,
        defaults.level0Trigger(),
        defaults.level0Slowdown(),
        defaults.level0Stop(),
        levelBaseBytes,
        defaults.levelMultiplier(),
        defaults.maxLevels(),
        bloomBitsPerKey,
        defaults.compressionLevel(),
        (long) (cacheBytes * (1 - rowCacheRatio)),
        (long) (cacheBytes * rowCacheRatio));
  }
}
