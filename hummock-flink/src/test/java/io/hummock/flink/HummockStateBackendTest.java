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
 * Flink's own contract of a state backend, with both of its checkpoint storages, both places for
 * timers, and a row cache that is as by default, forgets all the time, or is off.
 */
@ExtendWith(ParameterizedTestExtension.class)
class HummockStateBackendTest extends StateBackendTestBase<HummockStateBackend> {
  /** A checkpoint storage, where timers are, and how large the row cache is. */
  enum Setup {
    JOB_MANAGER(false, 0.4),
    FILES_AND_TINY_ROW_CACHE(false, 0.02),
    FILES_AND_HEAP_TIMERS_AND_NO_ROW_CACHE(true, 0);

    final boolean heapTimers;
    final double rowCacheRatio;

    Setup(boolean heapTimers, double rowCacheRatio) {
      this.heapTimers = heapTimers;
      this.rowCacheRatio = rowCacheRatio;
    }
  }

  @TempDir private static Path directory;

  @Parameter Setup setup = Setup.JOB_MANAGER;

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
    config.set(HummockConfigOptions.ROW_CACHE_RATIO, setup.rowCacheRatio);
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
