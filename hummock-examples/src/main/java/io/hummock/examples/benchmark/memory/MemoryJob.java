package io.hummock.examples.benchmark.memory;

import io.hummock.examples.benchmark.backend.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.FileUtils;

/**
 * The job, on a TaskManager of one slot that has the memory of a process specification. The
 * JobManager is in the same process and takes its memory from the same size.
 */
final class MemoryJob {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  private MemoryJob() {}

  /**
   * Runs it until all records are processed or the time is up.
   *
   * @return how many records were processed
   */
  @SuppressWarnings("try") // closing the cluster waits, and may be interrupted as anything here
  static long run(
      Peer peer, TaskExecutorProcessSpec memory, long keys, long records, Duration limit)
      throws Exception {
    long before = WideState.processed();
    Path work = Files.createTempDirectory("hummock-memory");
    Configuration configuration = peer.configuration();
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, work.resolve("checkpoints").toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, work.resolve("tmp").toString());
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, 1);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, memory.getManagedMemorySize());
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, memory.getNetworkMemSize());
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, memory.getNetworkMemSize());
    try (MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(1)
                .withRandomPorts()
                .build())) {
      cluster.start();
      JobGraph graph = graph(configuration, keys, records);
      JobID job = cluster.submitJob(graph).get().getJobID();
      CompletableFuture<JobResult> end = cluster.requestJobResult(job);
      try {
        JobResult result = end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        result.toJobExecutionResult(MemoryJob.class.getClassLoader());
      } catch (TimeoutException e) {
        cluster.cancelJob(job).get();
        end.get();
      }
      return WideState.processed() - before;
    } finally {
      FileUtils.deleteDirectory(work.toFile());
    }
  }

  private static JobGraph graph(Configuration configuration, long keys, long records) {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(1);
    environment
        .fromSource(
            new DataGeneratorSource<>(number -> number, records, Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "records")
        .keyBy(record -> WideState.key(record, keys), Types.LONG)
        .process(new WideState())
        .returns(Types.LONG)
        .sinkTo(new DiscardingSink<>());
    return environment.getStreamGraph().getJobGraph();
  }
}
