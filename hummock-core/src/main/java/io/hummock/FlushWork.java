package io.hummock;

import io.hummock.bytes.CorruptionException;
import io.hummock.flush.Flush;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.version.TableFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Flushes one sealed memtable whenever it is run. Thread-safe; several may run at once. */
final class FlushWork implements Runnable {
  private static final int ATTEMPTS = 3;
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Tree tree;
  private final AtomicLong bytes = new AtomicLong();

  FlushWork(Tree tree) {
    this.tree = tree;
  }

  /** The bytes of all objects written so far. */
  long bytes() {
    return bytes.get();
  }

  @Override
  public void run() {
    SealedEpoch epoch = tree.startFlush();
    if (epoch == null) {
      return;
    }
    try {
      tree.flushed(epoch, writeWithRetries(epoch));
    } catch (IOException | RuntimeException | Error e) {
      if (!tree.isClosed()) {
        tree.fail("the flush of epoch " + epoch.memtable.epoch(), e);
      }
    } finally {
      tree.end();
    }
    tree.scheduleCompaction();
  }

  private List<TableFile> writeWithRetries(SealedEpoch epoch) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return write(epoch);
      } catch (CorruptionException | ObjectNotFoundException | InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || tree.isClosed()) {
          throw e;
        }
        tree.environment.clock().sleep(FIRST_PAUSE_NANOS << (attempt - 1));
      }
    }
  }

  private List<TableFile> write(SealedEpoch epoch) throws IOException {
    HummockEnvironment environment = tree.environment;
    long start = environment.clock().nanoTime();
    NewFiles files = tree.newFiles();
    boolean written = false;
    try {
      List<TableFile> outputs =
          Flush.run(
              epoch.memtable,
              tree.target(files, environment.flushes()),
              tree.sstableOptions(0),
              environment.filter(),
              tree::isClosed);
      long sum = outputs.stream().mapToLong(TableFile::bytes).sum();
      bytes.addAndGet(sum);
      environment.metrics().flushed(sum, environment.clock().nanoTime() - start);
      written = true;
      return outputs;
    } finally {
      if (!written) {
        files.abandon();
        tree.scheduleDeletion();
      }
    }
  }
}
