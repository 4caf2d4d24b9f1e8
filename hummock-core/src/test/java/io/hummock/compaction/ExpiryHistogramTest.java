package io.hummock.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.iterator.CompactionFilter;
import io.hummock.testing.Seeds;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ExpiryHistogramTest {
  private static final long SEED = Seeds.base();

  private final ExpiryHistogram histogram = new ExpiryHistogram();

  @Test
  void whatIsEmptyOrMostlyForEverNeverExpires() {
    assertThat(histogram.half()).isEqualTo(CompactionFilter.NEVER);
    histogram.add(5, 49);
    histogram.add(CompactionFilter.NEVER, 51);
    assertThat(histogram.half()).isEqualTo(CompactionFilter.NEVER);
    histogram.add(7, 2);
    assertThat(histogram.half()).isEqualTo(7);
    histogram.clear();
    assertThat(histogram.half()).isEqualTo(CompactionFilter.NEVER);
  }

  /** Never earlier, and later by at most a hundredth of the time that lies between all. */
  @RepeatedTest(20)
  void tellsTheTimeOfTheMiddleByte(RepetitionInfo run) {
    SplittableRandom random = new SplittableRandom(SEED + run.getCurrentRepetition());
    long spread = 1L << random.nextInt(1, 50);
    long start = random.nextLong(1L << 45);
    TreeMap<Long, Long> exact = new TreeMap<>();
    long total = 0;
    for (int i = 0; i < 5_000; i++) {
      long time = start + random.nextLong(spread);
      int bytes = random.nextInt(1, 500);
      histogram.add(time, bytes);
      exact.merge(time, (long) bytes, Long::sum);
      total += bytes;
    }
    long expired = 0;
    long half = -1;
    for (var entry : exact.entrySet()) {
      expired += entry.getValue();
      if (half < 0 && 2 * expired >= total) {
        half = entry.getKey();
      }
    }
    assertThat(histogram.half()).isBetween(half, half + 1 + spread / 50);
  }

  @Test
  void timesAtTheEndsOfTheScaleDoNotOverflow() {
    for (int i = 0; i < 400; i++) {
      histogram.add(i, 1);
      histogram.add(CompactionFilter.NEVER - 1 - i, 3);
    }
    assertThat(histogram.half())
        .isBetween(CompactionFilter.NEVER - 400, CompactionFilter.NEVER - 1);
  }
}
