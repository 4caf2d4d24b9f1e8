package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/** A Flink cluster in this process, on which jobs run, stop and are resumed. */
final class Cluster {
  private static final int SLOTS = 3;

  private final MiniCluster cluster;
  private final Path directory;

  /**
   * @param directory of checkpoints and savepoints
   */
  Cluster(Path directory) throws Exception {
    this.directory = directory;
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(384));
    configuration.set(StateChangelogOptions.STATE_CHANGE_LOG_STORAGE, "filesystem");
    configuration.setString(
        "state.changelog.dstl.dfs.base-path", directory.resolve("changelog").toUri().toString());
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
    cluster.start();
  }

  /** What a job is told of its state. */
  record Setup(String backend, int parallelism, boolean changelog, boolean materializes) {
    static Setup of(String backend, int parallelism) {
      return new Setup(backend, parallelism, false, false);
    }

    /** With the changelog on; what is in it is not made part of the backend's own snapshots. */
    Setup withChangelog() {
      return new Setup(backend, parallelism, true, false);
    }

    /** With the changelog on, and the backend's own snapshots every few milliseconds. */
    Setup withMaterializedChangelog() {
      return new Setup(backend, parallelism, true, true);
    }
  }

  /**
   * Starts a job.
   *
   * @param build adds the job to an environment
   * @param options further options of the job
   * @param from the path of a savepoint or checkpoint; null for none
   */
  JobID start(
      Setup setup,
      Configuration options,
      Consumer<StreamExecutionEnvironment> build,
      @Nullable String from,
      RecoveryClaimMode claim)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, setup.backend());
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    // Checkpoints are triggered by the tests.
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    configuration.set(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG, setup.changelog());
    configuration.set(StateChangelogOptions.PERIODIC_MATERIALIZATION_ENABLED, setup.materializes());
    configuration.set(
        StateChangelogOptions.PERIODIC_MATERIALIZATION_INTERVAL, Duration.ofMillis(20));
    configuration.addAll(options);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(setup.parallelism());
    build.accept(environment);
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    if (from != null) {
      graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(from, false, claim));
    }
    cluster.submitJob(graph).get();
    return graph.getJobID();
  }

  /** What a client needs to reach the cluster. */
  Configuration clientConfiguration() throws Exception {
    URI address = cluster.getRestAddress().get();
    return new Configuration()
        .set(RestOptions.ADDRESS, address.getHost())
        .set(RestOptions.PORT, address.getPort());
  }

  /** Stops a job with a savepoint and returns its path. */
  String stop(JobID job, SavepointFormatType format) throws Exception {
    awaitRunning(job);
    String savepoint =
        cluster.stopWithSavepoint(job, savepoints(), false, format).get(1, TimeUnit.MINUTES);
    awaitResult(job);
    return savepoint;
  }

  /** Takes a savepoint of a job, which goes on, and returns its path. */
  String savepoint(JobID job, SavepointFormatType format) throws Exception {
    awaitRunning(job);
    return cluster.triggerSavepoint(job, savepoints(), false, format).get(1, TimeUnit.MINUTES);
  }

  private String savepoints() {
    return directory.resolve("savepoints").toUri().toString();
  }

  /** Takes a checkpoint and returns its path. */
  String checkpoint(JobID job) throws Exception {
    awaitRunning(job);
    cluster.triggerCheckpoint(job, CheckpointType.CONFIGURED).get(1, TimeUnit.MINUTES);
    return latestCheckpoint(job);
  }

  /** Cancels a job; its last checkpoint stays. */
  void cancel(JobID job) throws Exception {
    cluster.cancelJob(job).get();
    awaitEnd(job);
  }

  /** Waits until a job has finished, and fails if it did not do so by itself. */
  JobResult awaitResult(JobID job) throws Exception {
    JobResult result = awaitEnd(job);
    if (result.getSerializedThrowable().isPresent()) {
      throw new AssertionError("the job failed", result.getSerializedThrowable().get());
    }
    return result;
  }

  /** Cancels what runs, such as the job of a test that failed. */
  void cancelAll() throws Exception {
    for (JobStatusMessage job : cluster.listJobs().get()) {
      if (!job.getJobState().isGloballyTerminalState()) {
        cancel(job.getJobId());
      }
    }
  }

  private JobResult awaitEnd(JobID job) throws Exception {
    return cluster.requestJobResult(job).get(5, TimeUnit.MINUTES);
  }

  /** Waits until something has come to pass, and fails if the job ends before. */
  <T> T awaitWhileRunning(JobID job, CompletableFuture<T> event) throws Exception {
    CompletableFuture.anyOf(event, cluster.requestJobResult(job)).get(5, TimeUnit.MINUTES);
    if (!event.isDone()) {
      awaitResult(job);
      throw new AssertionError("the job finished too early");
    }
    return event.get();
  }

  /** Waits until all tasks of a job run: before that it takes no savepoint. */
  void awaitRunning(JobID job) {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              JobStatus status = cluster.getJobStatus(job).get();
              if (status.isGloballyTerminalState()) {
                awaitResult(job);
              }
              return status == JobStatus.RUNNING && allTasksRun(job);
            });
  }

  private boolean allTasksRun(JobID job) throws Exception {
    for (var vertex : cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
      if (vertex.getExecutionState() != org.apache.flink.runtime.execution.ExecutionState.RUNNING) {
        return false;
      }
    }
    return true;
  }

  private String latestCheckpoint(JobID job) throws Exception {
    var statistics = cluster.getExecutionGraph(job).get().getCheckpointStatsSnapshot();
    assertThat(statistics).isNotNull();
    var latest = statistics.getHistory().getLatestCompletedCheckpoint();
    assertThat(latest).isNotNull();
    return latest.getExternalPath();
  }

  /** The handles of the keyed states of all operators, from the metadata of a snapshot. */
  static List<KeyedStateHandle> keyedState(String snapshot) throws Exception {
    List<KeyedStateHandle> handles = new ArrayList<>();
    for (OperatorState operator : metadata(snapshot).getOperatorStates()) {
      for (OperatorSubtaskState subtask : operator.getStates()) {
        handles.addAll(subtask.getManagedKeyedState());
      }
    }
    return handles;
  }

  static Collection<KeyedStateHandle> rawKeyedState(String snapshot) throws Exception {
    List<KeyedStateHandle> handles = new ArrayList<>();
    for (OperatorState operator : metadata(snapshot).getOperatorStates()) {
      for (OperatorSubtaskState subtask : operator.getStates()) {
        handles.addAll(subtask.getRawKeyedState());
      }
    }
    return handles;
  }

  private static CheckpointMetadata metadata(String snapshot) throws Exception {
    CompletedCheckpointStorageLocation location =
        AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(snapshot);
    try (var in = location.getMetadataHandle().openInputStream()) {
      return Checkpoints.loadCheckpointMetadata(
          new java.io.DataInputStream(in), Cluster.class.getClassLoader(), snapshot);
    }
  }

  void close() throws Exception {
    cluster.close();
  }
}
