package io.hummock.flink.metrics;

import io.hummock.CheckpointProgress;
import io.hummock.metrics.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.jspecify.annotations.Nullable;

/**
 * What checkpoints and native savepoints cost, as metrics, and how far long ones are, in the log.
 *
 * <p>Thread-safe.
 */
public final class SnapshotMetrics {
  private final String operator;
  private final Clock clock;
  private final Consumer<String> log;
  private final Counter completed;
  private final Counter failed;
  private final Counter newBytes;
  private final Counter reusedBytes;

  private volatile long lastSyncMicros;
  private volatile long lastAsyncMicros;
  private volatile long lastNewBytes;
  private volatile long lastReusedBytes;
  private volatile long lastFiles;

  /**
   * @param group gets the metrics under their names
   * @param operator tells the subtask, for the log
   * @param log gets lines about a long snapshot
   */
  public SnapshotMetrics(MetricGroup group, String operator, Clock clock, Consumer<String> log) {
    this.operator = operator;
    this.clock = clock;
    this.log = log;
    MetricGroup checkpoint = group.addGroup("checkpoint");
    completed = checkpoint.counter("completed", new ThreadSafeSimpleCounter());
    failed = checkpoint.counter("failed", new ThreadSafeSimpleCounter());
    newBytes = checkpoint.counter("new-bytes", new ThreadSafeSimpleCounter());
    reusedBytes = checkpoint.counter("reused-bytes", new ThreadSafeSimpleCounter());
    checkpoint.gauge("last-sync-micros", (Gauge<Long>) () -> lastSyncMicros);
    checkpoint.gauge("last-async-micros", (Gauge<Long>) () -> lastAsyncMicros);
    checkpoint.gauge("last-new-bytes", (Gauge<Long>) () -> lastNewBytes);
    checkpoint.gauge("last-reused-bytes", (Gauge<Long>) () -> lastReusedBytes);
    checkpoint.gauge("last-files", (Gauge<Long>) () -> lastFiles);
  }

  /** The synchronous part of a snapshot begins. */
  public Running begin(long checkpointId) {
    return new Running(checkpointId);
  }

  /** How a canonical savepoint's entries are told about; to be ended. */
  public ProgressLog savepoint() {
    return new ProgressLog(
        "The canonical savepoint of " + operator, ProgressLog.Unit.ENTRIES, clock, log);
  }

  /** One snapshot. Thread-safe. */
  public final class Running implements CheckpointProgress {
    private final long checkpointId;
    private final long syncStart = clock.nanoTime();
    private volatile long asyncStart;
    private volatile @Nullable ProgressLog upload;
    private volatile @Nullable ProgressLog copying;

    private Running(long checkpointId) {
      this.checkpointId = checkpointId;
    }

    /** The synchronous part has ended well. */
    public void prepared() {
      lastSyncMicros = micros(syncStart);
    }

    /** The asynchronous part begins. */
    public void started() {
      asyncStart = clock.nanoTime();
      upload = log("The upload");
    }

    @Override
    public void flushed(long done, long total) {
      ProgressLog progress = upload;
      if (progress != null) {
        progress.at(done, total);
      }
    }

    @Override
    public void copied(long done, long total) {
      ProgressLog progress;
      synchronized (this) {
        if (copying == null) {
          copying = log("The copying of files");
        }
        progress = copying;
      }
      progress.at(done, total);
    }

    private ProgressLog log(String what) {
      return new ProgressLog(
          what + " for snapshot " + checkpointId + " of " + operator,
          ProgressLog.Unit.BYTES,
          clock,
          log);
    }

    /**
     * It is whole.
     *
     * @param bytes of files that no earlier snapshot has, metadata included
     * @param reused bytes of files that earlier snapshots have too
     * @param files how many files it refers to, without its metadata
     */
    public void completed(long bytes, long reused, int files) {
      completed.inc();
      newBytes.inc(bytes);
      reusedBytes.inc(reused);
      lastAsyncMicros = micros(asyncStart);
      lastNewBytes = bytes;
      lastReusedBytes = reused;
      lastFiles = files;
      end();
    }

    /** It has failed or was given up. */
    public void failed() {
      failed.inc();
      end();
    }

    private void end() {
      ProgressLog uploading = upload;
      if (uploading != null) {
        uploading.end();
      }
      ProgressLog copies = copying;
      if (copies != null) {
        copies.end();
      }
    }

    private long micros(long since) {
      return TimeUnit.NANOSECONDS.toMicros(clock.nanoTime() - since);
    }
  }
}
