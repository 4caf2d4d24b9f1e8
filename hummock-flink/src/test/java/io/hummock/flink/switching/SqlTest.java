package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.switching.Cluster.Setup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.OptimizerConfigOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQL on Hummock, interrupted and rescaled, gives what it gives on the heap. */
@SuppressWarnings("NullAway.Init") // set before the first test
class SqlTest {
  private static final long FIRST = StatefulJob.NUMBERS / 3;
  private static final long SECOND = StatefulJob.NUMBERS * 2 / 3;

  @TempDir private static Path directory;
  private static Cluster cluster;

  @BeforeAll
  static void open() throws Exception {
    cluster = new Cluster(directory);
  }

  @AfterEach
  void cancelWhatRuns() throws Exception {
    cluster.cancelAll();
  }

  @AfterAll
  static void close() throws Exception {
    cluster.close();
  }

  @ParameterizedTest(name = "mini-batch {0}")
  @ValueSource(booleans = {false, true})
  void queriesGiveTheResultsOfTheHeap(boolean miniBatch) throws Exception {
    Configuration options = new Configuration();
    options.set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_ENABLED, miniBatch);
    if (miniBatch) {
      options.set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_ALLOW_LATENCY, Duration.ofMillis(50));
      options.set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_SIZE, 100L);
      options.set(OptimizerConfigOptions.TABLE_OPTIMIZER_DISTINCT_AGG_SPLIT_ENABLED, true);
    }
    SqlRun heap = new SqlRun(cluster, options);
    heap.start(Setup.of("hashmap", 2));
    heap.finish();
    Map<String, Integer> expected = SqlJob.result();
    for (String query : SqlJob.queries()) {
      assertThat(expected.keySet()).as(query).anyMatch(row -> row.startsWith(query + " "));
    }

    SqlRun run = new SqlRun(cluster, options);
    run.start(Setup.of("hummock", 2));
    run.advanceTo(FIRST);
    run.checkpoint();
    run.failAndAdvanceTo(FIRST + 10, SECOND);
    run.stop(SavepointFormatType.CANONICAL);
    run.start(Setup.of("hummock", 3));
    run.finish();

    assertThat(differences(SqlJob.result(), expected)).isEmpty();
  }

  /** The rows that are not there as often in the one as in the other. */
  private static List<String> differences(
      Map<String, Integer> actual, Map<String, Integer> expected) {
    Set<String> rows = new TreeSet<>(actual.keySet());
    rows.addAll(expected.keySet());
    List<String> differences = new ArrayList<>();
    for (String row : rows) {
      int times = actual.getOrDefault(row, 0);
      int expectedTimes = expected.getOrDefault(row, 0);
      if (times != expectedTimes) {
        differences.add(row + ": " + times + ", expected " + expectedTimes);
      }
    }
    return differences;
  }
}
