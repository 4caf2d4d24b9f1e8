package io.hummock.testing;

import io.hummock.metrics.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still, but for who sleeps on it or turns it. Thread-safe. */
public final class ManualClock implements Clock {
  private final AtomicLong now = new AtomicLong();

  @Override
  public long nanoTime() {
    return now.get();
  }

  /** Returns at once, so many nanoseconds later. */
  @Override
  public void sleep(long nanos) {
    advance(nanos);
  }

  public void advance(long nanos) {
    now.addAndGet(nanos);
  }
}
