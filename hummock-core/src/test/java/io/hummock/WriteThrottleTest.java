package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.testing.ManualClock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriteThrottleTest {
  private static final Slice VALUE = Slice.of(new byte[1_000]);

  private final HummockOptions options = HummockOptions.defaults();
  private final ManualClock clock = new ManualClock();
  private final Queue<Runnable> flushes = new ArrayDeque<>();
  private long longestPause;

  @Test
  void writersPauseShortlyBeforeTheyHaveToWaitForAFlush() throws IOException {
    try (HummockStore store = open()) {
      int written = 0;
      while (store.statistics().frozenMemtables() < options.maxFrozenMemtables()) {
        write(store, written++);
      }
      long before = clock.nanoTime();
      long limit = store.statistics().frozenBytes() / options.maxFrozenMemtables();
      while (store.statistics().memtableBytes() < limit / 2 - (2 << 20)) {
        write(store, written++);
      }
      assertThat(clock.nanoTime()).as("in the first half").isEqualTo(before);
      while (store.statistics().memtableBytes() < limit - (2 << 20)) {
        write(store, written++);
      }
      assertThat(clock.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(100));
      assertThat(longestPause).isLessThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
      assertThat(flushes).hasSize(options.maxFrozenMemtables());
      for (Runnable flush = flushes.poll(); flush != null; flush = flushes.poll()) {
        flush.run();
      }
      before = clock.nanoTime();
      write(store, written);
      assertThat(clock.nanoTime()).as("after the flushes").isEqualTo(before);
    }
  }

  private void write(HummockStore store, int number) throws IOException {
    long before = clock.nanoTime();
    Slice key = Slice.utf8("key-space-%08d".formatted(number));
    store.put(key, key.length(), VALUE);
    longestPause = Math.max(longestPause, clock.nanoTime() - before);
  }

  /** Flushes wait until the test runs them. */
  private HummockStore open() throws IOException {
    return HummockStore.open(
        options,
        new HummockEnvironment(
            new InMemoryObjectStore(),
            "throttled",
            new HeapPageAllocator(320 << 20),
            BackgroundExecutor.of(flushes::add),
            BackgroundExecutor.DIRECT,
            clock,
            new SplittableRandom(7),
            HummockMetrics.NONE,
            CompactionFilter.NONE));
  }
}
