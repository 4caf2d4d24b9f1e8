package io.hummock.examples.job;

import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Adds up what Hummock's counters say of uploads, over all operators and attempts that this JVM
 * runs under one name. Thread-safe.
 */
final class Uploads implements MetricReporter {
  /** The group of the counters that count calls that put an object. */
  private static final String[] PUTS = {"hummock", "store", "put"};

  private static final String RUN = "run";
  private static final Map<String, Uploads> BY_RUN = new ConcurrentHashMap<>();

  private final Kind bytes = new Kind("bytes");
  private final Kind objects = new Kind("calls");

  private Uploads() {}

  /** Those of a run, the same for all that ask in this JVM. */
  static Uploads of(String run) {
    return BY_RUN.computeIfAbsent(run, unused -> new Uploads());
  }

  /** Forgets a run that has ended. */
  static void forget(String run) {
    BY_RUN.remove(run);
  }

  long bytes() {
    return bytes.sum();
  }

  long objects() {
    return objects.sum();
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (metric instanceof Counter counter && countsPuts(group)) {
      bytes.added(name, counter);
      objects.added(name, counter);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (metric instanceof Counter counter) {
      bytes.removed(counter);
      objects.removed(counter);
    }
  }

  private static boolean countsPuts(MetricGroup group) {
    String[] scope = group.getScopeComponents();
    int from = scope.length - PUTS.length;
    return from >= 0 && Arrays.equals(scope, from, scope.length, PUTS, 0, PUTS.length);
  }

  /** The counters of one name: those that still count, and what the others came to. */
  private static final class Kind {
    final String name;
    final Set<Counter> counting = ConcurrentHashMap.newKeySet();
    final LongAdder counted = new LongAdder();

    Kind(String name) {
      this.name = name;
    }

    void added(String counterName, Counter counter) {
      if (counterName.equals(name)) {
        counting.add(counter);
      }
    }

    void removed(Counter counter) {
      if (counting.remove(counter)) {
        counted.add(counter.getCount());
      }
    }

    long sum() {
      return counted.sum() + counting.stream().mapToLong(Counter::getCount).sum();
    }
  }

  /** Makes Flink report to the uploads of the run that its configuration names. */
  public static final class Factory implements MetricReporterFactory {
    /** Configuration of a cluster whose uploads are to be counted. */
    static Map<String, String> configuration(String run) {
      String reporter = "metrics.reporter.uploads.";
      return Map.of(reporter + "factory.class", Factory.class.getName(), reporter + RUN, run);
    }

    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return of(properties.getProperty(RUN));
    }
  }
}
