package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.metrics.HummockMetrics;
import io.hummock.sstable.BlockCache;
import org.junit.jupiter.api.Test;

class CacheSharesTest {
  private final HummockOptions options = HummockOptions.defaults();
  private final long rows = options.rowCacheBytes();
  private final long all = options.cacheBytes() + rows;
  private final BlockCache cache =
      new BlockCache(new HeapPageAllocator(1 << 20), options.cacheBytes(), HummockMetrics.NONE);
  private final CacheShares shares = new CacheShares(options, cache);

  @Test
  void fewFiltersLeaveTheRowsTheirShare() {
    shares.fit(0);
    assertShares(rows);
    shares.fit(inPages(options.cacheBytes() / 2));
    assertShares(rows);
  }

  @Test
  void rowsGiveWayToFilters() {
    shares.fit(inPages(options.cacheBytes() / 2 + rows / 2));
    assertShares(rows / 2);
    shares.fit(inPages(options.cacheBytes() / 2 + rows));
    assertShares(0);
    shares.fit(Long.MAX_VALUE);
    assertShares(0);
  }

  @Test
  void rowsComeBack() {
    shares.fit(Long.MAX_VALUE);
    shares.fit(inPages(options.cacheBytes() / 2 + rows / 2));
    assertShares(rows / 2);
    shares.fit(0);
    assertShares(rows);
  }

  /** What takes so many bytes once it lies in pages, of which a ninth stays empty. */
  private static long inPages(long bytes) {
    return bytes / 9 * 8;
  }

  private void assertShares(long expectedRows) {
    assertThat(shares.rowBytes()).as("but for rounding").isCloseTo(expectedRows, within(16L));
    assertThat(cache.limit()).isEqualTo(all - shares.rowBytes());
  }
}
