package io.hummock.flink.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.ManualClock;
import io.hummock.testing.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.flink.metrics.HistogramStatistics;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  private final ManualClock clock = new ManualClock();
  private final LatencyHistogram histogram = new LatencyHistogram(clock);

  @Test
  void everyValueLiesInItsBucket() {
    for (long value = 0; value < 5000; value++) {
      assertBucket(value);
    }
    for (int shift = 10; shift < 63; shift++) {
      for (long value = (1L << shift) - 2; value < (1L << shift) + 3; value++) {
        assertBucket(value);
      }
    }
    assertBucket(Long.MAX_VALUE);
  }

  private static void assertBucket(long value) {
    int bucket = LatencyHistogram.bucket(value);
    assertThat(LatencyHistogram.upperBound(bucket)).isGreaterThanOrEqualTo(value);
    assertThat(bucket == 0 ? -1 : LatencyHistogram.upperBound(bucket - 1)).isLessThan(value);
    assertThat((double) LatencyHistogram.upperBound(bucket) - value)
        .isLessThanOrEqualTo(0.125 * value);
  }

  @Test
  void quantilesAreCloseToThoseOfTheSortedValues() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    long[] values = new long[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(random.nextDouble() * 25);
      histogram.update(values[i]);
    }
    Arrays.sort(values);
    HistogramStatistics statistics = histogram.getStatistics();
    for (double quantile : new double[] {0, 0.01, 0.5, 0.75, 0.95, 0.99, 0.999, 1}) {
      int rank = Math.max(1, (int) Math.ceil(quantile * values.length));
      double exact = values[rank - 1];
      assertThat(statistics.getQuantile(quantile)).isBetween(exact, exact * 1.125);
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    assertThat(statistics.getMean()).isBetween(mean, mean * 1.125);
    assertThat(statistics.getMax()).isEqualTo((long) statistics.getQuantile(1));
    assertThat(statistics.getMin()).isEqualTo((long) statistics.getQuantile(0));
    assertThat(statistics.size()).isEqualTo(values.length);
    assertThat(statistics.getStdDev()).isPositive();
    assertThat(histogram.getCount()).isEqualTo(values.length);
  }

  @Test
  void valuesOfTheLastMinuteAreShownAndOlderOnesGo() {
    histogram.update(1_000_000);
    clock.advance(LatencyHistogram.WINDOW_NANOS);
    histogram.update(10);
    assertThat(histogram.getStatistics().size()).isEqualTo(2);
    clock.advance(LatencyHistogram.WINDOW_NANOS);
    assertThat(histogram.getStatistics().size()).isEqualTo(1);
    assertThat(histogram.getStatistics().getMax()).isCloseTo(10, Offset.offset(1L));
    clock.advance(5 * LatencyHistogram.WINDOW_NANOS);
    histogram.update(20);
    assertThat(histogram.getStatistics().size()).isEqualTo(1);
    assertThat(histogram.getCount()).isEqualTo(3);
  }

  @Test
  void nothingIsAllZero() {
    HistogramStatistics none = histogram.getStatistics();
    assertThat(none.getQuantile(0.99)).isZero();
    assertThat(none.getMean()).isZero();
    assertThat(none.getMax()).isZero();
    assertThat(none.getMin()).isZero();
    assertThat(none.getStdDev()).isZero();
    assertThat(none.getValues()).isEmpty();
  }

  @Test
  void noUpdateOfManyThreadsIsLost() throws InterruptedException {
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  histogram.update(i % 100);
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(histogram.getStatistics().size()).isEqualTo(40_000);
    assertThat(histogram.getCount()).isEqualTo(40_000);
  }
}
