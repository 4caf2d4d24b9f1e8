package io.hummock.flink.metrics;

import io.hummock.metrics.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.runtime.state.StateBackend.CustomInitializationMetrics;
import org.jspecify.annotations.Nullable;

/**
 * How far the restore of a backend is, as gauges and in the log, and how long it took.
 *
 * <p>One thread restores; any thread reads.
 */
public final class RestoreMetrics {
  private final String operator;
  private final Clock clock;
  private final CustomInitializationMetrics initialization;
  private final Consumer<String> log;

  private volatile long done;
  private volatile long total;
  private volatile long millis;
  private @Nullable ProgressLog progress;
  private long start;

  /**
   * @param group gets the gauges under their names
   * @param operator tells the subtask, for the log
   * @param initialization is told the duration
   * @param log gets lines about a long restore
   */
  public RestoreMetrics(
      MetricGroup group,
      String operator,
      Clock clock,
      CustomInitializationMetrics initialization,
      Consumer<String> log) {
    this.operator = operator;
    this.clock = clock;
    this.initialization = initialization;
    this.log = log;
    group.gauge("restore-done", (Gauge<Long>) () -> done);
    group.gauge("restore-total", (Gauge<Long>) () -> total);
    group.gauge("restore-millis", (Gauge<Long>) () -> millis);
  }

  /**
   * A restore begins.
   *
   * @param amount how much there is to do
   */
  public void begin(ProgressLog.Unit unit, long amount) {
    start = clock.nanoTime();
    total = amount;
    progress = new ProgressLog("The restore of " + operator, unit, clock, log);
  }

  /** So much of it is done. */
  public void at(long amount) {
    done = amount;
    if (progress != null) {
      progress.at(amount, total);
    }
  }

  /** It has succeeded. */
  public void completed() {
    millis = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - start);
    at(total);
    initialization.addMetric(MetricNames.RESTORE_STATE_DURATION, millis);
    ended();
  }

  /** It has ended, well or not; after {@link #completed} that changes nothing. */
  public void ended() {
    if (progress != null) {
      progress.end();
      progress = null;
    }
  }
}
