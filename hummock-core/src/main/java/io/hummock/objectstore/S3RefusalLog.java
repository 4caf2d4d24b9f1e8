package io.hummock.objectstore;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.metrics.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says in at most one line in half a minute how often a service has refused requests for a reason
 * that passes: the first at once, then a sum of those since.
 *
 * <p>Thread-safe.
 */
final class S3RefusalLog {
  static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Clock clock;
  private final Consumer<String> warnings;

  @GuardedBy("this")
  private int throttled;

  @GuardedBy("this")
  private int failed;

  @GuardedBy("this")
  private boolean saidOnce;

  @GuardedBy("this")
  private long saidAt;

  /**
   * @param warnings gets the lines
   */
  S3RefusalLog(Clock clock, Consumer<String> warnings) {
    this.clock = clock;
    this.warnings = warnings;
  }

  /**
   * A request was refused.
   *
   * @param status of the answer: 503 and 429 ask to slow down
   * @param request which one, for instance {@code PutObject at host}
   */
  void refused(int status, String request) {
    String line;
    synchronized (this) {
      if (status == 503 || status == 429) {
        throttled++;
      } else {
        failed++;
      }
      long now = clock.nanoTime();
      if (saidOnce && now - saidAt < INTERVAL_NANOS) {
        return;
      }
      line =
          "S3 has refused requests"
              + (saidOnce ? " within " + TimeUnit.NANOSECONDS.toSeconds(now - saidAt) + " s" : "")
              + ": asked to slow down "
              + throttled
              + ", failed "
              + failed
              + "; last with status "
              + status
              + " to "
              + request
              + ". Such requests are sent again after a pause.";
      throttled = 0;
      failed = 0;
      saidOnce = true;
      saidAt = now;
    }
    warnings.accept(line);
  }
}
