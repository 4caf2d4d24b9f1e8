package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.ProcessUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.FileUtils;

/**
 * One job from beginning to end.
 *
 * @param wallNanos from its start to its end
 * @param usage what the process took meanwhile, starting the cluster included
 * @param results how many results there were
 * @param checksum the sum of all results
 * @param checkpoints how many checkpoints were completed
 */
record PipelineRun(
    long wallNanos, ProcessUsage.Span usage, long results, long checksum, long checkpoints) {
  private static final int MAX_PARALLELISM = 128;

  @SuppressWarnings("try") // closing the cluster waits, and may be interrupted as anything here
  static PipelineRun of(
      Pipeline pipeline,
      Peer peer,
      long records,
      int parallelism,
      int memoryMegabytes,
      Duration interval)
      throws Exception {
    Path work = Files.createTempDirectory("hummock-pipeline");
    Configuration configuration = peer.configuration();
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, work.resolve("checkpoints").toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, work.resolve("tmp").toString());
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
    configuration.set(
        TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(memoryMegabytes));
    try (MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(parallelism)
                .withRandomPorts()
                .build())) {
      cluster.start();
      ProcessUsage.Span start = ProcessUsage.now();
      JobGraph graph = graph(pipeline, configuration, records, parallelism);
      JobExecutionResult result = cluster.executeJobBlocking(graph);
      ProcessUsage.Span usage = ProcessUsage.now().since(start);
      Long count = result.getAccumulatorResult(Checksum.COUNT);
      Long sum = result.getAccumulatorResult(Checksum.SUM);
      long checkpoints =
          cluster
              .getArchivedExecutionGraph(graph.getJobID())
              .get()
              .getCheckpointStatsSnapshot()
              .getCounts()
              .getNumberOfCompletedCheckpoints();
      return new PipelineRun(
          TimeUnit.MILLISECONDS.toNanos(result.getNetRuntime()), usage, count, sum, checkpoints);
    } finally {
      FileUtils.deleteDirectory(work.toFile());
    }
  }

  private static JobGraph graph(
      Pipeline pipeline, Configuration configuration, long records, int parallelism) {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    environment.setMaxParallelism(MAX_PARALLELISM);
    pipeline.build(environment, records).map(new Checksum()).sinkTo(new DiscardingSink<>());
    return environment.getStreamGraph().getJobGraph();
  }
}
