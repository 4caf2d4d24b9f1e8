package io.hummock.sstable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Lets one thread load what several want, while the others wait. Thread-safe. */
final class SingleFlight {
  private final ConcurrentMap<BlockKey, CountDownLatch> flights = new ConcurrentHashMap<>();

  /**
   * Loads, unless another thread is loading the same: then waits until that has ended, well or not,
   * and returns null; look again then.
   *
   * <p>{@code load} may not load anything else by the same means.
   */
  <T> @Nullable T lead(BlockKey key, Load<T> load) throws IOException {
    CountDownLatch mine = new CountDownLatch(1);
    CountDownLatch other = flights.putIfAbsent(key, mine);
    if (other != null) {
      try {
        other.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while another thread was reading");
      }
      return null;
    }
    try {
      return load.load();
    } finally {
      flights.remove(key, mine);
      mine.countDown();
    }
  }

  /** Gives what is wanted, after a look whether it is there by now. */
  interface Load<T> {
    T load() throws IOException;
  }
}
