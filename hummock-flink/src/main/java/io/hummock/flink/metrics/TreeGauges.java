package io.hummock.flink.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.HummockStore;
import io.hummock.StoreStatistics;
import io.hummock.StoreStatistics.LevelStatistics;
import io.hummock.metrics.Clock;
import java.io.Closeable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shape of a tree as gauges. The tree is asked when a reporter reads a gauge, and at most once
 * a second for all of them. Before the tree is open they are 0, after it was closed they keep what
 * they had last; then they hold the tree no more.
 *
 * <p>Thread-safe.
 */
public final class TreeGauges implements Closeable {
  static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** As many as a tree has at most. */
  public static final int LEVELS = 7;

  private static final Logger LOG = LoggerFactory.getLogger(TreeGauges.class);

  private final Clock clock;

  @GuardedBy("this")
  private @Nullable Supplier<StoreStatistics> source;

  @GuardedBy("this")
  private @Nullable StoreStatistics last;

  @GuardedBy("this")
  private long takenAt;

  /**
   * Registers them.
   *
   * @param group gets them under their names
   */
  public TreeGauges(MetricGroup group, Clock clock) {
    this.clock = clock;
    // As RocksDB calls them, where it has them.
    number(group, "num-immutable-mem-table", now -> now.frozenMemtables());
    number(
        group,
        "mem-table-flush-pending",
        now -> now.frozenMemtables() > now.work().runningFlushes() ? 1 : 0);
    number(group, "compaction-pending", now -> now.work().isCompactionNeeded() ? 1 : 0);
    number(group, "background-errors", now -> now.work().hasFailed() ? 1 : 0);
    number(group, "cur-size-active-mem-table", now -> now.memtableBytes());
    number(group, "cur-size-all-mem-tables", now -> now.memtableBytes() + now.frozenBytes());
    number(group, "num-entries-active-mem-table", now -> now.memory().memtableEntries());
    number(group, "num-entries-imm-mem-tables", now -> now.memory().frozenEntries());
    number(group, "estimate-num-keys", now -> now.estimatedKeys());
    number(group, "estimate-live-data-size", now -> now.liveBytes());
    number(group, "estimate-table-readers-mem", now -> now.memory().sectionBytes());
    number(group, "total-sst-files-size", now -> now.tableBytes());
    number(group, "live-sst-files-size", now -> now.versionBytes());
    number(group, "estimate-pending-compaction-bytes", now -> now.compactionBacklogBytes());
    number(group, "num-running-compactions", now -> now.work().runningCompactions());
    number(group, "num-running-flushes", now -> now.work().runningFlushes());
    number(group, "is-write-stopped", now -> now.work().isStopped() ? 1 : 0);
    number(group, "block-cache-capacity", now -> now.memory().cacheLimit());
    number(group, "block-cache-usage", now -> now.cacheBytes());
    for (int i = 0; i < LEVELS; i++) {
      int level = i;
      number(group, "num-files-at-level" + level, now -> level(now, level).files());
      number(group, "bytes-at-level" + level, now -> level(now, level).bytes());
    }
    // What RocksDB does not have.
    number(group, "level0-depth", now -> now.level0Depth());
    number(group, "memory-limit", now -> now.memory().limit());
    number(group, "memory-used", now -> now.memory().used());
    number(group, "files-deleted", now -> now.filesDeleted());
    number(group, "files-to-delete", now -> now.filesToDelete());
    number(group, "file-delete-failures", now -> now.deleteFailures());
    number(group, "read-amplification", now -> now.readAmplification());
    ratio(group, "write-amplification", now -> now.writeAmplification());
    ratio(group, "space-amplification", now -> now.spaceAmplification());
  }

  /** From now on the gauges show this tree. */
  public synchronized void open(HummockStore store) {
    source = store::statistics;
    last = null;
  }

  /** Keeps what the tree is like now; to be called before it is closed. */
  @Override
  public synchronized void close() {
    refresh();
    source = null;
  }

  private void number(MetricGroup group, String name, ToLongFunction<StoreStatistics> value) {
    Gauge<Long> gauge =
        () -> {
          StoreStatistics now = current();
          return now == null ? 0 : value.applyAsLong(now);
        };
    group.gauge(name, gauge);
  }

  private void ratio(MetricGroup group, String name, ToDoubleFunction<StoreStatistics> value) {
    Gauge<Double> gauge =
        () -> {
          StoreStatistics now = current();
          return now == null ? 0 : value.applyAsDouble(now);
        };
    group.gauge(name, gauge);
  }

  private static LevelStatistics level(StoreStatistics now, int level) {
    return level < now.levels().size() ? now.levels().get(level) : new LevelStatistics(0, 0);
  }

  private synchronized @Nullable StoreStatistics current() {
    if (last == null || clock.nanoTime() - takenAt >= MAX_AGE_NANOS) {
      refresh();
    }
    return last;
  }

  @GuardedBy("this")
  private void refresh() {
    if (source == null) {
      return;
    }
    try {
      last = source.get();
    } catch (RuntimeException e) {
      // A reporter must not fail for the sake of a figure.
      LOG.debug("The shape of the tree could not be told", e);
    }
    takenAt = clock.nanoTime();
  }
}
