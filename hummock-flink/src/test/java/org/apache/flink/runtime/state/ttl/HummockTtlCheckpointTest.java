package org.apache.flink.runtime.state.ttl;

import java.nio.file.Path;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.junit.jupiter.api.io.TempDir;

/** Time to live over checkpoints in files. */
class HummockTtlCheckpointTest extends HummockTtlStateTestBase {
  @TempDir private static Path directory;

  /**
   * False: a checkpoint is the tree's files, which hold what has expired until they are compacted.
   */
  @Override
  public boolean isSavepoint() {
    return false;
  }

  @Override
  protected StateBackendTestContext createStateBackendTestContext(TtlTimeProvider timeProvider) {
    return new Context(timeProvider) {
      @Override
      protected CheckpointStorage createCheckpointStorage() {
        return new FileSystemCheckpointStorage(directory.toUri());
      }
    };
  }
}
