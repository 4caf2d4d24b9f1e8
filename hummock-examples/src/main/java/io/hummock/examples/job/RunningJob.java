package io.hummock.examples.job;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecution;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * One job on a cluster of its own: a JobManager, and as many TaskManagers of one slot as the job
 * has parallel subtasks. Closing it ends the cluster. Used by one thread.
 */
final class RunningJob implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final MiniCluster cluster;
  private final JobID id;
  private int nextTaskManager;

  private RunningJob(MiniCluster cluster, JobID id) {
    this.cluster = cluster;
    this.id = id;
  }

  /**
   * How long a restore took.
   *
   * @param checkpoint the id of the checkpoint; 0 if the job began without
   * @param toRunning from the kill or the submission until all subtasks ran again
   * @param opening the longest that a subtask took to open its state
   */
  record Restore(long checkpoint, Duration toRunning, Duration opening) {}

  /**
   * Starts a cluster, and the job on it.
   *
   * @param retained path of a checkpoint to resume from, of which the job does not become the
   *     owner; null for what the graph says
   */
  static RunningJob start(
      JobGraph graph, Configuration configuration, int parallelism, @Nullable String retained)
      throws Exception {
    Configuration ports = new Configuration(configuration);
    ports.set(RestOptions.BIND_PORT, "0");
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(ports)
                .setNumTaskManagers(parallelism)
                .setNumSlotsPerTaskManager(1)
                .withRandomPorts()
                .build());
    try {
      cluster.start();
      if (retained != null) {
        graph.setSavepointRestoreSettings(
            SavepointRestoreSettings.forPath(retained, false, RecoveryClaimMode.NO_CLAIM));
      }
      JobID id = get(cluster.submitJob(graph)).getJobID();
      return new RunningJob(cluster, id);
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  JobID id() {
    return id;
  }

  /** Where its checkpoints lie, if that is where the checkpoints of all jobs go. */
  URI directory(URI store) {
    String parent = store.toString();
    return URI.create(parent + (parent.endsWith("/") ? "" : "/") + id);
  }

  /** Takes a checkpoint now, and gives its path when it is complete. */
  String checkpoint() throws Exception {
    return get(cluster.triggerCheckpoint(id));
  }

  /**
   * Takes a savepoint now, and gives its path when it is complete.
   *
   * @param directory the URI of the directory that it gets a directory in
   */
  String savepoint(String directory, SavepointFormatType format) throws Exception {
    return get(cluster.triggerSavepoint(id, directory, false, format));
  }

  /** The present state of the job. */
  AccessExecutionGraph graph() throws Exception {
    return get(cluster.getArchivedExecutionGraph(id));
  }

  /**
   * Terminates the TaskManager that was started first of those still there, and starts another one.
   *
   * @return when it was terminated, in milliseconds since 1970
   */
  long killTaskManager() throws Exception {
    long now = System.currentTimeMillis();
    get(cluster.terminateTaskManager(nextTaskManager++));
    cluster.startTaskManager();
    return now;
  }

  /** Whether all subtasks run, after at least so many restarts. */
  static boolean runs(AccessExecutionGraph graph, int restarts) {
    for (AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
      AccessExecution execution = vertex.getCurrentExecutionAttempt();
      boolean up =
          execution.getState() == ExecutionState.RUNNING
              || execution.getState() == ExecutionState.FINISHED;
      if (!up || execution.getAttemptNumber() < restarts) {
        return false;
      }
    }
    return graph.getState() == JobStatus.RUNNING;
  }

  /** What the last start of a job that {@linkplain #runs runs} took. */
  static Restore restore(AccessExecutionGraph graph, long sinceMillis) {
    long running = sinceMillis;
    long opening = 0;
    for (AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
      AccessExecution execution = vertex.getCurrentExecutionAttempt();
      long ran = execution.getStateTimestamp(ExecutionState.RUNNING);
      running = Math.max(running, ran);
      opening = Math.max(opening, ran - execution.getStateTimestamp(ExecutionState.INITIALIZING));
    }
    var restored = graph.getCheckpointStatsSnapshot().getLatestRestoredCheckpoint();
    return new Restore(
        restored == null ? 0 : restored.getCheckpointId(),
        Duration.ofMillis(running - sinceMillis),
        Duration.ofMillis(opening));
  }

  /**
   * Asserts that the job has not failed.
   *
   * @throws JobFailedException if it has
   */
  static void check(AccessExecutionGraph graph) throws JobFailedException {
    if (graph.getState() == JobStatus.FAILED || graph.getState() == JobStatus.FAILING) {
      ErrorInfo failure = graph.getFailureInfo();
      throw new JobFailedException(
          failure == null
              ? null
              : failure.getException().deserializeError(RunningJob.class.getClassLoader()));
    }
  }

  /** Cancels the job and waits until it has ended. */
  AccessExecutionGraph cancel() throws Exception {
    get(cluster.cancelJob(id));
    return awaitEnd();
  }

  /** Waits until the job has ended; not for one that goes on for longer than some minutes. */
  AccessExecutionGraph awaitEnd() throws Exception {
    get(cluster.requestJobResult(id));
    return graph();
  }

  /** The checkpoints that were completed, the earliest first. */
  static List<CompletedCheckpointStats> completed(AccessExecutionGraph graph) {
    List<CompletedCheckpointStats> completed = new ArrayList<>();
    CheckpointStatsSnapshot all = graph.getCheckpointStatsSnapshot();
    for (AbstractCheckpointStats checkpoint : all.getHistory().getCheckpoints()) {
      if (checkpoint instanceof CompletedCheckpointStats done) {
        completed.add(0, done);
      }
    }
    return completed;
  }

  /** How many checkpoints were begun and not completed: broken off by a failure, or refused. */
  static long brokenOff(AccessExecutionGraph graph) {
    return graph.getCheckpointStatsSnapshot().getHistory().getCheckpoints().stream()
        .filter(checkpoint -> checkpoint.getStatus() == CheckpointStatsStatus.FAILED)
        .count();
  }

  @Override
  public void close() throws IOException {
    try {
      get(cluster.closeAsync());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IOException("the cluster could not be closed", e);
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new TimeoutException("the cluster gave no answer within " + PATIENCE);
    }
  }
}
