package io.hummock.metrics;

import java.io.InterruptedIOException;
import java.util.concurrent.locks.LockSupport;

/** The only source of time in the engine, so that a test can have a clock of its own. */
public interface Clock {
  /** The machine's monotonic clock. */
  Clock SYSTEM =
      new Clock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedIOException {
          long end = System.nanoTime() + nanos;
          for (long rest = nanos; rest > 0; rest = end - System.nanoTime()) {
            LockSupport.parkNanos(rest);
            if (Thread.interrupted()) {
              Thread.currentThread().interrupt();
              throw new InterruptedIOException("interrupted while waiting");
            }
          }
        }
      };

  /** Nanoseconds since some fixed moment; never goes back. */
  long nanoTime();

  /** Waits for {@code nanos} nanoseconds. */
  void sleep(long nanos) throws InterruptedIOException;
}
