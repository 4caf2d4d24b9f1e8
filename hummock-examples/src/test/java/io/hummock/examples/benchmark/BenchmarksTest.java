package io.hummock.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.examples.benchmark.report.Measurement;
import io.hummock.examples.benchmark.report.ReportPage;
import io.hummock.examples.benchmark.report.ResultFile;
import io.hummock.examples.benchmark.report.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each benchmark at the smallest size at which it still does all that it does. */
class BenchmarksTest {
  @TempDir private Path results;

  @BeforeAll
  static void letOtherRunsOfJmhBe() {
    System.setProperty("jmh.ignoreLock", "true");
  }

  private ResultFile run(String line) throws Exception {
    List<String> arguments = new ArrayList<>(Arrays.asList(line.split(" ", -1)));
    arguments.addAll(List.of("--in-process", "true", "--results", results.toString()));
    assertThat(Benchmarks.run(arguments, System.out, System.err)).isZero();
    return ResultFile.read(ResultFile.path(results, arguments.get(0)));
  }

  private static Set<String> operations(ResultFile results, String backend, Unit unit) {
    return results.measurements().stream()
        .filter(each -> each.backend().equals(backend) && each.unit() == unit)
        .map(each -> each.group() + " " + each.operation())
        .collect(Collectors.toSet());
  }

  @Test
  void operationsOfEveryKindOfStateAreMeasured() throws Exception {
    ResultFile found =
        run(
            "operations --backends hummock --keys 1000 --key-kinds ROW --memory 32 --warmups 1"
                + " --iterations 1 --seconds 0.01 --include (Value.*.update|List.*.windowCycle"
                + "|Map.*.add|Folding.*.windowReduce|Timer.*.pollAndAdd|Scan.*.getKeys"
                + "|Ttl.*.mapGet)$");
    String[] expected = {
      "Value update",
      "List windowCycle",
      "Map add",
      "Folding windowReduce",
      "Timer pollAndAdd",
      "Scan getKeys",
      "Ttl mapGet"
    };
    assertThat(operations(found, "hummock", Unit.WALL_NANOS)).containsExactlyInAnyOrder(expected);
    assertThat(operations(found, "hummock", Unit.CPU_NANOS)).containsExactlyInAnyOrder(expected);
    assertThat(found.measurements())
        .extracting(Measurement::setting)
        .containsOnly("row keys; uniform; checkpointed");
  }

  @Test
  void stateLargerThanMemoryIsFilledAndRead() throws Exception {
    ResultFile found =
        run("larger-than-memory --backends rocksdb,hummock --gb 0.001 --memory 16 --seconds 0.02");
    assertThat(operations(found, "hummock", Unit.WALL_NANOS))
        .contains("operation fill", "operation missing get", "operation get after changes")
        .isEqualTo(operations(found, "rocksdb", Unit.WALL_NANOS));
    assertThat(operations(found, "hummock", Unit.BYTES)).contains("footprint disk");
  }

  @Test
  void checkpointsAreRestoredAndRescaled() throws Exception {
    ResultFile found =
        run("checkpoints --backends hummock --stores local --keys 2000 --rounds 1 --memory 32");
    assertThat(operations(found, "hummock", Unit.MILLIS))
        .contains(
            "full synchronous part",
            "incremental asynchronous part",
            "rescale 1 to 2 second subtask until the first get",
            "rescale 2 to 1 until all keys are read");
    assertThat(operations(found, "hummock", Unit.COUNT)).contains("full requests: put");
  }

  @Test
  void pipelinesOfTwoBackendsGiveTheSameResults() throws Exception {
    ResultFile found =
        run(
            "pipelines --backends heap,hummock --scale 0.001 --interval 100 --memory 32"
                + " --warm-up false");
    assertThat(operations(found, "hummock", Unit.WALL_NANOS))
        .hasSize(4)
        .isEqualTo(operations(found, "heap", Unit.WALL_NANOS));
  }

  @Test
  void theMemoryJobProcessesAllRecords() throws Exception {
    ResultFile found =
        run("memory --backends hummock --process-size 1024m --rate 1 --state 0.005 --minutes 2");
    assertThat(found.measurements())
        .filteredOn(each -> each.operation().equals("of the hour in percent"))
        .extracting(Measurement::value)
        .containsExactly(100.0);
  }

  @Test
  void aWrongCommandOrOptionIsToldWhatThereIs() throws Exception {
    ByteArrayOutputStream error = new ByteArrayOutputStream();
    PrintStream into = new PrintStream(error, true, StandardCharsets.UTF_8);
    assertThat(Benchmarks.run(List.of("checkpoint"), System.out, into)).isEqualTo(2);
    assertThat(Benchmarks.run(List.of("memory", "--process-size", "big"), System.out, into))
        .isEqualTo(2);
    assertThat(Benchmarks.run(List.of("all", "--minutes", "1"), System.out, into)).isEqualTo(2);
    assertThat(Benchmarks.run(List.of("pipelines", "--backends", "rocks"), System.out, into))
        .isEqualTo(2);
    assertThat(error.toString(StandardCharsets.UTF_8))
        .contains("no command 'checkpoint'", "checkpoints: ")
        .contains("such as 1728m")
        .contains("--quick true")
        .contains("no backend 'rocks'");
  }

  @Test
  void thePageIsMadeOfResultFilesAlone(@TempDir Path docs) throws Exception {
    new ResultFile(
            Map.of("keys", "5"),
            List.of(
                new Measurement("long keys", "Value", "get", "rocksdb", Unit.WALL_NANOS, 300),
                new Measurement("long keys", "Value", "get", "hummock", Unit.WALL_NANOS, 100)))
        .write(ResultFile.path(results, "operations"));
    List<String> line =
        List.of("report", "--results", results.toString(), "--docs", docs.toString());
    assertThat(Benchmarks.run(line, System.out, System.err)).isZero();
    String page = Files.readString(docs.resolve("benchmarks.md"));
    assertThat(page)
        .contains("| Value get | 300 | 100 | 3 |")
        .contains("| **Operations, long keys** | - | 3.00 | - | - |")
        .contains("Not measured in this run.")
        .doesNotContain("{{");
    assertThat(docs.resolve("benchmarks/operations.svg"))
        .content()
        .contains("Value get, hummock: 3×");
    assertThat(docs.resolve("benchmarks/operations.csv")).exists();
  }

  /** What docs show is what the result files beside them say. */
  @Test
  void thePageInDocsIsUpToDate() throws IOException {
    Path docs = Path.of("..", "docs");
    assertThat(new ReportPage(docs.resolve("benchmarks")).markdown())
        .as("docs/benchmarks.md; make it anew: report --results docs/benchmarks --docs docs")
        .isEqualTo(Files.readString(docs.resolve("benchmarks.md")));
  }
}
