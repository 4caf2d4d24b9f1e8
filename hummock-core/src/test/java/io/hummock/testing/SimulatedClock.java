package io.hummock.testing;

import io.hummock.metrics.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes only when somebody sleeps. Thread-safe. */
public final class SimulatedClock implements Clock {
  private final AtomicLong now = new AtomicLong();

  @Override
  public long nanoTime() {
    return now.get();
  }

  @Override
  public void sleep(long nanos) {
    now.addAndGet(nanos);
  }
}
