package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The job on the first days of the year, with its checkpoints in a local directory. */
class FlightsRunTest {
  @TempDir private Path work;

  @ParameterizedTest
  @ValueSource(strings = {"hashmap", "rocksdb", "hummock"})
  void resultsAreRightThoughKilledAndResumedWithMoreSubtasks(String backend) throws Exception {
    try (FlightsRun run = shortRun("--backend", backend)) {
      FlightsRun.Outcome outcome = run.run();
      Results results = check(run);
      assertThat(results.missing()).isEmpty();
      assertThat(results.surplus()).isEmpty();
      assertThat(results.lines()).hasSizeGreaterThan(20_000);
      assertThat(outcome.restores())
          .hasSize(2)
          .allSatisfy(restore -> assertThat(restore.checkpoint()).isPositive());
      assertThat(outcome.checkpoints()).hasSizeGreaterThanOrEqualTo(5);
      if (backend.equals("hummock")) {
        assertThat(outcome.atStop().count(".sst")).isPositive();
        assertThat(outcome.atStop().count(".meta")).isEqualTo(outcome.atStop().count(".sst"));
        assertThat(outcome.uploadedBytes())
            .isGreaterThan(outcome.atStop().bytes(".sst") + outcome.atStop().bytes(".meta"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rocksdb", "hummock"})
  void cancellingWithCleanUpLeavesNoObject(String backend) throws Exception {
    cancel(backend, ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION);
    assertThat(stored()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rocksdb", "hummock"})
  void retainedCheckpointLeavesOnlyItsOwnObjects(String backend) throws Exception {
    String retained = cancel(backend, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    assertThat(stored()).containsExactlyInAnyOrderElementsOf(CheckpointFiles.of(retained));
  }

  private String cancel(String backend, ExternalizedCheckpointRetention retention)
      throws Exception {
    return CancelledRun.run(options("--backend", backend), store(), work, retention);
  }

  private URI store() {
    return work.resolve("store").toUri();
  }

  private List<String> stored() throws IOException {
    return StoreContents.of(store()).objects().stream()
        .map(StoreContents.StoredObject::path)
        .toList();
  }

  private static JobOptions options(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--days", "24", "--seconds", "3"));
    arguments.addAll(List.of(more));
    return JobOptions.parse(arguments, Map.of());
  }

  private FlightsRun shortRun(String... more) throws IOException {
    return new FlightsRun(
        options(more),
        work,
        new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8));
  }

  private static Results check(FlightsRun run) throws IOException {
    return Results.compare(Results.read(run.results()), PlainComputation.results(24));
  }
}
