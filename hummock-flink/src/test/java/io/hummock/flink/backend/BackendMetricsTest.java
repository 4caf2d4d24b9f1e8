package io.hummock.flink.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.metrics.RecordingMetricGroup;
import io.hummock.metrics.HummockMetrics.Cache;
import io.hummock.metrics.HummockMetrics.CacheResult;
import io.hummock.metrics.HummockMetrics.FilterResult;
import io.hummock.metrics.HummockMetrics.StallReason;
import io.hummock.metrics.HummockMetrics.StoreCall;
import io.hummock.testing.ManualClock;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Histogram;
import org.junit.jupiter.api.Test;

class BackendMetricsTest {
  private final RecordingMetricGroup group = new RecordingMetricGroup();
  private final BackendMetrics metrics = new BackendMetrics(group, new ManualClock());

  /** What is not 0. */
  private Map<String, Number> shown() {
    Map<String, Number> shown = new TreeMap<>();
    group
        .metrics()
        .forEach(
            (name, metric) -> {
              Number value =
                  metric instanceof Histogram histogram ? histogram.getCount() : group.value(name);
              if (value.doubleValue() != 0) {
                shown.put(name, value);
              }
            });
    return shown;
  }

  @Test
  void everyReportHasItsMetrics() {
    metrics.storeCall(StoreCall.PUT, 100, 7);
    metrics.storeCall(StoreCall.PUT, 20, 3);
    metrics.storeError(StoreCall.READ, 5);
    metrics.storeRequest(1, 503);
    metrics.storeRequest(2, 500);
    metrics.storeRequest(3, 200);
    metrics.cacheLookup(Cache.BLOCK, CacheResult.HIT);
    metrics.cacheLookup(Cache.DISK, CacheResult.HIT);
    metrics.cacheLookup(Cache.DISK, CacheResult.MISS);
    metrics.diskCacheUsed(99);
    metrics.rowCacheLookups(3, 1);
    metrics.filterLookup(FilterResult.NEGATIVE);
    metrics.filterLookup(FilterResult.NEGATIVE);
    metrics.filterLookup(FilterResult.TRUE_POSITIVE);
    metrics.filterLookup(FilterResult.FALSE_POSITIVE);
    metrics.metaLoaded();
    metrics.pageShortage(18);
    metrics.scanned(10);
    metrics.userBytesWritten(11);
    metrics.flushed(12, 13);
    metrics.compacted(14, 15, 16);
    metrics.stalled(StallReason.LEVEL0_STOP, 17_000);
    metrics.stalled(StallReason.MEMTABLE, 3_000);
    Map<String, Number> expected = new TreeMap<>();
    expected.put("store.put.calls", 2L);
    expected.put("store.put.bytes", 120L);
    expected.put("store.put.nanos", 10L);
    expected.put("store.put.latency-nanos", 2L);
    expected.put("store.read.errors", 1L);
    expected.put("store.read.nanos", 5L);
    expected.put("store.read.latency-nanos", 1L);
    expected.put("store.requests", 3L);
    expected.put("store.retries", 2L);
    expected.put("store.throttles", 1L);
    expected.put("block-cache-hit", 1L);
    expected.put("block-cache-hit-ratio", 1.0);
    expected.put("row-cache-hit", 3L);
    expected.put("row-cache-miss", 1L);
    expected.put("row-cache-hit-ratio", 0.75);
    expected.put("disk-cache-hit", 1L);
    expected.put("disk-cache-miss", 1L);
    expected.put("disk-cache-hit-ratio", 0.5);
    expected.put("disk-cache-usage", 99L);
    expected.put("bloom-filter-useful", 2L);
    expected.put("bloom-filter-full-true-positive", 1L);
    expected.put("bloom-filter-false-positive", 1L);
    expected.put("bloom-filter-full-positive", 2L);
    expected.put("bloom-filter-useful-ratio", 2.0 / 3);
    expected.put("meta-cache-miss", 1L);
    expected.put("meta-cache-hit-ratio", 0.75);
    expected.put("page-shortages", 1L);
    expected.put("page-shortage-bytes", 18L);
    expected.put("scan-entries", 10L);
    expected.put("bytes-written", 11L);
    expected.put("flushes", 1L);
    expected.put("flush-write-bytes", 12L);
    expected.put("flush-nanos", 13L);
    expected.put("compactions", 1L);
    expected.put("compaction-read-bytes", 14L);
    expected.put("compaction-write-bytes", 15L);
    expected.put("compaction-nanos", 16L);
    expected.put("stall.level0-stop-nanos", 17_000L);
    expected.put("stall.memtable-nanos", 3_000L);
    expected.put("stall-micros", 20L);
    assertThat(shown()).isEqualTo(expected);
  }

  @Test
  void everyKindOfEveryReportIsCounted() {
    for (StoreCall call : StoreCall.values()) {
      metrics.storeCall(call, 1, 1);
      metrics.storeError(call, 1);
    }
    for (Cache cache : Cache.values()) {
      for (CacheResult result : CacheResult.values()) {
        metrics.cacheLookup(cache, result);
      }
    }
    for (FilterResult result : FilterResult.values()) {
      metrics.filterLookup(result);
    }
    for (StallReason reason : StallReason.values()) {
      metrics.stalled(reason, 1_000_000);
    }
    metrics.storeRequest(2, 429);
    metrics.rowCacheLookups(1, 1);
    metrics.metaLoaded();
    metrics.diskCacheUsed(1);
    metrics.pageShortage(1);
    metrics.scanned(1);
    metrics.userBytesWritten(1);
    metrics.flushed(1, 1);
    metrics.compacted(1, 1, 1);
    assertThat(shown().keySet()).isEqualTo(group.metrics().keySet());
  }

  @Test
  void beforeAnythingHappenedAllIsZero() {
    assertThat(shown()).isEmpty();
    assertThat(group.metrics()).hasSizeGreaterThan(50);
  }
}
