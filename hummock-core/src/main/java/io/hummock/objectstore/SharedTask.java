package io.hummock.objectstore;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;

/**
 * Work that an executor may do, and that whoever waits for it does himself if nobody has begun: so
 * a full executor, even one full of waiting threads, makes it slower and never stops it.
 */
final class SharedTask<T> {
  private final FutureTask<T> task;

  private SharedTask(Callable<T> work) {
    this.task = new FutureTask<>(work);
  }

  /** Offers work to the executor. */
  static <T> SharedTask<T> offer(Executor executor, Callable<T> work) {
    SharedTask<T> shared = new SharedTask<>(work);
    try {
      executor.execute(shared.task);
    } catch (RejectedExecutionException e) {
      // Then it is done by whoever waits for it.
    }
    return shared;
  }

  /** Does all work, of which the calling thread does its share, and gives the results in order. */
  static <T> List<T> all(Executor executor, List<? extends Callable<T>> work) throws IOException {
    List<SharedTask<T>> tasks = new ArrayList<>(work.size());
    for (int i = 0; i < work.size() - 1; i++) {
      tasks.add(offer(executor, work.get(i)));
    }
    if (!work.isEmpty()) {
      tasks.add(new SharedTask<>(work.get(work.size() - 1)));
    }
    boolean done = false;
    try {
      // From the end, as the executor begins at the front.
      for (int i = tasks.size() - 1; i >= 0; i--) {
        tasks.get(i).task.run();
      }
      List<T> results = new ArrayList<>(tasks.size());
      for (SharedTask<T> task : tasks) {
        results.add(task.await());
      }
      done = true;
      return results;
    } finally {
      if (!done) {
        tasks.forEach(task -> task.task.cancel(true));
      }
    }
  }

  /** The result, once the work is done; does it if nobody has begun. */
  T await() throws IOException {
    task.run();
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IOException("failed: " + cause, cause);
    }
  }
}
