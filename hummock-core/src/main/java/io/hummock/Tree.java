package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.compaction.CompactionPicker;
import io.hummock.compaction.TableWriter;
import io.hummock.compaction.TreeShape;
import io.hummock.memtable.MemTable;
import io.hummock.ownership.FileOwnership;
import io.hummock.sstable.BlockCache;
import io.hummock.sstable.SstableOptions;
import io.hummock.version.OpenTables;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.VersionDelta;
import io.hummock.version.VersionReader;
import io.hummock.version.Versions;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the writer, the readers and the background work of one store share: which memtables wait,
 * which version is current, what has failed.
 *
 * <p>Thread-safe.
 */
final class Tree {
  /*
   * Invariants, all under the lock:
   *   1. `sealed` holds frozen memtables, oldest first; they may be flushed in any order, but enter
   *      the version in this one. So a checkpoint's version is the one that is current when its
   *      memtable enters.
   *   2. The published view shows `active`, `sealed` and the current version: every entry is in
   *      exactly one of the three.
   *   3. At most one compaction runs, and only compactions remove tables, but for checkpoints that
   *      put a copy in a table's place, which is the same content.
   * No I/O is done under the lock, and no executor is called under it, except to schedule
   * deletions.
   */
  private static final int RESTART_INTERVAL = 16;

  final HummockOptions options;
  final HummockEnvironment environment;
  final TreeShape shape;
  final FileOwnership ownership;
  final BlockCache cache;
  final CacheShares shares;
  final OpenTables tables;
  final Versions versions;
  final Views views = new Views();
  final WorkState work;
  final FileDeletion deletion;

  private final FlushWork flushWork;
  private final CompactionWork compactionWork;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<SealedEpoch> sealed = new ArrayDeque<>();

  @GuardedBy("lock")
  private final Set<TreeCheckpoint> checkpoints = new HashSet<>();

  @GuardedBy("lock")
  private MemTable active;

  @GuardedBy("lock")
  private VersionReader reader;

  /**
   * The epochs of checkpoints that have said what they need, each with the epoch up to whose copies
   * it names files: its own or, if it follows a later one, that one's.
   */
  @GuardedBy("lock")
  private final NavigableMap<Long, Long> claimed = new TreeMap<>();

  private volatile int sealedCount;
  private volatile int level0Depth;

  Tree(
      HummockOptions options,
      HummockEnvironment environment,
      Version first,
      Map<UUID, String> origins,
      MemTable active,
      BlockCache cache) {
    this.options = options;
    this.environment = environment;
    this.shape =
        new TreeShape(
            options.level0Trigger(),
            // Before writes are slowed down.
            Math.max(options.level0Trigger(), options.level0Slowdown() * 3 / 4),
            options.levelBaseBytes(),
            options.levelMultiplier(),
            options.tableBytes());
    this.cache = cache;
    this.shares = new CacheShares(options, cache);
    this.ownership = new FileOwnership(environment.objects());
    this.work = new WorkState(environment, lock);
    this.deletion = new FileDeletion(environment, ownership, work);
    this.tables = new OpenTables(environment.objects(), cache, environment.metrics(), origins);
    this.versions = new Versions(first, this::dropFiles);
    this.flushWork = new FlushWork(this);
    this.compactionWork = new CompactionWork(this);
    this.active = active;
    this.reader = new VersionReader(versions.pin(), tables);
    this.level0Depth = first.level0().depth();
    lock.lock();
    try {
      shares.fit(first.metaBytes());
      publish();
    } finally {
      lock.unlock();
    }
  }

  // What the writer asks before each write.

  /** How many memtables wait for their flush. */
  int sealedCount() {
    return sealedCount;
  }

  /** See {@link io.hummock.version.Tiering#depth}. */
  int level0Depth() {
    return level0Depth;
  }

  // Memtables.

  /**
   * Puts a new memtable in the place of the active one, which is frozen and will be flushed.
   *
   * @param capture needs the version with everything so far; null if nobody does
   */
  void seal(MemTable next, @Nullable EpochCapture capture) {
    boolean flush;
    lock.lock();
    try {
      MemTable frozen = active;
      active = next;
      frozen.freeze();
      flush = !frozen.isEmpty();
      if (flush) {
        sealed.add(new SealedEpoch(frozen));
      }
      if (capture instanceof TreeCheckpoint checkpoint) {
        checkpoints.add(checkpoint);
      }
      if (capture != null && sealed.isEmpty()) {
        capture.capture(versions.pinAll());
      } else if (capture != null) {
        sealed.getLast().captures.add(capture);
      }
      publish();
      if (!flush) {
        frozen.release();
      }
    } finally {
      lock.unlock();
    }
    if (flush) {
      try {
        environment.flushes().execute(flushWork);
      } catch (RejectedExecutionException e) {
        work.fail("handing a flush to its executor", e);
      }
    }
  }

  /** The view of everything that is sealed, with a reference for the caller. */
  ReadView sealedView() {
    lock.lock();
    try {
      return new ReadView(null, frozenNewestFirst(), reader);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private List<MemTable> frozenNewestFirst() {
    List<MemTable> frozen = new ArrayList<>();
    sealed.descendingIterator().forEachRemaining(epoch -> frozen.add(epoch.memtable));
    return frozen;
  }

  @GuardedBy("lock")
  private void publish() {
    sealedCount = sealed.size();
    views.publish(new ReadView(active, frozenNewestFirst(), reader));
    work.changed();
  }

  /**
   * The oldest memtable that nobody flushes yet, with a reference for the caller, who has begun a
   * piece of work by it; or null.
   */
  @Nullable SealedEpoch startFlush() {
    lock.lock();
    try {
      for (SealedEpoch epoch : sealed) {
        if (!epoch.started) {
          if (!work.start()) {
            return null;
          }
          epoch.started = true;
          boolean held = epoch.memtable.retain();
          assert held;
          return epoch;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The tables that lie below a sealed memtable, with a reference for the caller; null if older
   * memtables still wait. No key comes to be there afterwards: what changes the version until this
   * memtable enters it is compaction alone.
   */
  @Nullable VersionReader tablesBelow(SealedEpoch epoch) {
    lock.lock();
    try {
      if (sealed.peek() != epoch) {
        return null;
      }
      reader.retain();
      return reader;
    } finally {
      lock.unlock();
    }
  }

  /** A memtable was flushed: it and what waited for it only enter the version. */
  void flushed(SealedEpoch epoch, List<TableFile> outputs) {
    lock.lock();
    try {
      refuseAfterEnd();
      epoch.tables = outputs;
      List<MemTable> done = new ArrayList<>();
      for (SealedEpoch oldest = sealed.peek(); oldest != null; oldest = sealed.peek()) {
        if (oldest.tables == null) {
          break;
        }
        installVersion(versions.current().apply(VersionDelta.add(0, oldest.tables)));
        sealed.remove();
        done.add(oldest.memtable);
        for (EpochCapture capture : oldest.captures) {
          capture.capture(versions.pinAll());
        }
      }
      if (!done.isEmpty()) {
        publishVersion();
        done.forEach(MemTable::release);
      }
    } finally {
      lock.unlock();
    }
  }

  // Versions.

  /** Makes the version that a change leads to the current one. */
  void install(VersionDelta delta) {
    lock.lock();
    try {
      installVersion(versions.current().apply(delta));
      publishVersion();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #install}, but only if the current version is the expected one. */
  boolean installUnlessChanged(Version expected, VersionDelta delta) {
    lock.lock();
    try {
      if (versions.current() != expected) {
        return false;
      }
      installVersion(expected.apply(delta));
      publishVersion();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says what a checkpoint needs, in one step with other changes of the tree.
   *
   * @param follows whether it names the same files as the next later one, where that has said so
   * @param claim told the epoch up to whose copies that one names files, null if none has said what
   *     it needs; may give null, and is not counted then
   */
  @Nullable Checkpoint claimInOrder(
      long epoch, boolean follows, Function<@Nullable Long, @Nullable Checkpoint> claim) {
    lock.lock();
    try {
      Map.Entry<Long, Long> later = claimed.higherEntry(epoch);
      Checkpoint result = claim.apply(later == null ? null : later.getValue());
      if (result != null) {
        claimed.put(epoch, follows && later != null ? later.getValue() : Long.valueOf(epoch));
        // Only what is later than one that is under way is ever asked for.
        long oldest = checkpoints.stream().mapToLong(TreeCheckpoint::epoch).min().orElse(epoch);
        claimed.headMap(oldest).clear();
      }
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** Whether no checkpoint that was begun later has said what it needs. */
  boolean isLatest(long epoch) {
    lock.lock();
    try {
      return claimed.higherEntry(epoch) == null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Puts copies in the place of tables, for readers and for checkpoints that have not said yet what
   * they need as well. To be called from {@link #claimInOrder}.
   *
   * @param copies by the id of the entries
   * @param epoch of the checkpoint that they were made for
   * @param replacement what they do to the current version
   */
  void installCopies(
      Map<UUID, TableFile> copies, long epoch, Function<Version, VersionDelta> replacement) {
    lock.lock();
    try {
      refuseAfterEnd();
      VersionDelta delta = replacement.apply(versions.current());
      versions.supersede(copies, epoch, tables::move);
      install(delta);
    } finally {
      lock.unlock();
    }
  }

  /** What comes after the end would have files that nobody drops. */
  private void refuseAfterEnd() {
    if (work.isClosed()) {
      throw new IllegalStateException("the store is closed");
    }
  }

  @GuardedBy("lock")
  private void installVersion(Version next) {
    refuseAfterEnd();
    versions.install(next);
  }

  @GuardedBy("lock")
  private void publishVersion() {
    VersionReader before = reader;
    reader = new VersionReader(versions.pin(), tables);
    level0Depth = versions.current().level0().depth();
    shares.fit(versions.current().metaBytes());
    publish();
    before.release();
  }

  private void dropFiles(List<TableFile> gone) {
    for (TableFile table : gone) {
      tables.drop(table);
      ownership.unused(table.paths());
    }
    deletion.schedule();
  }

  // New files.

  /** Names for the tables of one piece of work. */
  NewFiles newFiles() {
    return new NewFiles(ownership, environment.directory(), environment.random());
  }

  /** Where new tables go. */
  TableWriter.Target target(NewFiles files, BackgroundExecutor puts) {
    return new TableWriter.Target(
        environment.objects(), environment.directory(), options.tableBytes(), files, puts);
  }

  /** How the tables of a level are written. */
  SstableOptions sstableOptions(int level) {
    return new SstableOptions(
        options.blockBytes(),
        RESTART_INTERVAL,
        options.bloomBitsPerKey(),
        level >= options.compressionLevel());
  }

  // Background work.

  /** Lets the compaction executor look for something to do. */
  void scheduleCompaction() {
    if (!work.isClosed() && CompactionPicker.isNeeded(versions.current(), shape)) {
      compactionWork.schedule();
    } else {
      scheduleExpired();
    }
  }

  /** Lets the compaction executor look for tables that have expired, if there are any. */
  void scheduleExpired() {
    long now = environment.filter().now();
    if (!work.isClosed() && CompactionPicker.isExpired(versions.current(), now)) {
      compactionWork.schedule();
    }
  }

  FlushWork flushWork() {
    return flushWork;
  }

  CompactionWork compactionWork() {
    return compactionWork;
  }

  /** Runs an action under the lock. */
  void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  // What the memtables have.

  /** The bytes of the memtables up to an epoch that are not flushed yet, roughly. */
  long bytesToFlush(long epoch) {
    lock.lock();
    try {
      return sealed.stream()
          .filter(waiting -> waiting.memtable.epoch() <= epoch)
          .mapToLong(SealedEpoch::bytesLeft)
          .sum();
    } finally {
      lock.unlock();
    }
  }

  /** The pages of the frozen memtables. */
  long frozenBytes() {
    lock.lock();
    try {
      return sealed.stream().mapToLong(epoch -> epoch.memtable.bytes()).sum();
    } finally {
      lock.unlock();
    }
  }

  /** What the memtables have at one moment, the frozen ones together. */
  record Memtables(long activeBytes, long activeEntries, long frozenBytes, long frozenEntries) {}

  Memtables memtables() {
    lock.lock();
    try {
      long entries = sealed.stream().mapToLong(epoch -> epoch.memtable.count()).sum();
      return new Memtables(active.bytes(), active.count(), frozenBytes(), entries);
    } finally {
      lock.unlock();
    }
  }

  // The end.

  /**
   * Whether a checkpoint that was begun before an epoch is making copies, or may come to do so. To
   * be called from {@link #claimInOrder}.
   */
  boolean isCopyingBefore(long epoch) {
    lock.lock();
    try {
      return checkpoints.stream()
          .anyMatch(checkpoint -> checkpoint.copies() && checkpoint.epoch() < epoch);
    } finally {
      lock.unlock();
    }
  }

  /** A checkpoint was completed or given up. */
  void forget(TreeCheckpoint checkpoint) {
    lock.lock();
    try {
      checkpoints.remove(checkpoint);
      sealed.forEach(epoch -> epoch.captures.remove(checkpoint));
    } finally {
      lock.unlock();
    }
  }

  /** See {@link HummockStore#close}. */
  void close() throws IOException {
    // Deleting is I/O like any other, and would not survive the interrupt that ends a task.
    boolean interrupted = Thread.interrupted();
    try {
      if (work.close()) {
        pendingCheckpoints().forEach(TreeCheckpoint::close);
        awaitEndAndRelease();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private List<TreeCheckpoint> pendingCheckpoints() {
    lock.lock();
    try {
      return List.copyOf(checkpoints);
    } finally {
      lock.unlock();
    }
  }

  private void awaitEndAndRelease() throws IOException {
    try {
      work.awaitEnd();
    } finally {
      // Whatever is still running, since the wait was interrupted, has references of its own.
      release();
      deletion.finish();
    }
  }

  private void release() {
    lock.lock();
    try {
      views.publish(null);
      active.release();
      for (SealedEpoch epoch : sealed) {
        epoch.memtable.release();
      }
      sealed.clear();
      reader.release();
      versions.clear();
    } finally {
      lock.unlock();
    }
  }
}
