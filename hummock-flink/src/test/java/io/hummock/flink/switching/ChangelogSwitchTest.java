package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hummock.flink.HummockConfigOptions;
import io.hummock.flink.HummockConfigOptions.TimerService;
import io.hummock.flink.switching.Cluster.Setup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Hummock under Flink's changelog, and a job that turns the changelog on and off again. */
@SuppressWarnings("NullAway.Init") // set before the first test
class ChangelogSwitchTest {
  private static final long FIRST = EveryKindOfState.SHORT_LIVED_IS_GONE;
  private static final long SECOND = StatefulJob.NUMBERS * 2 / 3;

  private static final boolean MERGES_AGGREGATES = false;

  @TempDir private static Path directory;
  private static Cluster cluster;
  private static List<String> expected;

  @BeforeAll
  static void runUninterrupted() throws Exception {
    cluster = new Cluster(directory);
    expected = Run.uninterrupted(cluster, MERGES_AGGREGATES);
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
  @EnumSource
  void materializedChangelogIsRestoredAfterAFailureAndRescaled(TimerService timers)
      throws Exception {
    Run run =
        new Run(
            cluster,
            new Configuration().set(HummockConfigOptions.TIMER_SERVICE_FACTORY, timers),
            MERGES_AGGREGATES);
    run.start(Setup.of("hummock", 2).withMaterializedChangelog());
    run.advanceTo(FIRST);
    run.awaitShortLivedExpired();
    awaitMaterialized(run);
    run.failAndAdvanceTo(FIRST + 10, SECOND);
    awaitMaterialized(run);
    run.cancel();

    run.start(Setup.of("hummock", 3).withMaterializedChangelog(), RecoveryClaimMode.CLAIM);
    run.advanceTo(SECOND + 100);
    awaitMaterialized(run);
    run.cancel();

    run.start(Setup.of("hummock", 1).withMaterializedChangelog(), RecoveryClaimMode.CLAIM);
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
  }

  @Test
  void changelogAloneIsRestoredAfterAFailureAndRescaled() throws Exception {
    Run run = new Run(cluster, new Configuration(), MERGES_AGGREGATES);
    run.start(Setup.of("hummock", 2).withChangelog());
    run.advanceTo(FIRST);
    run.awaitShortLivedExpired();
    run.checkpoint();
    run.failAndAdvanceTo(FIRST + 10, SECOND);
    run.checkpoint();
    run.cancel();

    run.start(Setup.of("hummock", 3).withChangelog(), RecoveryClaimMode.CLAIM);
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
  }

  /** What a leg ends with. */
  enum End {
    CHECKPOINT,
    NATIVE,
    CANONICAL;

    void of(Run run) throws Exception {
      switch (this) {
        case CHECKPOINT -> {
          run.checkpoint();
          run.cancel();
        }
        case NATIVE -> run.stop(SavepointFormatType.NATIVE);
        case CANONICAL -> run.stop(SavepointFormatType.CANONICAL);
      }
    }
  }

  /* Not from a native savepoint, with any backend: Flink's changelog makes other handles of the
   * savepoint's, and its registry refuses them. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NATIVE")
  void changelogIsTurnedOn(End end) throws Exception {
    Run run = new Run(cluster, new Configuration(), MERGES_AGGREGATES);
    run.start(Setup.of("hummock", 2));
    run.advanceTo(FIRST);
    run.awaitShortLivedExpired();
    end.of(run);

    run.start(Setup.of("hummock", 3).withMaterializedChangelog(), RecoveryClaimMode.CLAIM);
    run.advanceTo(FIRST + 100);
    run.checkpoint();
    run.advanceTo(SECOND);
    awaitMaterialized(run);
    run.failAndAdvanceTo(SECOND + 10, SECOND + 20);
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"CHECKPOINT,HUMMOCK", "CHECKPOINT,HEAP", "NATIVE,HUMMOCK", "CANONICAL,HUMMOCK"})
  void changelogIsTurnedOff(End end, TimerService timers) throws Exception {
    Run run =
        new Run(
            cluster,
            new Configuration().set(HummockConfigOptions.TIMER_SERVICE_FACTORY, timers),
            MERGES_AGGREGATES);
    run.start(Setup.of("hummock", 2).withMaterializedChangelog());
    run.advanceTo(FIRST);
    run.awaitShortLivedExpired();
    awaitMaterialized(run);
    run.advanceTo(FIRST + 100);
    end.of(run);

    run.start(Setup.of("hummock", 3), RecoveryClaimMode.CLAIM);
    run.advanceTo(SECOND);
    run.checkpoint();
    run.failAndAdvanceTo(SECOND + 10, SECOND + 20);
    run.checkpoint();
    run.cancel();

    run.start(Setup.of("hummock", 1), RecoveryClaimMode.CLAIM);
    run.finish();

    assertThat(run.lines()).isEqualTo(expected);
  }

  /** Takes checkpoints until one has a snapshot that each subtask of this leg took. */
  private static void awaitMaterialized(Run run) throws Exception {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              List<KeyedStateHandle> handles = Cluster.keyedState(run.checkpoint());
              assertThat(handles).isNotEmpty();
              return handles.stream().allMatch(ChangelogSwitchTest::isMaterialized);
            });
  }

  /* What was restored at another parallelism is of other key groups. */
  private static boolean isMaterialized(KeyedStateHandle handle) {
    return handle instanceof ChangelogStateBackendHandle changelog
        && changelog.getMaterializationID() > 0
        && !changelog.getMaterializedStateHandles().isEmpty()
        && changelog.getMaterializedStateHandles().stream()
            .allMatch(
                materialized ->
                    materialized instanceof IncrementalRemoteKeyedStateHandle
                        && materialized.getKeyGroupRange().equals(changelog.getKeyGroupRange()));
  }
}
