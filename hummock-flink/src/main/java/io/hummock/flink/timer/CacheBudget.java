package io.hummock.flink.timer;

/**
 * The heap that the timer caches of one backend share. For the task's thread.
 *
 * <p>While all caches together take at most three quarters of it, each may grow; beyond that only
 * those that take less than their equal share of the last quarter. So together they never take more
 * than all of it, but for the few elements that each holds at least.
 */
final class CacheBudget {
  private final long open;
  private final long reserved;
  private long used;
  private int caches;

  /**
   * @param bytes for all caches together
   */
  CacheBudget(long bytes) {
    reserved = bytes / 4;
    open = bytes - reserved;
  }

  /** A cache more shares it. */
  void register() {
    caches++;
  }

  /** A cache has come to take so many bytes more, or less. */
  void charge(long bytes) {
    used += bytes;
  }

  /** Whether a cache that takes so many bytes may keep them and grow. */
  boolean allows(long bytesOfCache) {
    return used <= open || bytesOfCache <= reserved / caches;
  }

  /** What all caches take. */
  long used() {
    return used;
  }
}
