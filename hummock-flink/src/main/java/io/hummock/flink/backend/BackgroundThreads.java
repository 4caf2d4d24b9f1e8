package io.hummock.flink.backend;

import io.hummock.BackgroundExecutor;
import java.io.Closeable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one backend: one for flushes, some for compactions and some that move files. A
 * thread that has had nothing to do for ten seconds ends. They are daemons, and hold no class
 * loader of a job.
 */
final class BackgroundThreads implements Closeable {
  private static final long IDLE_SECONDS = 10;
  private static final int TRANSFER_THREADS = 4;

  private final ThreadPoolExecutor flushes;
  private final ThreadPoolExecutor compactions;
  private final ThreadPoolExecutor transfers;

  /**
   * @param operator names the threads
   * @param threads how many flush and compact; at least 1
   */
  BackgroundThreads(String operator, int threads) {
    this.flushes = pool("hummock-flush-" + operator, 1);
    this.compactions = pool("hummock-compaction-" + operator, Math.max(1, threads - 1));
    this.transfers = pool("hummock-transfer-" + operator, TRANSFER_THREADS);
  }

  private static ThreadPoolExecutor pool(String name, int threads) {
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
              thread.setDaemon(true);
              thread.setContextClassLoader(BackgroundThreads.class.getClassLoader());
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  BackgroundExecutor flushes() {
    return BackgroundExecutor.of(flushes);
  }

  BackgroundExecutor compactions() {
    return BackgroundExecutor.of(compactions);
  }

  Executor transfers() {
    return transfers;
  }

  /** Runs a task among the flushes, unless the threads are closed. */
  void executeUnlessClosed(Runnable task) {
    try {
      flushes.execute(task);
    } catch (RejectedExecutionException e) {
      // Closed: all memory goes back anyway.
    }
  }

  /** Interrupts what still runs; to be called when the tree is closed. */
  @Override
  public void close() {
    flushes.shutdownNow();
    compactions.shutdownNow();
    transfers.shutdownNow();
  }
}
