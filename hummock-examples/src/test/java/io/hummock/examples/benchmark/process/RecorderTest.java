package io.hummock.examples.benchmark.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.examples.benchmark.report.Measurement;
import io.hummock.examples.benchmark.report.Unit;
import org.junit.jupiter.api.Test;

class RecorderTest {
  @Test
  void ofSeveralNumbersInOnePlaceTheMedianCounts() {
    Recorder recorder = new Recorder();
    for (double value : new double[] {9, 1, 5}) {
      recorder.add("s", "g", "odd", "heap", Unit.MILLIS, value);
    }
    for (double value : new double[] {9, 1, 5, 2}) {
      recorder.add("s", "g", "even", "heap", Unit.MILLIS, value);
    }
    assertThat(recorder.results().measurements())
        .containsExactly(
            new Measurement("s", "g", "odd", "heap", Unit.MILLIS, 5),
            new Measurement("s", "g", "even", "heap", Unit.MILLIS, 3.5));
  }

  @Test
  void differentChecksumsOfTwoBackendsAreRefused() {
    Recorder recorder = new Recorder();
    recorder.add("s", "results", "count", "heap", Unit.CHECKSUM, 5);
    recorder.add("s", "results", "join", "heap", Unit.CHECKSUM, 6);
    recorder.add("s", "results", "count", "hummock", Unit.CHECKSUM, 5);
    assertThatCode(recorder::checkChecksums).doesNotThrowAnyException();
    recorder.add("s", "results", "join", "hummock", Unit.CHECKSUM, 7);
    assertThatThrownBy(recorder::checkChecksums)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("join")
        .hasMessageContaining("hummock=7");
  }

  @Test
  void differentChecksumsOfTwoRoundsAreRefused() {
    Recorder recorder = new Recorder();
    recorder.add("s", "results", "count", "heap", Unit.CHECKSUM, 5);
    recorder.add("s", "results", "count", "heap", Unit.CHECKSUM, 6);
    assertThatThrownBy(recorder::checkChecksums).hasMessageContaining("count");
  }
}
