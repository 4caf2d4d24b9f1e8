package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RollingDelayTest {
  private final RollingDelay rolling = new RollingDelay();

  @Test
  void meanIsOfTheLastTen() {
    assertThat(mean(List.of(7))).isEqualTo(7.0);
    assertThat(mean(List.of(1, 2))).isEqualTo(1.5);
    assertThat(mean(IntStream.rangeClosed(1, 25).boxed().toList())).isEqualTo(20.5);
  }

  @Test
  void mergedValuesAreThoseOfTheFirstAndThenOfTheSecond() {
    for (int first = 0; first <= 25; first++) {
      for (int second = 1; second <= 25; second++) {
        List<Integer> all = IntStream.rangeClosed(1, first + second).boxed().toList();
        RollingDelay.Last merged =
            rolling.merge(of(all.subList(0, first)), of(all.subList(first, all.size())));
        assertThat(rolling.getResult(merged)).isEqualTo(mean(all));
      }
    }
  }

  private double mean(List<Integer> values) {
    return rolling.getResult(of(values));
  }

  private RollingDelay.Last of(List<Integer> values) {
    RollingDelay.Last last = rolling.createAccumulator();
    for (int value : values) {
      last = rolling.add(value, last);
    }
    return last;
  }
}
