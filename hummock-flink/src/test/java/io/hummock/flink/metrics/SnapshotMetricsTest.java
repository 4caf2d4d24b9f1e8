package io.hummock.flink.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SnapshotMetricsTest {
  private final ManualClock clock = new ManualClock();
  private final RecordingMetricGroup group = new RecordingMetricGroup();
  private final List<String> lines = new ArrayList<>();
  private final SnapshotMetrics metrics = new SnapshotMetrics(group, "op", clock, lines::add);

  @Test
  void costsOfASnapshotAreShown() {
    SnapshotMetrics.Running running = metrics.begin(7);
    clock.advance(3_000);
    running.prepared();
    clock.advance(1_000_000_000);
    running.started();
    clock.advance(5_000_000);
    running.completed(100, 900, 12);
    metrics.begin(8).failed();
    assertThat(group.value("checkpoint.last-sync-micros")).isEqualTo(3L);
    assertThat(group.value("checkpoint.last-async-micros")).isEqualTo(5_000L);
    assertThat(group.value("checkpoint.last-new-bytes")).isEqualTo(100L);
    assertThat(group.value("checkpoint.last-reused-bytes")).isEqualTo(900L);
    assertThat(group.value("checkpoint.last-files")).isEqualTo(12L);
    assertThat(group.value("checkpoint.completed")).isEqualTo(1L);
    assertThat(group.value("checkpoint.failed")).isEqualTo(1L);
    assertThat(group.value("checkpoint.new-bytes")).isEqualTo(100L);
    assertThat(group.value("checkpoint.reused-bytes")).isEqualTo(900L);
    assertThat(lines).isEmpty();
  }

  @Test
  void longUploadAndLongCopyingAreLoggedEachFromItsOwnBeginning() {
    SnapshotMetrics.Running running = metrics.begin(7);
    running.prepared();
    running.started();
    clock.advance(TimeUnit.SECONDS.toNanos(10));
    running.flushed(1 << 20, 4 << 20);
    running.copied(0, 8 << 20);
    clock.advance(TimeUnit.SECONDS.toNanos(10));
    running.copied(4 << 20, 8 << 20);
    running.failed();
    assertThat(lines)
        .containsExactly(
            "The upload for snapshot 7 of op: 1,024 KB of 4,096 KB, 25 %, about 30 s to go, after"
                + " 10 s",
            "The copying of files for snapshot 7 of op: 4,096 KB of 8,192 KB, 50 %, about 10 s to"
                + " go, after 10 s",
            "The upload for snapshot 7 of op ended after 20 s with 1,024 KB",
            "The copying of files for snapshot 7 of op ended after 10 s with 4,096 KB");
  }

  @Test
  void longRestoreIsLoggedAndShown() {
    Map<String, Long> initialization = new TreeMap<>();
    RestoreMetrics restore =
        new RestoreMetrics(group, "op", clock, initialization::put, lines::add);
    assertThat(group.value("restore-total")).isEqualTo(0L);
    restore.begin(ProgressLog.Unit.BYTES, 1000 << 20);
    clock.advance(TimeUnit.SECONDS.toNanos(20));
    restore.at(250 << 20);
    assertThat(group.value("restore-done")).isEqualTo((long) (250 << 20));
    assertThat(group.value("restore-total")).isEqualTo((long) (1000 << 20));
    restore.completed();
    restore.ended();
    assertThat(group.value("restore-done")).isEqualTo((long) (1000 << 20));
    assertThat(group.value("restore-millis")).isEqualTo(20_000L);
    assertThat(initialization).isEqualTo(Map.of("RestoreStateDurationMs", 20_000L));
    assertThat(lines)
        .containsExactly(
            "The restore of op: 250 MB of 1,000 MB, 25 %, about 60 s to go, after 20 s",
            "The restore of op ended after 20 s with 1,000 MB");
  }
}
