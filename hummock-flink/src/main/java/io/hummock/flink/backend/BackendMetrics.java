package io.hummock.flink.backend;

import io.hummock.flink.metrics.LatencyHistogram;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;

/**
 * What the engine reports, as metrics in a group: counters grow from 0 when the backend is opened,
 * ratios are of the counters. docs/metrics.md has all of them. Thread-safe.
 */
final class BackendMetrics implements HummockMetrics {
  private final Map<StoreCall, Calls> storeCalls = new EnumMap<>(StoreCall.class);
  private final Map<StallReason, Counter> stallNanos = new EnumMap<>(StallReason.class);
  private final Counter requests;
  private final Counter retries;
  private final Counter throttles;
  private final Counter blockHits;
  private final Counter blockMisses;
  private final Counter metaMisses;
  private final Counter diskHits;
  private final Counter diskMisses;
  private final AtomicLong diskBytes = new AtomicLong();
  private final Counter rowHits;
  private final Counter rowMisses;
  private final Counter filterNegatives;
  private final Counter filterTruePositives;
  private final Counter filterFalsePositives;
  private final Counter pageShortages;
  private final Counter pageShortageBytes;
  private final Counter scannedEntries;
  private final Counter userBytes;
  private final Counter flushes;
  private final Counter flushedBytes;
  private final Counter flushNanos;
  private final Counter compactions;
  private final Counter compactionReadBytes;
  private final Counter compactionWrittenBytes;
  private final Counter compactionNanos;

  /** The metrics of one kind of call. */
  private static final class Calls {
    final Counter calls;
    final Counter errors;
    final Counter bytes;
    final Counter nanos;
    final LatencyHistogram latency;

    Calls(MetricGroup group, Clock clock) {
      calls = counter(group, "calls");
      errors = counter(group, "errors");
      bytes = counter(group, "bytes");
      nanos = counter(group, "nanos");
      latency = group.histogram("latency-nanos", new LatencyHistogram(clock));
    }
  }

  /**
   * @param group gets them under their names
   * @param clock tells when a latency is too old to be shown
   */
  BackendMetrics(MetricGroup group, Clock clock) {
    MetricGroup store = group.addGroup("store");
    for (StoreCall call : StoreCall.values()) {
      storeCalls.put(call, new Calls(store.addGroup(name(call)), clock));
    }
    requests = counter(store, "requests");
    retries = counter(store, "retries");
    throttles = counter(store, "throttles");

    blockHits = counter(group, "block-cache-hit");
    blockMisses = counter(group, "block-cache-miss");
    ratio(group, "block-cache-hit-ratio", blockHits, blockMisses);
    rowHits = counter(group, "row-cache-hit");
    rowMisses = counter(group, "row-cache-miss");
    ratio(group, "row-cache-hit-ratio", rowHits, rowMisses);
    filterNegatives = counter(group, "bloom-filter-useful");
    filterTruePositives = counter(group, "bloom-filter-full-true-positive");
    filterFalsePositives = counter(group, "bloom-filter-false-positive");
    Gauge<Long> positives = () -> filterTruePositives.getCount() + filterFalsePositives.getCount();
    group.gauge("bloom-filter-full-positive", positives);
    ratio(group, "bloom-filter-useful-ratio", filterNegatives, filterFalsePositives);
    metaMisses = counter(group, "meta-cache-miss");
    group.gauge("meta-cache-hit-ratio", (Gauge<Double>) this::metaHitRatio);
    diskHits = counter(group, "disk-cache-hit");
    diskMisses = counter(group, "disk-cache-miss");
    ratio(group, "disk-cache-hit-ratio", diskHits, diskMisses);
    group.gauge("disk-cache-usage", (Gauge<Long>) diskBytes::get);
    pageShortages = counter(group, "page-shortages");
    pageShortageBytes = counter(group, "page-shortage-bytes");

    scannedEntries = counter(group, "scan-entries");
    userBytes = counter(group, "bytes-written");
    flushes = counter(group, "flushes");
    flushedBytes = counter(group, "flush-write-bytes");
    flushNanos = counter(group, "flush-nanos");
    compactions = counter(group, "compactions");
    compactionReadBytes = counter(group, "compaction-read-bytes");
    compactionWrittenBytes = counter(group, "compaction-write-bytes");
    compactionNanos = counter(group, "compaction-nanos");

    MetricGroup stall = group.addGroup("stall");
    for (StallReason reason : StallReason.values()) {
      stallNanos.put(reason, counter(stall, name(reason) + "-nanos"));
    }
    group.gauge("stall-micros", (Gauge<Long>) this::stallMicros);
  }

  private static Counter counter(MetricGroup group, String name) {
    return group.counter(name, new ThreadSafeSimpleCounter());
  }

  /** The part of {@code hits} in both; 0 before there is any. */
  private static void ratio(MetricGroup group, String name, Counter hits, Counter misses) {
    Gauge<Double> gauge = () -> part(hits.getCount(), hits.getCount() + misses.getCount());
    group.gauge(name, gauge);
  }

  private static double part(long some, long all) {
    return all == 0 ? 0 : (double) some / all;
  }

  /** As in {@code level0-stop}. */
  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Each lookup in a table asks its filter, so that hits need no counter of their own. */
  private double metaHitRatio() {
    long lookups =
        filterNegatives.getCount()
            + filterTruePositives.getCount()
            + filterFalsePositives.getCount();
    return part(Math.max(0, lookups - metaMisses.getCount()), lookups);
  }

  private long stallMicros() {
    long nanos = stallNanos.values().stream().mapToLong(Counter::getCount).sum();
    return TimeUnit.NANOSECONDS.toMicros(nanos);
  }

  @Override
  public void storeCall(StoreCall call, long bytes, long nanos) {
    Calls counters = of(storeCalls, call);
    counters.calls.inc();
    counters.bytes.inc(bytes);
    counters.nanos.inc(nanos);
    counters.latency.update(nanos);
  }

  @Override
  public void storeError(StoreCall call, long nanos) {
    Calls counters = of(storeCalls, call);
    counters.errors.inc();
    counters.nanos.inc(nanos);
    counters.latency.update(nanos);
  }

  @Override
  public void storeRequest(int attempt, int status) {
    requests.inc();
    if (attempt > 1) {
      retries.inc();
    }
    if (status == 503 || status == 429) {
      throttles.inc();
    }
  }

  @Override
  public void cacheLookup(Cache cache, CacheResult result) {
    boolean hit = result == CacheResult.HIT;
    switch (cache) {
      case BLOCK -> (hit ? blockHits : blockMisses).inc();
      case DISK -> (hit ? diskHits : diskMisses).inc();
    }
  }

  @Override
  public void metaLoaded() {
    metaMisses.inc();
  }

  @Override
  public void diskCacheUsed(long bytes) {
    diskBytes.set(bytes);
  }

  @Override
  public void pageShortage(long bytes) {
    pageShortages.inc();
    pageShortageBytes.inc(bytes);
  }

  @Override
  public void rowCacheLookups(long hits, long misses) {
    rowHits.inc(hits);
    rowMisses.inc(misses);
  }

  @Override
  public void filterLookup(FilterResult result) {
    switch (result) {
      case NEGATIVE -> filterNegatives.inc();
      case TRUE_POSITIVE -> filterTruePositives.inc();
      case FALSE_POSITIVE -> filterFalsePositives.inc();
    }
  }

  @Override
  public void scanned(long entries) {
    scannedEntries.inc(entries);
  }

  @Override
  public void userBytesWritten(long bytes) {
    userBytes.inc(bytes);
  }

  @Override
  public void flushed(long bytes, long nanos) {
    flushes.inc();
    flushedBytes.inc(bytes);
    flushNanos.inc(nanos);
  }

  @Override
  public void compacted(long bytesRead, long bytesWritten, long nanos) {
    compactions.inc();
    compactionReadBytes.inc(bytesRead);
    compactionWrittenBytes.inc(bytesWritten);
    compactionNanos.inc(nanos);
  }

  @Override
  public void stalled(StallReason reason, long nanos) {
    of(stallNanos, reason).inc(nanos);
  }

  private static <K extends Enum<K>, V> V of(Map<K, V> counters, K key) {
    return Objects.requireNonNull(counters.get(key));
  }
}
