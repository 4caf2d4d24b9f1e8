package io.hummock.flink.restore;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** Keeps the counters of a backend, to be read by their names. */
final class CountingMetricGroup extends UnregisteredMetricsGroup {
  private final Map<String, Counter> counters;
  private final String prefix;

  CountingMetricGroup() {
    this(new TreeMap<>(), "");
  }

  private CountingMetricGroup(Map<String, Counter> counters, String prefix) {
    this.counters = counters;
    this.prefix = prefix;
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new CountingMetricGroup(counters, prefix + name + ".");
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    counters.put(prefix + name, counter);
    return counter;
  }

  /** Those whose name contains a text and that are not 0. */
  Map<String, Long> counted(String... texts) {
    Map<String, Long> counted = new TreeMap<>();
    counters.forEach(
        (name, counter) -> {
          for (String text : texts) {
            if (name.contains(text) && counter.getCount() != 0) {
              counted.put(name, counter.getCount());
            }
          }
        });
    return counted;
  }
}
