package io.hummock.examples.job;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** Flink's configuration of the cluster and of the job, which is the same one here. */
final class JobConfiguration {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
  private static final int REMEMBERED_CHECKPOINTS = 100_000;

  private JobConfiguration() {}

  /**
   * As a user would write it into {@code config.yaml}.
   *
   * @param store where checkpoints go
   * @param work a local directory for what Flink keeps on disk
   * @param retention what becomes of the last checkpoint when the job is cancelled
   */
  static Configuration of(
      JobOptions options, URI store, Path work, ExternalizedCheckpointRetention retention) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, options.backend().toString());
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, store.toString());
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    configuration.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION, retention);
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);

    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));

    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, 1);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128));
    configuration.set(CoreOptions.TMP_DIRS, work.resolve("tmp").toString());
    configuration.set(WebOptions.CHECKPOINTS_HISTORY_SIZE, REMEMBERED_CHECKPOINTS);
    // Kryo would hide what the state is made of, and wants the JDK opened to it.
    configuration.set(PipelineOptions.GENERIC_TYPES, false);

    if (options.onS3()) {
      configuration.setString("s3.region", options.region());
      if (options.endpoint() != null) {
        configuration.setString("s3.endpoint", options.endpoint().toString());
        configuration.setString("s3.path-style-access", "true");
      }
      if (options.accessKey() != null && options.secretKey() != null) {
        configuration.setString("s3.access-key", options.accessKey());
        configuration.setString("s3.secret-key", options.secretKey());
      }
    }
    return configuration;
  }
}
