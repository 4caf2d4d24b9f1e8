package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.switching.Cluster.Setup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user's way from another backend to Hummock and back, by canonical savepoints. */
@SuppressWarnings("NullAway.Init") // set before the first test
class CanonicalSwitchTest {
  @TempDir private static Path directory;
  private static Cluster cluster;
  private static List<String> expected;

  @BeforeAll
  static void runUninterrupted() throws Exception {
    cluster = new Cluster(directory);
    expected = Run.uninterrupted(cluster, true);
  }

  @AfterEach
  void cancelWhatRuns() throws Exception {
    cluster.cancelAll();
  }

  @AfterAll
  static void close() throws Exception {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rocksdb", "hashmap"})
  void jobMovesToHummockAndBackAtOtherParallelisms(String other) throws Exception {
    Run run = new Run(cluster);
    run.start(Setup.of(other, 2));
    run.advanceTo(EveryKindOfState.SHORT_LIVED_IS_GONE);
    run.awaitShortLivedExpired();
    run.stop(SavepointFormatType.CANONICAL);

    run.start(Setup.of("hummock", 3));
    run.advanceTo(StatefulJob.NUMBERS * 2 / 3);
    run.stop(SavepointFormatType.CANONICAL);

    run.start(Setup.of(other, 1));
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
    assertThat(StatefulJob.LINES).as("no line came twice").hasSameSizeAs(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rocksdb", "hashmap"})
  void jobMovesAwayFromHummockAndBackAtOtherParallelisms(String other) throws Exception {
    Run run = new Run(cluster);
    run.start(Setup.of("hummock", 1));
    run.advanceTo(EveryKindOfState.SHORT_LIVED_IS_GONE);
    run.awaitShortLivedExpired();
    String savepoint = run.stop(SavepointFormatType.CANONICAL);
    Map<String, Integer> entries = entries(savepoint);
    assertThat(entries).containsKeys("count", "list", "map", "sum", "mean", "window-contents");
    assertThat(entries).containsKeys("long-value", "long-list", "long-map");
    assertThat(entries.keySet()).doesNotContainAnyElementsOf(EveryKindOfState.SHORT_LIVED_STATES);

    run.start(Setup.of(other, 3));
    run.advanceTo(StatefulJob.NUMBERS * 2 / 3);
    run.stop(SavepointFormatType.CANONICAL);

    run.start(Setup.of("hummock", 2));
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
    assertThat(StatefulJob.LINES).as("no line came twice").hasSameSizeAs(expected);
  }

  /** How many entries each state has in a canonical savepoint; states without any are left out. */
  private static Map<String, Integer> entries(String savepoint) throws Exception {
    Map<String, Integer> counts = new HashMap<>();
    for (KeyedStateHandle handle : Cluster.keyedState(savepoint)) {
      assertThat(handle).isInstanceOf(KeyGroupsSavepointStateHandle.class);
      try (var restored =
          new FullSnapshotRestoreOperation<>(
                  handle.getKeyGroupRange(),
                  CanonicalSwitchTest.class.getClassLoader(),
                  List.of(handle),
                  StateSerializerProvider.fromNewRegisteredSerializer(StringSerializer.INSTANCE))
              .restore()) {
        while (restored.hasNext()) {
          var result = restored.next();
          List<String> names = new ArrayList<>();
          result.getStateMetaInfoSnapshots().forEach(state -> names.add(state.getName()));
          var groups = result.getRestoredKeyGroups();
          while (groups.hasNext()) {
            var entries = groups.next().getKeyGroupEntries();
            while (entries.hasNext()) {
              counts.merge(names.get(entries.next().getKvStateId()), 1, Integer::sum);
            }
          }
        }
      }
    }
    return counts;
  }
}
