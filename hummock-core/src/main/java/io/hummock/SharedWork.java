package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that one thread does and others help with. Helpers that an executor starts late, or never,
 * are not waited for: so it cannot deadlock on the executor that its caller runs on.
 */
final class SharedWork {
  /** Some I/O. */
  interface Task {
    void run() throws IOException;
  }

  @GuardedBy("this")
  private final Deque<Task> tasks;

  @GuardedBy("this")
  private int running;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  SharedWork(Collection<Task> tasks) {
    this.tasks = new ArrayDeque<>(tasks);
  }

  /**
   * Does all tasks and returns when none is running any more; after a failure begins no other, and
   * throws it. To be called once.
   *
   * @param executor runs helpers
   * @param helpers how many it may run
   */
  void run(Executor executor, int helpers) throws IOException {
    int wanted;
    synchronized (this) {
      wanted = Math.min(helpers, tasks.size() - 1);
    }
    try {
      for (int i = 0; i < wanted; i++) {
        executor.execute(this::work);
      }
    } catch (RejectedExecutionException withoutHelp) {
      // The thread does alone what is left.
    }
    work();
    awaitHelpers();
  }

  private void work() {
    for (Task task = begin(); task != null; task = begin()) {
      Throwable thrown = null;
      try {
        task.run();
      } catch (IOException | RuntimeException | Error e) {
        thrown = e;
      }
      end(thrown);
    }
  }

  private synchronized @Nullable Task begin() {
    Task next = failure == null ? tasks.poll() : null;
    if (next != null) {
      running++;
    }
    return next;
  }

  private synchronized void end(@Nullable Throwable thrown) {
    running--;
    if (failure == null) {
      failure = thrown;
    }
    notifyAll();
  }

  private synchronized void awaitHelpers() throws IOException {
    boolean interrupted = false;
    while (running > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
        if (failure == null) {
          failure = new InterruptedIOException("interrupted while copying");
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException("a copy failed: " + failure.getMessage(), failure);
    }
  }
}
