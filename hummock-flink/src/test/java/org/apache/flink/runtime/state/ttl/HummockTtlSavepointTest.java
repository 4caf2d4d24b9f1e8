package org.apache.flink.runtime.state.ttl;

import java.util.concurrent.RunnableFuture;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.streaming.api.operators.StreamOperatorStateHandler;

/** Time to live over canonical savepoints, with checkpoint storage that has no files. */
class HummockTtlSavepointTest extends HummockTtlStateTestBase {
  private static final int MAX_SAVEPOINT_BYTES = 64 << 20;

  @Override
  protected StateBackendTestContext createStateBackendTestContext(TtlTimeProvider timeProvider) {
    return new SavepointContext(timeProvider);
  }

  private static final class SavepointContext extends Context {
    SavepointContext(TtlTimeProvider timeProvider) {
      super(timeProvider);
    }

    @Override
    protected CheckpointStorage createCheckpointStorage() {
      return new JobManagerCheckpointStorage();
    }

    @Override
    RunnableFuture<SnapshotResult<KeyedStateHandle>> triggerSnapshot() throws Exception {
      AbstractKeyedStateBackend<String> backend = getKeyedStateBackend();
      RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
          StreamOperatorStateHandler.prepareCanonicalSavepoint(backend, new CloseableRegistry())
              .snapshot(
                  1,
                  0,
                  new MemCheckpointStreamFactory(MAX_SAVEPOINT_BYTES),
                  new CheckpointOptions(
                      SavepointType.savepoint(SavepointFormatType.CANONICAL),
                      CheckpointStorageLocationReference.getDefault()));
      savepoint.run();
      return savepoint;
    }
  }
}
