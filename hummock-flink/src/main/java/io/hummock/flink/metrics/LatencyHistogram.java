package io.hummock.flink.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.metrics.Clock;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

/**
 * How long something took, of the last one to two minutes: counts in buckets whose width is an
 * eighth of a power of two, so that a quantile is at most 12.5 % above the truth. An update
 * allocates nothing.
 *
 * <p>Thread-safe.
 */
public final class LatencyHistogram implements Histogram {
  /*
   * Values below 8 have a bucket each; above, the three bits behind the highest one tell which
   * eighth of its power of two a value is in (after HdrHistogram's idea). There are two windows of
   * a minute each: the one that is being filled and the one before, which statistics see together.
   */
  static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int SUB_BITS = 3;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;
  private static final int BUCKETS = (Long.SIZE - SUB_BITS) << SUB_BITS;

  private final Clock clock;
  private final LongAdder count = new LongAdder();

  @GuardedBy("this")
  private AtomicLongArray previous = new AtomicLongArray(BUCKETS);

  private volatile AtomicLongArray current = new AtomicLongArray(BUCKETS);
  private volatile long windowEnd;

  public LatencyHistogram(Clock clock) {
    this.clock = clock;
    this.windowEnd = clock.nanoTime() + WINDOW_NANOS;
  }

  /** Counts a value; a negative one as 0. */
  @Override
  public void update(long value) {
    rotateIfDue();
    current.incrementAndGet(bucket(Math.max(0, value)));
    count.increment();
  }

  private void rotateIfDue() {
    if (clock.nanoTime() - windowEnd >= 0) {
      rotate();
    }
  }

  private synchronized void rotate() {
    long late = clock.nanoTime() - windowEnd;
    if (late < 0) {
      return;
    }
    AtomicLongArray fresh = previous;
    // After a pause of more than a window, what came before it is too old as well.
    previous = late < WINDOW_NANOS ? current : new AtomicLongArray(BUCKETS);
    for (int i = 0; i < BUCKETS; i++) {
      fresh.set(i, 0);
    }
    current = fresh;
    windowEnd = clock.nanoTime() + WINDOW_NANOS;
  }

  static int bucket(long value) {
    if (value < SUB_BUCKETS) {
      return (int) value;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - SUB_BITS;
    return ((shift + 1) << SUB_BITS) + (int) (value >>> shift) - SUB_BUCKETS;
  }

  /** The largest value of a bucket. */
  static long upperBound(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int shift = (bucket >>> SUB_BITS) - 1;
    long first = (long) (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) << shift;
    return first + (1L << shift) - 1;
  }

  /** All values since the beginning. */
  @Override
  public long getCount() {
    return count.sum();
  }

  @Override
  public HistogramStatistics getStatistics() {
    rotateIfDue();
    long[] counts = new long[BUCKETS];
    synchronized (this) {
      for (int i = 0; i < BUCKETS; i++) {
        counts[i] = previous.get(i) + current.get(i);
      }
    }
    return new Statistics(counts);
  }

  /** Of a copy of the counts; each value is taken for the largest of its bucket. */
  private static final class Statistics extends HistogramStatistics {
    private final long[] counts;
    private final long size;

    Statistics(long[] counts) {
      this.counts = counts;
      this.size = Arrays.stream(counts).sum();
    }

    @Override
    public double getQuantile(double quantile) {
      if (size == 0) {
        return 0;
      }
      long rank = Math.max(1, (long) Math.ceil(Math.min(1, Math.max(0, quantile)) * size));
      int bucket = 0;
      for (long seen = counts[0]; seen < rank; seen += counts[bucket]) {
        bucket++;
      }
      return upperBound(bucket);
    }

    /** One value for each bucket that has any: there are too many for all of them. */
    @Override
    public long[] getValues() {
      return IntStream.range(0, BUCKETS)
          .filter(bucket -> counts[bucket] > 0)
          .mapToLong(LatencyHistogram::upperBound)
          .toArray();
    }

    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, size);
    }

    @Override
    public double getMean() {
      double sum = 0;
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        sum += (double) counts[bucket] * upperBound(bucket);
      }
      return size == 0 ? 0 : sum / size;
    }

    @Override
    public double getStdDev() {
      double mean = getMean();
      double squares = 0;
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        double distance = upperBound(bucket) - mean;
        squares += counts[bucket] * distance * distance;
      }
      return size == 0 ? 0 : Math.sqrt(squares / size);
    }

    @Override
    public long getMax() {
      for (int bucket = BUCKETS - 1; bucket >= 0; bucket--) {
        if (counts[bucket] > 0) {
          return upperBound(bucket);
        }
      }
      return 0;
    }

    @Override
    public long getMin() {
      return size == 0 ? 0 : (long) getQuantile(0);
    }
  }
}
