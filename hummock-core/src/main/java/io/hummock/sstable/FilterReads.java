package io.hummock.sstable;

import io.hummock.metrics.Clock;
import java.io.IOException;

/** How long a caller may still wait for filters that are not in memory. Not thread-safe. */
public final class FilterReads {
  private final Clock clock;
  private long nanosLeft;

  public FilterReads(Clock clock, long nanos) {
    this.clock = clock;
    nanosLeft = nanos;
  }

  /** What is read. */
  interface Read<T> {
    T run() throws IOException;
  }

  boolean areAllowed() {
    return nanosLeft > 0;
  }

  /** Reads, and counts the time. */
  <T> T read(Read<T> read) throws IOException {
    long start = clock.nanoTime();
    try {
      return read.run();
    } finally {
      nanosLeft -= clock.nanoTime() - start;
    }
  }
}
