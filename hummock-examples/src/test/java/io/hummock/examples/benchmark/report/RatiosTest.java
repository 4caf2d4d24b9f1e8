package io.hummock.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatiosTest {
  @Test
  void theSmallerOfTheClocksAndTheCpusRatioCounts() {
    Map<Unit, Double> subject = Map.of(Unit.WALL_NANOS, 100.0, Unit.CPU_NANOS, 200.0);
    Map<Unit, Double> other = Map.of(Unit.WALL_NANOS, 400.0, Unit.CPU_NANOS, 600.0);
    assertThat(Ratios.smallest(subject, other)).hasValue(3);
    assertThat(Ratios.smallest(other, subject)).hasValue(0.25);
  }

  @Test
  void aUnitThatOneOfThemLacksSaysNothing() {
    Map<Unit, Double> both = Map.of(Unit.WALL_NANOS, 100.0, Unit.CPU_NANOS, 200.0);
    assertThat(Ratios.smallest(both, Map.of(Unit.WALL_NANOS, 50.0))).hasValue(0.5);
    assertThat(Ratios.smallest(both, Map.of(Unit.MILLIS, 1.0))).isEmpty();
    assertThat(Ratios.smallest(both, Map.of())).isEmpty();
    assertThat(Ratios.smallest(Map.of(), both)).isEmpty();
  }

  @Test
  void aCostOfZeroOrOfNoNumberSaysNothing() {
    assertThat(Ratios.smallest(Map.of(Unit.BYTES, 0.0), Map.of(Unit.BYTES, 5.0))).isEmpty();
    assertThat(Ratios.smallest(Map.of(Unit.BYTES, 5.0), Map.of(Unit.BYTES, 0.0))).isEmpty();
    assertThat(Ratios.smallest(Map.of(Unit.MILLIS, Double.NaN), Map.of(Unit.MILLIS, 5.0)))
        .isEmpty();
  }

  @Test
  void countsAndSharesAreNotCompared() {
    Map<Unit, Double> some = Map.of(Unit.COUNT, 5.0, Unit.PERCENT, 1.0, Unit.CHECKSUM, 7.0);
    assertThat(Ratios.smallest(some, some)).isEmpty();
  }

  @Test
  void theGeometricMeanOfARatioAndItsInverseIsOne() {
    assertThat(Ratios.geometricMean(List.of(8.0, 1 / 8.0)).orElseThrow())
        .isEqualTo(1, within(1e-12));
    assertThat(Ratios.geometricMean(List.of(2.0, 4.0, 8.0)).orElseThrow())
        .isEqualTo(4, within(1e-12));
    assertThat(Ratios.geometricMean(List.of())).isEmpty();
  }
}
