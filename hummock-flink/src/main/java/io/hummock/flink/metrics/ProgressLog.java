package io.hummock.flink.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.metrics.Clock;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says every ten seconds how far a long piece of work is, and in the end how long it took; nothing
 * of work that is done within ten seconds.
 *
 * <p>Thread-safe.
 */
public final class ProgressLog {
  static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** What is counted. */
  public enum Unit {
    BYTES,
    ENTRIES,
    HANDLES
  }

  private final String what;
  private final Unit unit;
  private final Clock clock;
  private final Consumer<String> log;
  private final long start;

  @GuardedBy("this")
  private long next;

  @GuardedBy("this")
  private long done;

  @GuardedBy("this")
  private long total;

  @GuardedBy("this")
  private boolean hasSpoken;

  @GuardedBy("this")
  private boolean hasEnded;

  /**
   * Begins.
   *
   * @param what names the work, as the beginning of a sentence
   * @param log gets the lines
   */
  public ProgressLog(String what, Unit unit, Clock clock, Consumer<String> log) {
    this.what = what;
    this.unit = unit;
    this.clock = clock;
    this.log = log;
    this.start = clock.nanoTime();
    this.next = start + INTERVAL_NANOS;
  }

  /**
   * So much is done.
   *
   * @param done how much; less than before is ignored
   * @param total how much there is, as far as is known; 0 if nothing is
   */
  public void at(long done, long total) {
    String line;
    synchronized (this) {
      this.done = Math.max(this.done, done);
      this.total = total;
      long now = clock.nanoTime();
      if (hasEnded || now - next < 0) {
        return;
      }
      next = now + INTERVAL_NANOS;
      hasSpoken = true;
      line = line(now - start);
    }
    log.accept(line);
  }

  /** It has ended, well or not. Ending twice is allowed. */
  public void end() {
    String line;
    synchronized (this) {
      if (hasEnded) {
        return;
      }
      hasEnded = true;
      if (!hasSpoken) {
        return;
      }
      line = what + " ended after " + seconds(clock.nanoTime() - start) + " with " + amount(done);
    }
    log.accept(line);
  }

  @GuardedBy("this")
  private String line(long nanos) {
    StringBuilder text = new StringBuilder(what).append(": ").append(amount(done));
    if (total > 0) {
      double part = Math.min(1, (double) done / total);
      text.append(" of ").append(amount(total));
      text.append(String.format(Locale.ROOT, ", %d %%", (int) (100 * part)));
      if (part > 0) {
        text.append(", about ").append(seconds((long) (nanos / part - nanos))).append(" to go");
      }
    }
    return text.append(", after ").append(seconds(nanos)).toString();
  }

  private static String seconds(long nanos) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos);
    return seconds < 120 ? seconds + " s" : seconds / 60 + " min " + seconds % 60 + " s";
  }

  private String amount(long count) {
    if (unit != Unit.BYTES) {
      return String.format(Locale.ROOT, "%,d %s", count, unit.name().toLowerCase(Locale.ROOT));
    }
    return count < 10 << 20
        ? String.format(Locale.ROOT, "%,d KB", count >> 10)
        : String.format(Locale.ROOT, "%,d MB", count >> 20);
  }
}
