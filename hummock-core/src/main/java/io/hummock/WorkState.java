package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of a store's background work is running, what of it has failed, whether it shall end,
 * and who waits for it.
 *
 * <p>Thread-safe.
 */
final class WorkState {
  private static final Logger LOG = LoggerFactory.getLogger(WorkState.class);
  private static final long WAIT_MILLIS = 100;

  private final BackgroundExecutor flushes;
  private final BackgroundExecutor compactions;
  private final ReentrantLock lock;
  private final Condition changed;

  @GuardedBy("lock")
  private int running;

  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  /**
   * @param lock the store's lock, under which everything changes that somebody may wait for
   */
  WorkState(HummockEnvironment environment, ReentrantLock lock) {
    this.flushes = environment.flushes();
    this.compactions = environment.compactions();
    this.lock = lock;
    this.changed = lock.newCondition();
  }

  boolean isClosed() {
    return closed;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Throws what has gone wrong in the background, if anything has. */
  void throwIfFailed() throws IOException {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    Throwable cause = failure;
    if (cause != null) {
      throw new IOException("background work has failed: " + cause.getMessage(), cause);
    }
  }

  /** Remembers the first failure, unless the store is closed and nobody wants to know. */
  void fail(String what, Throwable cause) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (failure == null) {
        failure = new IOException(what + " failed: " + cause.getMessage(), cause);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    LOG.error("{} failed", what, cause);
  }

  /** Begins a piece of work; false if none may begin any more. */
  boolean start() {
    lock.lock();
    try {
      if (closed || failure != null) {
        return false;
      }
      running++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a piece of work. */
  void end() {
    lock.lock();
    try {
      running--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Something has changed that somebody may wait for. */
  void changed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** From now on no work begins, and what runs should end; false if that was so before. */
  boolean close() {
    lock.lock();
    try {
      boolean isFirst = !closed;
      closed = true;
      changed.signalAll();
      return isFirst;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no work is running. */
  void awaitEnd() throws IOException {
    await(this::isIdle, () -> {});
  }

  private boolean isIdle() {
    lock.lock();
    try {
      return running == 0;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a condition, or throws why it will not come: a failure, or the end.
   *
   * @param condition asked under the lock
   */
  void awaitOrFail(BooleanSupplier condition) throws IOException {
    awaitOrFail(condition, () -> {});
  }

  /**
   * As {@link #awaitOrFail(BooleanSupplier)}.
   *
   * @param whileWaiting run again and again as long as the condition is not met, under no lock
   */
  void awaitOrFail(BooleanSupplier condition, Runnable whileWaiting) throws IOException {
    boolean[] met = new boolean[1];
    await(() -> (met[0] = condition.getAsBoolean()) || closed || failure != null, whileWaiting);
    if (!met[0]) {
      throwIfFailed();
    }
  }

  private void await(BooleanSupplier condition, Runnable whileWaiting) throws IOException {
    while (true) {
      lock.lock();
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } finally {
        lock.unlock();
      }
      whileWaiting.run();
      if (runOneTask()) {
        continue;
      }
      lock.lock();
      try {
        if (!condition.getAsBoolean()) {
          var unused = changed.await(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted =
            new InterruptedIOException("interrupted while waiting for background work");
        interrupted.initCause(e);
        throw interrupted;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Lets an executor without threads do something. */
  boolean runOneTask() {
    return flushes.runOneTask() || compactions.runOneTask();
  }
}
