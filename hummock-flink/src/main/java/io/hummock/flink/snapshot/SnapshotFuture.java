package io.hummock.flink.snapshot;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StateUtil;
import org.jspecify.annotations.Nullable;

/**
 * A task whose result is discarded if it comes when the task is cancelled: then nobody can ever get
 * it, and nobody else would give back what it holds.
 */
final class SnapshotFuture<T extends StateObject> implements RunnableFuture<T> {
  private final RunnableFuture<T> task;
  private final Supplier<@Nullable T> result;

  /**
   * @param result what the task has come to, though it be cancelled; null before it has
   */
  SnapshotFuture(RunnableFuture<T> task, Supplier<@Nullable T> result) {
    this.task = task;
    this.result = result;
  }

  @Override
  public void run() {
    task.run();
    if (task.isCancelled()) {
      StateUtil.discardStateObjectQuietly(result.get());
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return task.cancel(mayInterruptIfRunning);
  }

  @Override
  public boolean isCancelled() {
    return task.isCancelled();
  }

  @Override
  public boolean isDone() {
    return task.isDone();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    return task.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return task.get(timeout, unit);
  }
}
