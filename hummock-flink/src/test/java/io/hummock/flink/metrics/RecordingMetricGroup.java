package io.hummock.flink.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.flink.metrics.CharacterFilter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** Remembers what is registered in it and in the groups below, by names with dots. */
public final class RecordingMetricGroup extends UnregisteredMetricsGroup {
  private final String prefix;
  private final Map<String, Metric> metrics;

  public RecordingMetricGroup() {
    this("", new ConcurrentSkipListMap<>());
  }

  private RecordingMetricGroup(String prefix, Map<String, Metric> metrics) {
    this.prefix = prefix;
    this.metrics = metrics;
  }

  /** All metrics by their names. */
  public Map<String, Metric> metrics() {
    return metrics;
  }

  /** What a counter or a gauge shows. */
  public Number value(String name) {
    Metric metric = metrics.get(name);
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    if (metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number) {
      return number;
    }
    throw new AssertionError(name + " is no counter and no gauge of a number: " + metric);
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new RecordingMetricGroup(prefix + name + ".", metrics);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return addGroup(key).addGroup(value);
  }

  private <M extends Metric> M record(String name, M metric) {
    assertThat(metrics.put(prefix + name, metric)).as("registered before: %s", name).isNull();
    return metric;
  }

  @Override
  public Counter counter(String name) {
    return record(name, new SimpleCounter());
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    return record(name, counter);
  }

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    return record(name, gauge);
  }

  @Override
  public <H extends Histogram> H histogram(String name, H histogram) {
    return record(name, histogram);
  }

  @Override
  public String getMetricIdentifier(String name) {
    return prefix + name;
  }

  @Override
  public String getMetricIdentifier(String name, CharacterFilter filter) {
    return prefix + name;
  }
}
