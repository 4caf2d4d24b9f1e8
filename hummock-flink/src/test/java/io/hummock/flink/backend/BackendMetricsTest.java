package io.hummock.flink.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.metrics.HummockMetrics.CacheResult;
import io.hummock.metrics.HummockMetrics.FilterResult;
import io.hummock.metrics.HummockMetrics.StallReason;
import io.hummock.metrics.HummockMetrics.StoreCall;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class BackendMetricsTest {
  private final Map<String, Counter> counters = new TreeMap<>();
  private final BackendMetrics metrics = new BackendMetrics(new NamedGroup("operator"));

  @Test
  void everyReportHasItsCounters() {
    metrics.storeCall(StoreCall.PUT, 100, 7);
    metrics.storeCall(StoreCall.PUT, 20, 3);
    metrics.storeError(StoreCall.READ, 5);
    metrics.cacheLookup(CacheResult.HIT);
    metrics.filterLookup(FilterResult.FALSE_POSITIVE);
    metrics.userBytesWritten(11);
    metrics.flushed(12, 13);
    metrics.compacted(14, 15, 16);
    metrics.stalled(StallReason.LEVEL0_STOP, 17);
    Map<String, Long> counted = new TreeMap<>();
    counters.forEach((name, counter) -> counted.put(name, counter.getCount()));
    counted.values().removeIf(count -> count == 0);
    assertThat(counted)
        .isEqualTo(
            Map.ofEntries(
                Map.entry("operator.hummock.store.put.calls", 2L),
                Map.entry("operator.hummock.store.put.bytes", 120L),
                Map.entry("operator.hummock.store.put.nanos", 10L),
                Map.entry("operator.hummock.store.read.errors", 1L),
                Map.entry("operator.hummock.store.read.nanos", 5L),
                Map.entry("operator.hummock.cache.hit", 1L),
                Map.entry("operator.hummock.filter.falsePositive", 1L),
                Map.entry("operator.hummock.user.bytes", 11L),
                Map.entry("operator.hummock.flush.bytes", 12L),
                Map.entry("operator.hummock.flush.nanos", 13L),
                Map.entry("operator.hummock.compaction.readBytes", 14L),
                Map.entry("operator.hummock.compaction.writtenBytes", 15L),
                Map.entry("operator.hummock.compaction.nanos", 16L),
                Map.entry("operator.hummock.stall.level0Stop.nanos", 17L)));
  }

  @Test
  void everyKindOfEveryReportIsCounted() {
    for (StoreCall call : StoreCall.values()) {
      metrics.storeCall(call, 1, 1);
      metrics.storeError(call, 1);
    }
    for (CacheResult result : CacheResult.values()) {
      metrics.cacheLookup(result);
    }
    for (FilterResult result : FilterResult.values()) {
      metrics.filterLookup(result);
    }
    for (StallReason reason : StallReason.values()) {
      metrics.stalled(reason, 1);
    }
    metrics.userBytesWritten(1);
    metrics.flushed(1, 1);
    metrics.compacted(1, 1, 1);
    assertThat(counters)
        .hasSize(4 * 6 + 2 + 3 + 3 + 1 + 2 + 3)
        .allSatisfy((name, counter) -> assertThat(counter.getCount()).as(name).isPositive());
  }

  /** Knows its name, as the groups of a task do. */
  private final class NamedGroup extends UnregisteredMetricsGroup {
    private final String name;

    NamedGroup(String name) {
      this.name = name;
    }

    @Override
    public org.apache.flink.metrics.MetricGroup addGroup(String child) {
      return new NamedGroup(name + "." + child);
    }

    @Override
    public <C extends Counter> C counter(String child, C counter) {
      Metric before = counters.put(name + "." + child, counter);
      assertThat(before).isNull();
      return counter;
    }
  }
}
