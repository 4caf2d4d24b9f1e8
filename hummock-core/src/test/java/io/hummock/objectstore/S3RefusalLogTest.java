package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.ManualClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class S3RefusalLogTest {
  private final ManualClock clock = new ManualClock();
  private final List<String> lines = new ArrayList<>();
  private final S3RefusalLog log = new S3RefusalLog(clock, lines::add);

  @Test
  void firstRefusalIsSaidAtOnceAndTheOthersTogether() {
    log.refused(503, "PutObject at host");
    for (int i = 0; i < 100; i++) {
      log.refused(i % 2 == 0 ? 503 : 429, "GetObject at host");
      log.refused(500, "GetObject at host");
    }
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0))
        .contains("asked to slow down 1, failed 0", "status 503 to PutObject at host");

    clock.advance(S3RefusalLog.INTERVAL_NANOS);
    log.refused(503, "CopyObject at host");
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1))
        .contains(
            "within 30 s",
            "asked to slow down 101, failed 100",
            "status 503 to CopyObject at host");

    clock.advance(S3RefusalLog.INTERVAL_NANOS - 1);
    log.refused(503, "CopyObject at host");
    assertThat(lines).hasSize(2);
  }
}
