package io.hummock.flink.timer;

/** The same with a cache that runs empty and over all the time. */
class SmallCacheTimerQueueTest extends TimerQueueTest {
  @Override
  long cacheBytes() {
    return 1;
  }
}
