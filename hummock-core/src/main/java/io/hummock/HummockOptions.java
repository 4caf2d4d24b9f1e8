package io.hummock;

/**
 * The sizes that shape a tree. Start from {@link #defaults} and change what must differ.
 *
 * @param memtableBytes the memory of one memtable, at which it is frozen; at least 4 KB
 * @param maxFrozenMemtables how many frozen memtables may wait for their flush before writers stop
 * @param blockBytes the most that a block of several entries takes, uncompressed; 256 B to 1 MB
 * @param tableBytes the size at which a compaction output is closed
 * @param level0Trigger the number of tables at level 0 that starts a compaction
 * @param level0Slowdown the number of tables at level 0 that delays writes
 * @param level0Stop the number of tables at level 0 that stops writes
 * @param levelBaseBytes the target size of the first leveling level
 * @param levelMultiplier how many times larger each further level may be
 * @param maxLevels the number of levels, level 0 included
 * @param bloomBitsPerKey the size of the Bloom filters; 0 for none, else 4 to 24
 * @param compressionLevel the first level whose blocks are compressed; {@code maxLevels} for none
 * @param cacheBytes the part of the page budget for blocks, filters and indexes
 * @param rowCacheBytes the part of the page budget for single hot keys; 0 for no row cache
 */
public record HummockOptions(
    long memtableBytes,
    int maxFrozenMemtables,
    int blockBytes,
    long tableBytes,
    int level0Trigger,
    int level0Slowdown,
    int level0Stop,
    long levelBaseBytes,
    int levelMultiplier,
    int maxLevels,
    int bloomBitsPerKey,
    int compressionLevel,
    long cacheBytes,
    long rowCacheBytes) {
  private static final long MB = 1 << 20;

  public HummockOptions {
    check("memtableBytes", memtableBytes, 4 << 10, 1L << 40);
    check("maxFrozenMemtables", maxFrozenMemtables, 1, 64);
    check("blockBytes", blockBytes, 256, 1 << 20);
    check("tableBytes", tableBytes, 1 << 10, 1L << 32);
    check("level0Trigger", level0Trigger, 1, 1000);
    check("level0Slowdown", level0Slowdown, level0Trigger, 1000);
    check("level0Stop", level0Stop, level0Slowdown, 10_000);
    check("levelBaseBytes", levelBaseBytes, 1 << 10, 1L << 50);
    check("levelMultiplier", levelMultiplier, 2, 100);
    check("maxLevels", maxLevels, 2, 16);
    if (bloomBitsPerKey != 0) {
      check("bloomBitsPerKey", bloomBitsPerKey, 4, 24);
    }
    check("compressionLevel", compressionLevel, 0, maxLevels);
    check("cacheBytes", cacheBytes, 0, 1L << 50);
    check("rowCacheBytes", rowCacheBytes, 0, 1L << 50);
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must lie between " + min + " and " + max);
    }
  }

  /** Sizes for a budget of 256 MB. */
  public static HummockOptions defaults() {
    return new HummockOptions(
        64 * MB, 2, 8 << 10, 64 * MB, 4, 12, 24, 256 * MB, 10, 7, 10, 2, 48 * MB, 16 * MB);
  }
}
