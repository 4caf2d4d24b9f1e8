package io.hummock.testing;

import io.hummock.BackgroundExecutor;
import io.hummock.HummockEnvironment;
import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.PageAllocator;
import io.hummock.iterator.CompactionFilter;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import java.io.IOException;
import java.util.SplittableRandom;

/** Stores whose objects are in memory and whose background work is done at once. */
public final class StoresInMemory {
  private StoresInMemory() {}

  /** A store with so many bytes of pages. */
  public static HummockStore open(HummockOptions options, long pageBytes) throws IOException {
    return open(options, new HeapPageAllocator(pageBytes), Clock.SYSTEM, HummockMetrics.NONE);
  }

  public static HummockStore open(
      HummockOptions options, PageAllocator pages, Clock clock, HummockMetrics metrics)
      throws IOException {
    return HummockStore.open(
        options,
        new HummockEnvironment(
            new InMemoryObjectStore(),
            "store",
            pages,
            BackgroundExecutor.DIRECT,
            BackgroundExecutor.DIRECT,
            clock,
            new SplittableRandom(7),
            metrics,
            CompactionFilter.NONE));
  }
}
