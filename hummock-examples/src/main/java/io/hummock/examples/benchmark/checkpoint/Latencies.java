package io.hummock.examples.benchmark.checkpoint;

import java.util.Arrays;

/** Durations in nanoseconds. Not thread-safe. */
final class Latencies {
  private long[] nanos = new long[1 << 16];
  private int count;

  void add(long duration) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = duration;
  }

  int count() {
    return count;
  }

  /**
   * What a part of them did not exceed, in microseconds; NaN if there are none.
   *
   * @param part between 0 and 1; 1 gives the longest
   */
  double percentileMicros(double part) {
    if (count == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1L, (long) (part * count))] / 1e3;
  }
}
