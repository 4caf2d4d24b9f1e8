package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.hummock.flink.backend.HummockKeyedStateBackend;
import io.hummock.flink.metrics.RecordingMetricGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateLatencyTrackOptions;
import org.apache.flink.configuration.StateSizeTrackOptions;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user sees of a running backend through Flink's metrics. */
class BackendObservationTest {
  private static final int KEYS = 500;

  @TempDir private Path directory;

  private BackendFixture backends;

  @BeforeEach
  void setUp() throws Exception {
    backends = new BackendFixture(directory);
  }

  @AfterEach
  void tearDown() throws Exception {
    backends.close();
  }

  @Test
  void metricsTellWhatTheTreeAndItsCheckpointsAreLike() throws Exception {
    RecordingMetricGroup group = new RecordingMetricGroup();
    HummockKeyedStateBackend<Integer> backend =
        backends.open(group, new Configuration(), List.of());
    assertThat(group.value("hummock.estimate-num-keys")).isEqualTo(0L);
    assertThat(backends.initialization).isEmpty();
    BackendFixture.write(backend, KEYS);
    backends.checkpoint(backend, 1);
    backend.notifyCheckpointComplete(1);
    BackendFixture.write(backend, 1);
    backends.checkpoint(backend, 2);
    BackendFixture.close(backend);

    assertThat(group.value("hummock.estimate-num-keys").longValue()).isEqualTo(KEYS + 1);
    assertThat(group.value("hummock.num-files-at-level0")).isEqualTo(2L);
    long bytes = group.value("hummock.bytes-at-level0").longValue();
    assertThat(bytes).isPositive();
    assertThat(group.value("hummock.live-sst-files-size")).isEqualTo(bytes);
    assertThat(group.value("hummock.store.put.bytes")).isEqualTo(bytes);
    assertThat(group.value("hummock.store.put.calls")).isEqualTo(4L);
    assertThat(group.metrics().get("hummock.store.put.latency-nanos"))
        .isInstanceOfSatisfying(
            Histogram.class, latency -> assertThat(latency.getCount()).isEqualTo(4));
    assertThat(group.value("hummock.flush-write-bytes")).isEqualTo(bytes);
    assertThat(group.value("hummock.flushes")).isEqualTo(2L);
    assertThat(group.value("hummock.memory-limit").longValue()).isPositive();
    assertThat(group.value("hummock.background-errors")).isEqualTo(0L);
    assertThat(group.value("hummock.checkpoint.completed")).isEqualTo(2L);
    long metadata =
        group.value("hummock.checkpoint.new-bytes").longValue()
            - group.value("hummock.store.put.bytes").longValue();
    assertThat(metadata).isBetween(1L, 100_000L);
    assertThat(group.value("hummock.checkpoint.last-files")).isEqualTo(4L);
    assertThat(group.value("hummock.checkpoint.last-reused-bytes").longValue()).isPositive();
    assertThat(group.value("hummock.write-amplification").doubleValue()).isPositive();
  }

  @Test
  void gaugesAnswerDuringWorkAndAfterTheEnd() throws Exception {
    RecordingMetricGroup group = new RecordingMetricGroup();
    HummockKeyedStateBackend<Integer> backend =
        backends.open(group, new Configuration(), List.of());
    BackendFixture.write(backend, KEYS);
    assertAllAnswer(group);
    backends.checkpoint(backend, 1);
    BackendFixture.close(backend);
    Map<String, Object> after = assertAllAnswer(group);
    assertThat(after).containsEntry("hummock.estimate-num-keys", (long) KEYS);
    assertThat(assertAllAnswer(group)).isEqualTo(after);
  }

  private static Map<String, Object> assertAllAnswer(RecordingMetricGroup group) {
    Map<String, Object> values = new TreeMap<>();
    for (Map.Entry<String, Metric> metric : group.metrics().entrySet()) {
      assertThatCode(
              () -> {
                if (metric.getValue() instanceof Gauge<?> gauge) {
                  values.put(metric.getKey(), gauge.getValue());
                }
              })
          .as(metric.getKey())
          .doesNotThrowAnyException();
    }
    assertThat(values).hasSizeGreaterThan(40).doesNotContainValue(null);
    return values;
  }

  @Test
  void restoreIsToldInFlinksInitializationMetrics() throws Exception {
    KeyedStateHandle checkpoint;
    KeyedStateHandle savepoint;
    HummockKeyedStateBackend<Integer> backend =
        backends.open(new RecordingMetricGroup(), new Configuration(), List.of());
    try {
      BackendFixture.write(backend, KEYS);
      checkpoint = backends.checkpoint(backend, 1);
      savepoint = backends.savepoint(backend, 2);
    } finally {
      BackendFixture.close(backend);
    }
    assertThat(backends.initialization).isEmpty();

    RecordingMetricGroup fromCheckpoint = restored(checkpoint);
    assertThat(fromCheckpoint.value("hummock.restore-done")).isEqualTo(1L);
    assertThat(fromCheckpoint.value("hummock.restore-total")).isEqualTo(1L);

    RecordingMetricGroup fromSavepoint = restored(savepoint);
    long total = fromSavepoint.value("hummock.restore-total").longValue();
    assertThat(total).isBetween(KEYS * 8L, savepoint.getStateSize());
    assertThat(fromSavepoint.value("hummock.restore-done")).isEqualTo(total);
  }

  private RecordingMetricGroup restored(KeyedStateHandle handle) throws Exception {
    backends.initialization.clear();
    RecordingMetricGroup group = new RecordingMetricGroup();
    HummockKeyedStateBackend<Integer> backend =
        backends.open(group, new Configuration(), List.of(handle));
    try {
      assertThat(backends.initialization).containsOnlyKeys("RestoreStateDurationMs");
      assertThat(group.value("hummock.estimate-num-keys")).isEqualTo((long) KEYS);
    } finally {
      BackendFixture.close(backend);
    }
    return group;
  }

  @Test
  void flinksLatencyAndSizeTrackingWork() throws Exception {
    Configuration config = new Configuration();
    config.set(StateLatencyTrackOptions.LATENCY_TRACK_ENABLED, true);
    // Of one Flink would sample nothing.
    config.set(StateLatencyTrackOptions.LATENCY_TRACK_SAMPLE_INTERVAL, 2);
    config.set(StateSizeTrackOptions.SIZE_TRACK_ENABLED, true);
    config.set(StateSizeTrackOptions.SIZE_TRACK_SAMPLE_INTERVAL, 2);
    RecordingMetricGroup group = new RecordingMetricGroup();
    HummockKeyedStateBackend<Integer> backend = backends.open(group, config, List.of());
    try {
      ValueState<Integer> value =
          BackendFixture.state(
              backend, new ValueStateDescriptor<>("value", IntSerializer.INSTANCE));
      ListState<Integer> list =
          BackendFixture.state(backend, new ListStateDescriptor<>("list", IntSerializer.INSTANCE));
      MapState<Integer, Integer> map =
          BackendFixture.state(
              backend,
              new MapStateDescriptor<>("map", IntSerializer.INSTANCE, IntSerializer.INSTANCE));
      ReducingState<Integer> reducing =
          BackendFixture.state(
              backend,
              new ReducingStateDescriptor<>("reducing", Integer::sum, IntSerializer.INSTANCE));
      AggregatingState<Integer, Integer> aggregating =
          BackendFixture.state(
              backend,
              new AggregatingStateDescriptor<>(
                  "aggregating", new Summing(), IntSerializer.INSTANCE));
      for (int key = 0; key < 10; key++) {
        backend.setCurrentKey(key);
        value.update(key);
        assertThat(value.value()).isEqualTo(key);
        list.add(key);
        assertThat(list.get()).containsExactly(key);
        map.put(1, key);
        assertThat(map.get(1)).isEqualTo(key);
        map.entries().forEach(entry -> assertThat(entry.getKey()).isEqualTo(1));
        reducing.add(key);
        assertThat(reducing.get()).isEqualTo(key);
        aggregating.add(key);
        assertThat(aggregating.get()).isEqualTo(key);
      }
      for (String latency :
          List.of(
              "value.valueStateGetLatency",
              "value.valueStateUpdateLatency",
              "list.listStateGetLatency",
              "list.listStateAddLatency",
              "map.mapStateGetLatency",
              "map.mapStatePutLatency",
              "reducing.reducingStateAddLatency",
              "aggregating.aggregatingStateAddLatency")) {
        assertThat(histograms(group, latency)).as(latency).hasSize(1);
        assertThat(histograms(group, latency).get(0).getCount()).as(latency).isEqualTo(5);
      }
      for (String size : List.of("value", "list", "map", "reducing", "aggregating")) {
        List<Histogram> sizes = histograms(group, size + "." + size + "State");
        assertThat(sizes.stream().filter(histogram -> histogram.getCount() > 0))
            .as(size)
            .hasSizeGreaterThanOrEqualTo(3);
      }
      assertThat(group.metrics().keySet())
          .anyMatch(name -> name.endsWith("KeySize"))
          .anyMatch(name -> name.endsWith("ValueSize"));
    } finally {
      BackendFixture.close(backend);
    }
  }

  private static List<Histogram> histograms(RecordingMetricGroup group, String prefix) {
    return group.metrics().entrySet().stream()
        .filter(metric -> metric.getKey().contains(prefix))
        .filter(metric -> metric.getValue() instanceof Histogram)
        .map(metric -> (Histogram) metric.getValue())
        .toList();
  }

  /** Adds up. */
  private static final class Summing
      implements org.apache.flink.api.common.functions.AggregateFunction<
          Integer, Integer, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer createAccumulator() {
      return 0;
    }

    @Override
    public Integer add(Integer value, Integer accumulator) {
      return accumulator + value;
    }

    @Override
    public Integer getResult(Integer accumulator) {
      return accumulator;
    }

    @Override
    public Integer merge(Integer a, Integer b) {
      return a + b;
    }
  }
}
