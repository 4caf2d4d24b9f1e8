package io.hummock.flink.backend;

import io.hummock.metrics.HummockMetrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;

/**
 * What the engine reports, as counters in the operator's metric group. They only grow, from 0 when
 * the backend is opened; docs/configuration.md lists them. Thread-safe.
 */
final class BackendMetrics implements HummockMetrics {
  private static final String GROUP = "hummock";

  private final Map<StoreCall, Calls> storeCalls = new EnumMap<>(StoreCall.class);
  private final Map<CacheResult, Counter> cacheResults = new EnumMap<>(CacheResult.class);
  private final Map<FilterResult, Counter> filterResults = new EnumMap<>(FilterResult.class);
  private final Map<StallReason, Counter> stallNanos = new EnumMap<>(StallReason.class);
  private final Counter userBytes;
  private final Counter flushedBytes;
  private final Counter flushNanos;
  private final Counter compactionReadBytes;
  private final Counter compactionWrittenBytes;
  private final Counter compactionNanos;

  /** The counters of one kind of call. */
  private static final class Calls {
    final Counter calls;
    final Counter errors;
    final Counter bytes;
    final Counter nanos;

    Calls(MetricGroup group) {
      calls = counter(group, "calls");
      errors = counter(group, "errors");
      bytes = counter(group, "bytes");
      nanos = counter(group, "nanos");
    }
  }

  /**
   * @param operator gets a group of its own for them
   */
  BackendMetrics(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    MetricGroup store = group.addGroup("store");
    for (StoreCall call : StoreCall.values()) {
      storeCalls.put(call, new Calls(store.addGroup(name(call))));
    }
    MetricGroup cache = group.addGroup("cache");
    for (CacheResult result : CacheResult.values()) {
      cacheResults.put(result, counter(cache, name(result)));
    }
    MetricGroup filter = group.addGroup("filter");
    for (FilterResult result : FilterResult.values()) {
      filterResults.put(result, counter(filter, name(result)));
    }
    MetricGroup stall = group.addGroup("stall");
    for (StallReason reason : StallReason.values()) {
      stallNanos.put(reason, counter(stall.addGroup(name(reason)), "nanos"));
    }
    MetricGroup user = group.addGroup("user");
    userBytes = counter(user, "bytes");
    MetricGroup flush = group.addGroup("flush");
    flushedBytes = counter(flush, "bytes");
    flushNanos = counter(flush, "nanos");
    MetricGroup compaction = group.addGroup("compaction");
    compactionReadBytes = counter(compaction, "readBytes");
    compactionWrittenBytes = counter(compaction, "writtenBytes");
    compactionNanos = counter(compaction, "nanos");
  }

  private static Counter counter(MetricGroup group, String name) {
    return group.counter(name, new ThreadSafeSimpleCounter());
  }

  /** As in {@code falsePositive}. */
  private static String name(Enum<?> value) {
    String[] words = value.name().toLowerCase(Locale.ROOT).split("_", -1);
    StringBuilder name = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      name.append(Character.toUpperCase(words[i].charAt(0))).append(words[i], 1, words[i].length());
    }
    return name.toString();
  }

  @Override
  public void storeCall(StoreCall call, long bytes, long nanos) {
    Calls counters = of(storeCalls, call);
    counters.calls.inc();
    counters.bytes.inc(bytes);
    counters.nanos.inc(nanos);
  }

  @Override
  public void storeError(StoreCall call, long nanos) {
    Calls counters = of(storeCalls, call);
    counters.errors.inc();
    counters.nanos.inc(nanos);
  }

  @Override
  public void cacheLookup(CacheResult result) {
    of(cacheResults, result).inc();
  }

  @Override
  public void filterLookup(FilterResult result) {
    of(filterResults, result).inc();
  }

  @Override
  public void userBytesWritten(long bytes) {
    userBytes.inc(bytes);
  }

  @Override
  public void flushed(long bytes, long nanos) {
    flushedBytes.inc(bytes);
    flushNanos.inc(nanos);
  }

  @Override
  public void compacted(long bytesRead, long bytesWritten, long nanos) {
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
