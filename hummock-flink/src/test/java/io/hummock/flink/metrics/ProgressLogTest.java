package io.hummock.flink.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.metrics.ProgressLog.Unit;
import io.hummock.testing.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLogTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MB = 1 << 20;

  private final ManualClock clock = new ManualClock();
  private final List<String> lines = new ArrayList<>();

  private ProgressLog log(Unit unit) {
    return new ProgressLog("The restore of op", unit, clock, lines::add);
  }

  @Test
  void workOfLessThanTenSecondsSaysNothing() {
    ProgressLog log = log(Unit.BYTES);
    for (int i = 0; i < 10; i++) {
      log.at(i, 10);
      clock.advance(SECOND - 1);
    }
    log.at(10, 10);
    log.end();
    assertThat(lines).isEmpty();
  }

  @Test
  void longWorkSaysEveryTenSecondsHowFarItIs() {
    ProgressLog log = log(Unit.BYTES);
    for (long second = 1; second <= 40; second++) {
      clock.advance(SECOND);
      log.at(second * 10 * MB, 400 * MB);
      log.at(second * 10 * MB, 400 * MB);
    }
    log.end();
    log.end();
    assertThat(lines)
        .containsExactly(
            "The restore of op: 100 MB of 400 MB, 25 %, about 30 s to go, after 10 s",
            "The restore of op: 200 MB of 400 MB, 50 %, about 20 s to go, after 20 s",
            "The restore of op: 300 MB of 400 MB, 75 %, about 10 s to go, after 30 s",
            "The restore of op: 400 MB of 400 MB, 100 %, about 0 s to go, after 40 s",
            "The restore of op ended after 40 s with 400 MB");
  }

  @Test
  void whatIsNotKnownIsNotSaid() {
    ProgressLog log = log(Unit.ENTRIES);
    clock.advance(10 * SECOND);
    log.at(0, 1000);
    clock.advance(10 * SECOND);
    log.at(1234, 0);
    clock.advance(600 * SECOND);
    log.at(2000, 1000);
    assertThat(lines)
        .containsExactly(
            "The restore of op: 0 entries of 1,000 entries, 0 %, after 10 s",
            "The restore of op: 1,234 entries, after 20 s",
            "The restore of op: 2,000 entries of 1,000 entries, 100 %, about 0 s to go, after 10"
                + " min 20 s");
  }

  @Test
  void progressNeverGoesBack() {
    ProgressLog log = log(Unit.HANDLES);
    log.at(5, 10);
    clock.advance(10 * SECOND);
    log.at(3, 10);
    assertThat(lines).singleElement().asString().contains("5 handles of 10 handles, 50 %");
  }
}
