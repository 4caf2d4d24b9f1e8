package io.hummock.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.StateBackendTestBase;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's own contract of a state backend, with both of its checkpoint storages and both places for
 * timers.
 */
@ExtendWith(ParameterizedTestExtension.class)
class HummockStateBackendTest extends StateBackendTestBase<HummockStateBackend> {
  /** A checkpoint storage, and where timers are. */
  enum Setup {
    JOB_MANAGER(false),
    FILES(false),
    FILES_AND_HEAP_TIMERS(true);

    final boolean heapTimers;

    Setup(boolean heapTimers) {
      this.heapTimers = heapTimers;
    }
  }

  @TempDir private static Path directory;

  @Parameter Setup setup = Setup.FILES;

  @Parameters(name = "{0}")
  static List<Setup> setups() {
    return List.of(Setup.values());
  }

  @Override
  protected ConfigurableStateBackend getStateBackend() {
    Configuration config = new Configuration();
    config.set(
        HummockConfigOptions.TIMER_SERVICE_FACTORY,
        setup.heapTimers
            ? HummockConfigOptions.TimerService.HEAP
            : HummockConfigOptions.TimerService.HUMMOCK);
    return new HummockStateBackend().configure(config, getClass().getClassLoader());
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() throws IOException {
    return setup == Setup.JOB_MANAGER
        ? new JobManagerCheckpointStorage()
        : new FileSystemCheckpointStorage(
            Files.createTempDirectory(directory, "checkpoints").toUri());
  }

  @Override
  protected boolean isSerializerPresenceRequiredOnRestore() {
    return false;
  }

  @Override
  protected boolean supportsAsynchronousSnapshots() {
    return true;
  }

  @Override
  protected boolean isSafeToReuseKVState() {
    return !setup.heapTimers;
  }
}
