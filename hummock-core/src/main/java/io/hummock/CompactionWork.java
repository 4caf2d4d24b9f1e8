package io.hummock;

import io.hummock.bytes.CorruptionException;
import io.hummock.compaction.CompactionPicker;
import io.hummock.compaction.CompactionTask;
import io.hummock.compaction.Compactor;
import io.hummock.iterator.CompactionFilter;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.Versions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts a tree until it is in shape.
 *
 * <p>Thread-safe.
 */
final class CompactionWork {
  /*
   * One compaction at a time. Each is a task of its own for the executor, so that stores that share
   * its threads take turns. `requests` is above 0 while a task is submitted or runs; it counts, so
   * that a task which found nothing to do sees whether it was asked again meanwhile.
   */
  private static final Logger LOG = LoggerFactory.getLogger(CompactionWork.class);
  private static final int ATTEMPTS = 3;
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Tree tree;
  private final Compactor compactor;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong fullRequested = new AtomicLong();
  private final AtomicLong fullDone = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong bytesWritten = new AtomicLong();

  CompactionWork(Tree tree) {
    this.tree = tree;
    this.compactor = new Compactor(tree.tables, tree.environment.filter());
  }

  /** The bytes of all inputs so far. */
  long bytesRead() {
    return bytesRead.get();
  }

  /** The bytes of all outputs so far. */
  long bytesWritten() {
    return bytesWritten.get();
  }

  /** How many compactions run now. */
  int running() {
    return running.get();
  }

  /** Asks for a look at the tree. */
  void schedule() {
    if (requests.getAndIncrement() == 0) {
      submit();
    }
  }

  /** Merges all tables into one level and waits for it. */
  void compactAll() throws IOException {
    long mine = fullRequested.incrementAndGet();
    schedule();
    tree.work.awaitOrFail(() -> fullDone.get() >= mine);
  }

  private void submit() {
    for (boolean more = true; more; ) {
      Submission submission = new Submission();
      try {
        tree.environment.compactions().execute(submission);
      } catch (RejectedExecutionException e) {
        requests.set(0);
        if (!tree.work.isClosed()) {
          LOG.warn("Compaction waits: its executor takes no work", e);
        }
      }
      submission.isSubmitted = true;
      more = submission.wasRunBySubmitter && step();
    }
  }

  /** A task that an executor without threads runs while it is submitted: then not deeper yet. */
  private final class Submission implements Runnable {
    private final Thread submitter = Thread.currentThread();
    private volatile boolean isSubmitted;
    private volatile boolean wasRunBySubmitter;

    @Override
    public void run() {
      if (Thread.currentThread() == submitter && !isSubmitted) {
        wasRunBySubmitter = true;
      } else if (step()) {
        submit();
      }
    }
  }

  /** Does the most urgent compaction; false if nothing is left to do. */
  private boolean step() {
    int seen = requests.get();
    boolean more = false;
    if (tree.work.start()) {
      try {
        more = compact();
      } catch (IOException | RuntimeException | Error e) {
        tree.work.fail("a compaction", e);
      } finally {
        tree.work.end();
      }
    }
    return more || !requests.compareAndSet(seen, 0);
  }

  private boolean compact() throws IOException {
    long request = fullRequested.get();
    boolean full = request > fullDone.get();
    try (Versions.Pin pin = tree.versions.pin()) {
      long now = tree.environment.filter().now();
      CompactionTask task =
          full
              ? CompactionPicker.pickAll(pin.version(), tree.shape, hasFilter())
              : CompactionPicker.pick(pin.version(), tree.shape);
      if (task == null && !full) {
        task = CompactionPicker.pickExpired(pin.version(), tree.shape, now);
      }
      boolean moves = task != null && !full && task.isTrivialMove(now);
      boolean done = task == null || (moves ? move(task) : merge(task));
      if (full && done) {
        fullDone.set(request);
        return true;
      }
      return task != null;
    }
  }

  private boolean hasFilter() {
    return tree.environment.filter() != CompactionFilter.NONE;
  }

  private boolean move(CompactionTask task) {
    if (!tree.installUnlessChanged(task.version(), task.replacedBy(task.tables()))) {
      return false;
    }
    tree.environment.metrics().compacted(0, 0, 0);
    return true;
  }

  /** False if the inputs were taken away by a checkpoint, so that another try is due. */
  private boolean merge(CompactionTask task) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        mergeOnce(task);
        return true;
      } catch (IOException e) {
        if (!areCurrent(task)) {
          LOG.info("A compaction's inputs were replaced by copies; it begins anew", e);
          return false;
        }
        if (attempt == ATTEMPTS
            || tree.work.isClosed()
            || e instanceof CorruptionException
            || e instanceof ObjectNotFoundException
            || e instanceof InterruptedIOException) {
          throw e;
        }
        tree.environment.clock().sleep(FIRST_PAUSE_NANOS << (attempt - 1));
      }
    }
  }

  private void mergeOnce(CompactionTask task) throws IOException {
    HummockEnvironment environment = tree.environment;
    long start = environment.clock().nanoTime();
    NewFiles files = tree.newFiles();
    boolean installed = false;
    running.incrementAndGet();
    try {
      List<TableFile> outputs =
          compactor.run(
              task,
              tree.target(files, environment.compactions()),
              tree.sstableOptions(task.outputLevel()),
              tree.work::isClosed);
      tree.install(task.replacedBy(outputs));
      installed = true;
      long written = outputs.stream().mapToLong(TableFile::bytes).sum();
      bytesRead.addAndGet(task.bytes());
      bytesWritten.addAndGet(written);
      environment
          .metrics()
          .compacted(task.bytes(), written, environment.clock().nanoTime() - start);
    } finally {
      running.decrementAndGet();
      if (!installed) {
        files.abandon();
        tree.deletion.schedule();
      }
    }
  }

  private boolean areCurrent(CompactionTask task) {
    Version current = tree.versions.current();
    Set<Object> files = current.tables().stream().map(TableFile::file).collect(Collectors.toSet());
    return task.tables().stream().allMatch(table -> files.contains(table.file()));
  }
}
