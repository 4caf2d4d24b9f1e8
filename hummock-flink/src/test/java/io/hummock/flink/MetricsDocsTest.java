package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.metrics.RecordingMetricGroup;
import io.hummock.flink.metrics.TreeGauges;
import io.hummock.metrics.HummockMetrics.StoreCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the tables of docs/metrics.md to what a backend registers: names and kinds. */
class MetricsDocsTest {
  private static final Path DOCS = Path.of("..", "docs", "metrics.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `([^`]+)` \\| (\\w+) \\| ([^|]+) \\| (.+) \\|$", Pattern.MULTILINE);

  @Test
  void docsHaveEveryMetricAndNoOther(@TempDir Path directory) throws Exception {
    RecordingMetricGroup group = new RecordingMetricGroup();
    try (BackendFixture backends = new BackendFixture(directory)) {
      BackendFixture.close(backends.open(group, new Configuration(), List.of()));
    }
    Map<String, String> registered = new TreeMap<>();
    group.metrics().forEach((name, metric) -> registered.put(name, kind(metric)));
    assertThat(documented()).isEqualTo(registered);
  }

  private static String kind(Metric metric) {
    return metric instanceof Counter
        ? "counter"
        : metric instanceof Histogram ? "histogram" : "gauge";
  }

  private static Map<String, String> documented() throws Exception {
    Map<String, String> kinds = new TreeMap<>();
    Matcher rows = ROW.matcher(Files.readString(DOCS));
    while (rows.find()) {
      String kind = rows.group(2);
      assertThat(rows.group(4)).as(rows.group(1)).hasSizeGreaterThan(10);
      expand(rows.group(1))
          .forEach(
              name -> assertThat(kinds.put("hummock." + name, kind)).as(name + " twice").isNull());
    }
    return kinds;
  }

  private static Stream<String> expand(String name) {
    if (name.contains("<call>")) {
      return Stream.of(StoreCall.values())
          .map(call -> name.replace("<call>", call.name().toLowerCase(Locale.ROOT)));
    }
    return name.contains("<n>")
        ? IntStream.range(0, TreeGauges.LEVELS).mapToObj(n -> name.replace("<n>", "" + n))
        : Stream.of(name);
  }
}
