package io.hummock;

import io.hummock.sstable.BlockCache;

/**
 * Divides the memory of the caches between blocks, filters and indexes, and rows.
 *
 * <p>Filters and indexes come first: a lookup that does not find them reads them, and they are
 * larger than the block that it wants. They may take half of the block cache without a loss for
 * others. If those of the current tables need more the row cache gives way, and then blocks.
 *
 * <p>To be changed by one thread at a time; any thread may ask.
 */
final class CacheShares {
  private final BlockCache cache;
  private final long cacheBytes;
  private final long maxRowBytes;
  private volatile long rowBytes;

  /**
   * @param cache which has the memory of {@code options} for blocks, filters and indexes
   */
  CacheShares(HummockOptions options, BlockCache cache) {
    this.cache = cache;
    cacheBytes = options.cacheBytes();
    maxRowBytes = options.rowCacheBytes();
    rowBytes = maxRowBytes;
  }

  /** What the row cache may have now, in bytes. */
  long rowBytes() {
    return rowBytes;
  }

  /**
   * Adapts the shares to the tables that are read from now on.
   *
   * @param metaBytes what all their filters and indexes take
   */
  void fit(long metaBytes) {
    long all = cacheBytes + maxRowBytes;
    // Pages come in sizes, so that they are somewhat larger than what is in them.
    long sectionPages = Math.min(metaBytes, all) / 8 * 9;
    long sections = Math.min(sectionPages, all - all / 4);
    long rows = Math.max(0, maxRowBytes - Math.max(0, sections - cacheBytes / 2));
    rowBytes = rows;
    cache.resize(all - rows, Math.max(sections, cacheBytes - cacheBytes / 4));
  }
}
