package io.hummock.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.StateBackendMigrationTestBase;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Flink's own contract of what becomes of state when its serializers change. */
@ExtendWith(ParameterizedTestExtension.class)
class HummockStateMigrationTest extends StateBackendMigrationTestBase<HummockStateBackend> {
  @TempDir private static Path directory;

  @Parameter boolean files = true;

  @Parameters(name = "files {0}")
  static List<Boolean> storages() {
    return List.of(false, true);
  }

  @Override
  protected HummockStateBackend getStateBackend() {
    return new HummockStateBackend();
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() throws IOException {
    return files
        ? new FileSystemCheckpointStorage(
            Files.createTempDirectory(directory, "checkpoints").toUri())
        : new JobManagerCheckpointStorage();
  }
}
