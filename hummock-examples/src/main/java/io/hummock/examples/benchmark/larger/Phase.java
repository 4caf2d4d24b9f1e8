package io.hummock.examples.benchmark.larger;

import io.hummock.examples.benchmark.process.ProcessUsage;
import java.time.Duration;
import java.util.Arrays;

/**
 * Many operations one after the other, timed in batches.
 *
 * @param operations how many there were
 * @param span what they took in all
 * @param worstBatch the longest that a batch took, in nanoseconds
 * @param slowBatch what 99.9 % of the batches stayed below
 */
record Phase(long operations, ProcessUsage.Span span, long worstBatch, long slowBatch) {
  /** The operations of a batch. */
  static final int BATCH = 64;

  private static final double SLOW = 0.999;

  /** One operation. */
  interface Step {
    void run() throws Exception;
  }

  /** As many as there are time for. */
  static Phase of(Duration limit, Step step) throws Exception {
    return of(Long.MAX_VALUE, limit, step);
  }

  /** At most so many, and no more than there is time for. */
  static Phase of(long count, Duration limit, Step step) throws Exception {
    long[] batches = new long[1 << 16];
    int measured = 0;
    long operations = 0;
    ProcessUsage.Span start = ProcessUsage.now();
    long end = start.wall() + limit.toNanos();
    long before = start.wall();
    while (operations < count && before < end) {
      long batch = Math.min(BATCH, count - operations);
      for (int i = 0; i < batch; i++) {
        step.run();
      }
      operations += batch;
      long now = System.nanoTime();
      if (measured == batches.length) {
        batches = Arrays.copyOf(batches, 2 * measured);
      }
      batches[measured++] = now - before;
      before = now;
    }
    ProcessUsage.Span span = ProcessUsage.now().since(start);
    long[] sorted = Arrays.copyOf(batches, measured);
    Arrays.sort(sorted);
    return new Phase(
        operations,
        span,
        measured == 0 ? 0 : sorted[measured - 1],
        measured == 0 ? 0 : sorted[Math.min(measured - 1, (int) (measured * SLOW))]);
  }
}
