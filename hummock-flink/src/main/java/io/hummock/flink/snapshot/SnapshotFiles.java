package io.hummock.flink.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.function.ThrowingConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that one snapshot writes for itself. If any of them fails, or the snapshot is given up,
 * all are deleted again, those too that are finished only afterwards.
 *
 * <p>Thread-safe.
 */
final class SnapshotFiles implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);
  private static final int ATTEMPTS = 3;

  private final Executor executor;
  private final ThrowingConsumer<StreamStateHandle, Exception> delete;

  // Guarded by this.
  private final List<StreamStateHandle> written = new ArrayList<>();
  private boolean closed;

  /**
   * @param executor runs the writes, side by side as far as it has threads
   * @param delete deletes a file
   */
  SnapshotFiles(Executor executor, ThrowingConsumer<StreamStateHandle, Exception> delete) {
    this.executor = executor;
    this.delete = delete;
  }

  /** Writes files, and returns their handles in the order of the tasks. */
  List<StreamStateHandle> write(List<? extends Callable<StreamStateHandle>> tasks)
      throws IOException {
    List<FutureTask<StreamStateHandle>> running = new ArrayList<>(tasks.size());
    try {
      for (Callable<StreamStateHandle> task : tasks) {
        FutureTask<StreamStateHandle> future = new FutureTask<>(() -> run(task));
        running.add(future);
        executor.execute(future);
      }
      List<StreamStateHandle> handles = new ArrayList<>(tasks.size());
      for (FutureTask<StreamStateHandle> future : running) {
        handles.add(future.get());
      }
      return handles;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while writing the files of a snapshot", e);
    } catch (ExecutionException e) {
      ExceptionUtils.rethrowIOException(e.getCause());
      throw new IllegalStateException("not reached", e);
    } finally {
      running.forEach(future -> future.cancel(true));
    }
  }

  /** Takes charge of a file that was written otherwise. */
  StreamStateHandle add(StreamStateHandle handle) {
    synchronized (this) {
      if (!closed) {
        written.add(handle);
        return handle;
      }
    }
    discard(handle);
    throw new CancellationException("the snapshot was given up");
  }

  /** The snapshot is whole: its files stay. */
  synchronized void keep() {
    if (closed) {
      throw new CancellationException("the snapshot was given up");
    }
    written.clear();
    closed = true;
  }

  /** Deletes the files, unless they are kept. Closing twice is allowed. */
  @Override
  public void close() {
    List<StreamStateHandle> abandoned;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      abandoned = List.copyOf(written);
    }
    abandoned.forEach(this::discard);
  }

  private StreamStateHandle run(Callable<StreamStateHandle> task) throws Exception {
    synchronized (this) {
      if (closed) {
        throw new CancellationException("the snapshot was given up");
      }
    }
    return add(task.call());
  }

  private void discard(StreamStateHandle handle) {
    for (int attempt = 1; ; attempt++) {
      try {
        delete.accept(handle);
        return;
      } catch (Exception e) {
        if (attempt == ATTEMPTS) {
          LOG.warn("A file of an abandoned snapshot is left behind: {}", handle, e);
          return;
        }
      }
    }
  }
}
