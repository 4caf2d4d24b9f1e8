package io.hummock;

import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics.StallReason;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Makes the writer wait when the background work cannot keep up, or memory is short. Used by the
 * writer only.
 */
final class WriteThrottle {
  /** Between slow-down and stop, so many bytes are written between two pauses. */
  private static final int BYTES_BETWEEN_PAUSES = 16 << 10;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long MEMORY_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long MIN_MEMTABLE_BYTES = 4 << 10;

  private final Tree tree;
  private final HummockOptions options;
  private final Clock clock;
  private long bytesSincePause;

  WriteThrottle(Tree tree) {
    this.tree = tree;
    this.options = tree.options;
    this.clock = tree.environment.clock();
  }

  /** An attempt that may find no memory. */
  interface Attempt {
    boolean succeeds();
  }

  /**
   * The bytes at which a memtable is frozen: the option or, where that is less, its share of what
   * the page budget leaves beside the cache. The budget may change at any time.
   */
  long memtableLimit() {
    long budget = tree.environment.pages().limit();
    long cache = Math.min(options.cacheBytes(), budget / 2);
    long share = (budget - cache) / (options.maxFrozenMemtables() + 2);
    return Math.max(MIN_MEMTABLE_BYTES, Math.min(options.memtableBytes(), share));
  }

  /** Whether {@link #beforeWrite} has to be called. */
  boolean isNeeded() {
    return tree.level0Depth() >= options.level0Slowdown()
        || tree.sealedCount() > options.maxFrozenMemtables()
        || tree.work.hasFailed()
        || tree.work.isClosed();
  }

  /** Waits as long as it must; throws what has gone wrong in the background. */
  void beforeWrite(int bytes) throws IOException {
    tree.work.throwIfFailed();
    long start = clock.nanoTime();
    if (tree.sealedCount() > options.maxFrozenMemtables()) {
      tree.work.awaitOrFail(() -> tree.sealedCount() <= options.maxFrozenMemtables());
      stalled(StallReason.MEMTABLE, start);
    }
    if (tree.level0Depth() >= options.level0Stop()) {
      tree.scheduleCompaction();
      tree.work.awaitOrFail(() -> tree.level0Depth() < options.level0Stop());
      stalled(StallReason.LEVEL0_STOP, start);
    }
    int excess = tree.level0Depth() - options.level0Slowdown();
    if (excess >= 0) {
      pause(bytes, PAUSE_NANOS * (1 + excess), StallReason.LEVEL0_SLOWDOWN);
    }
  }

  /**
   * Slows the writer down while the running memtable fills its second half and no other may follow
   * it yet: many short pauses instead of one wait for a flush.
   *
   * @param used the bytes of the running memtable, of {@code limit}
   */
  void afterWrite(int bytes, long used, long limit) throws IOException {
    long beyondHalf = used - limit / 2;
    if (beyondHalf > 0 && tree.sealedCount() >= options.maxFrozenMemtables()) {
      pause(bytes, 2 * PAUSE_NANOS * beyondHalf / limit, StallReason.MEMTABLE);
    }
  }

  private void pause(int bytes, long nanos, StallReason reason) throws IOException {
    bytesSincePause += bytes;
    if (bytesSincePause >= BYTES_BETWEEN_PAUSES) {
      long start = clock.nanoTime();
      bytesSincePause = 0;
      if (!tree.work.runOneTask()) {
        clock.sleep(nanos);
      }
      stalled(reason, start);
    }
  }

  private void stalled(StallReason reason, long start) {
    tree.environment.metrics().stalled(reason, clock.nanoTime() - start);
  }

  /**
   * Repeats a write until there is memory for it.
   *
   * @param attempt the write
   * @param rotate freezes the running memtable, if it has anything
   */
  void awaitMemory(long bytes, Attempt attempt, Runnable rotate) throws IOException {
    long start = clock.nanoTime();
    rotate.run();
    while (!attempt.succeeds()) {
      tree.work.throwIfFailed();
      tree.views.freeSetAside();
      if (tree.cache.shrink(Math.max(bytes, MIN_MEMTABLE_BYTES)) || tree.work.runOneTask()) {
        continue;
      }
      if (clock.nanoTime() - start > MEMORY_WAIT_NANOS) {
        throw new IOException(
            ("no memory for an entry of %d bytes within %d s: the page budget has %d bytes, of"
                    + " which %d are used, %d by %d memtables of this store that wait for their"
                    + " flush; give the store a larger budget, or lower memtableBytes (%d) or"
                    + " cacheBytes (%d)")
                .formatted(
                    bytes,
                    TimeUnit.NANOSECONDS.toSeconds(MEMORY_WAIT_NANOS),
                    tree.environment.pages().limit(),
                    tree.environment.pages().used(),
                    tree.frozenBytes(),
                    tree.sealedCount(),
                    options.memtableBytes(),
                    options.cacheBytes()));
      }
      clock.sleep(PAUSE_NANOS);
    }
    stalled(StallReason.MEMTABLE, start);
  }
}
