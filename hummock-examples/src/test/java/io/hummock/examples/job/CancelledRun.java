package io.hummock.examples.job;

import io.hummock.examples.flights.FlightsSource;
import io.hummock.examples.flights.Replay;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.assertj.core.api.Assertions;

/**
 * The job, cancelled in its midst when no checkpoint is under way: then what stays in the store is
 * not a matter of chance.
 */
final class CancelledRun {
  private static final int CHECKPOINTS = 5;

  private CancelledRun() {}

  /**
   * Runs and cancels the job.
   *
   * @return the path of its last checkpoint, which exists if the retention says so
   */
  static String run(
      JobOptions options, URI store, Path work, ExternalizedCheckpointRetention retention)
      throws Exception {
    Configuration configuration = JobConfiguration.of(options, store, work, retention);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1));
    FileSystem.initialize(configuration, null);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(options.parallelism());
    String name = "cancelled-" + UUID.randomUUID();
    Replay replay = Replay.named(name);
    replay.allowUpTo(0);
    FlightsPipeline.build(
        environment,
        new FlightsSource(options.days(), options.duration(), name),
        work.resolve("results"));
    try (RunningJob job =
        RunningJob.start(
            environment.getStreamGraph().getJobGraph(),
            configuration,
            options.parallelism(),
            null)) {
      await(job, replay, 0);
      String last = "";
      for (int i = 1; i <= CHECKPOINTS; i++) {
        replay.allowUpTo(0.15 * i);
        await(job, replay, i * 2_000L);
        last = job.checkpoint();
      }
      job.cancel();
      return last;
    } finally {
      Replay.forget(name);
    }
  }

  private static void await(RunningJob job, Replay replay, long rows) throws Exception {
    long start = System.nanoTime();
    while (true) {
      AccessExecutionGraph graph = job.graph();
      RunningJob.check(graph);
      if (RunningJob.runs(graph, 0) && replay.position() >= rows) {
        return;
      }
      Assertions.assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(Duration.ofMinutes(2));
      Thread.sleep(50); // the cluster has no call that waits for this
    }
  }
}
