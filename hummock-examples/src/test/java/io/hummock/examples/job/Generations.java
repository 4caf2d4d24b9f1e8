package io.hummock.examples.job;

import io.hummock.examples.flights.FlightsFile;
import io.hummock.examples.flights.FlightsSource;
import io.hummock.examples.flights.Replay;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/**
 * The flights job in several lives, each from a snapshot of the one before; checkpoints are taken
 * when the test says so only.
 */
final class Generations implements AutoCloseable {
  private final JobOptions options;
  private final URI store;
  private final Path work;
  private final Configuration configuration;
  private final String name = "generations-" + UUID.randomUUID();
  private final Replay replay = Replay.named(name);
  private final long rows;

  Generations(JobOptions options, URI store, Path work) {
    this.options = options;
    this.store = store;
    this.work = work;
    configuration =
        JobConfiguration.of(
            options, store, work, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1));
    FileSystem.initialize(configuration, null);
    replay.allowUpTo(0);
    rows =
        FlightsFile.AIRPORTS.stream()
            .mapToLong(airport -> FlightsFile.feed(airport, options.days()).size())
            .sum();
  }

  /**
   * Starts a job.
   *
   * @param snapshot what it begins with; null for nothing
   */
  RunningJob start(int parallelism, @Nullable String snapshot, RecoveryClaimMode mode)
      throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    FlightsPipeline.build(
        environment,
        new FlightsSource(options.days(), options.duration(), name),
        work.resolve("results"));
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    if (snapshot != null) {
      graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(snapshot, false, mode));
    }
    RunningJob job = RunningJob.start(graph, configuration, parallelism, null);
    await(job, 0, 0);
    return job;
  }

  /** Lets the job read on up to a fraction of all rows, and waits until it has. */
  void readUpTo(RunningJob job, double fraction) throws Exception {
    replay.allowUpTo(fraction);
    await(job, fraction - 0.05, 0);
  }

  /** Kills a TaskManager and waits until all runs again, for the n-th time. */
  void kill(RunningJob job, int restarts) throws Exception {
    job.killTaskManager();
    await(job, 0, restarts);
  }

  private void await(RunningJob job, double fraction, int restarts) throws Exception {
    long start = System.nanoTime();
    while (true) {
      AccessExecutionGraph graph = job.graph();
      RunningJob.check(graph);
      if (RunningJob.runs(graph, restarts) && replay.position() >= fraction * rows) {
        return;
      }
      Assertions.assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(Duration.ofMinutes(2));
      Thread.sleep(50); // the cluster has no call that waits for this
    }
  }

  /** Lets the job read all, and expects that it ends well and that every line is right. */
  void finish(RunningJob job) throws Exception {
    replay.allowUpTo(1);
    AccessExecutionGraph end = job.awaitEnd();
    RunningJob.check(end);
    Assertions.assertThat(end.getState()).isEqualTo(JobStatus.FINISHED);
    Results results =
        Results.compare(
            Results.read(work.resolve("results")), PlainComputation.results(options.days()));
    Assertions.assertThat(results.missing()).isEmpty();
    Assertions.assertThat(results.surplus()).isEmpty();
  }

  /** The paths of all objects in the store. */
  List<String> stored() throws Exception {
    return StoreContents.of(store).objects().stream()
        .map(StoreContents.StoredObject::path)
        .toList();
  }

  @Override
  public void close() {
    Replay.forget(name);
  }
}
