package io.hummock.examples.benchmark.backend;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** A metric group that remembers the counters registered in it and below it, by their full name. */
public final class CountingMetrics extends UnregisteredMetricsGroup {
  private final String prefix;
  private final Map<String, Counter> counters;

  CountingMetrics() {
    this("", new ConcurrentHashMap<>());
  }

  private CountingMetrics(String prefix, Map<String, Counter> counters) {
    this.prefix = prefix;
    this.counters = counters;
  }

  /** What all counters say now, by name, such as {@code hummock.store.put.calls}. */
  public Map<String, Long> read() {
    Map<String, Long> values = new TreeMap<>();
    counters.forEach((name, counter) -> values.put(name, counter.getCount()));
    return values;
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    counters.put(prefix + name, counter);
    return counter;
  }

  @Override
  public Counter counter(String name) {
    return counter(name, super.counter(name));
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new CountingMetrics(prefix + name + ".", counters);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return addGroup(key).addGroup(value);
  }
}
