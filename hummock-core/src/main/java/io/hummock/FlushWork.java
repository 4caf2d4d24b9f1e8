package io.hummock;

import io.hummock.bytes.CorruptionException;
import io.hummock.compaction.Merger;
import io.hummock.flush.Flush;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.version.TableFile;
import io.hummock.version.VersionReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Flushes one sealed memtable whenever it is run. Thread-safe; several may run at once. */
final class FlushWork implements Runnable {
  private static final int ATTEMPTS = 3;
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Tree tree;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();

  FlushWork(Tree tree) {
    this.tree = tree;
  }

  /** The bytes of all objects written so far. */
  long bytes() {
    return bytes.get();
  }

  /** How many flushes run now. */
  int running() {
    return running.get();
  }

  @Override
  public void run() {
    SealedEpoch epoch = tree.startFlush();
    if (epoch == null) {
      return;
    }
    running.incrementAndGet();
    try {
      flushWithRetries(epoch);
    } catch (IOException | RuntimeException | Error e) {
      tree.work.fail("the flush of epoch " + epoch.memtable.epoch(), e);
    } finally {
      running.decrementAndGet();
      epoch.memtable.release();
      tree.work.end();
    }
    tree.scheduleCompaction();
  }

  private void flushWithRetries(SealedEpoch epoch) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        flush(epoch);
        return;
      } catch (CorruptionException | ObjectNotFoundException | InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || tree.work.isClosed()) {
          throw e;
        }
        tree.environment.clock().sleep(FIRST_PAUSE_NANOS << (attempt - 1));
      }
    }
  }

  private void flush(SealedEpoch epoch) throws IOException {
    HummockEnvironment environment = tree.environment;
    long start = environment.clock().nanoTime();
    NewFiles files = tree.newFiles();
    boolean installed = false;
    epoch.restartProgress();
    try {
      List<TableFile> outputs = write(epoch, files);
      tree.flushed(epoch, outputs);
      installed = true;
      long sum = outputs.stream().mapToLong(TableFile::bytes).sum();
      bytes.addAndGet(sum);
      environment.metrics().flushed(sum, environment.clock().nanoTime() - start);
    } finally {
      if (!installed) {
        files.abandon();
        tree.deletion.schedule();
      }
    }
  }

  private List<TableFile> write(SealedEpoch epoch, NewFiles files) throws IOException {
    VersionReader below = tree.tablesBelow(epoch);
    try {
      return Flush.run(
          epoch.memtable,
          below,
          tree.environment.clock(),
          tree.target(files, tree.environment.flushes()),
          tree.sstableOptions(0),
          tree.environment.filter(),
          () -> {
            epoch.progressed(Merger.ENTRIES_BETWEEN_CHECKS);
            return tree.work.isClosed();
          });
    } finally {
      if (below != null) {
        below.release();
      }
    }
  }
}
