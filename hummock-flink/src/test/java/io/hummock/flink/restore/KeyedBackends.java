package io.hummock.flink.restore;

import io.hummock.flink.HummockStateBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.StreamOperatorStateHandler;
import org.apache.flink.util.InstantiationUtil;

/** Keyed backends of any kind over one checkpoint directory, with 16 key groups and int keys. */
final class KeyedBackends {
  static final int KEY_GROUPS = 16;

  /** The backends that read each other's canonical savepoints. */
  enum Kind {
    HUMMOCK,
    HEAP,
    ROCKSDB;

    StateBackend backend() {
      return switch (this) {
        case HUMMOCK -> new HummockStateBackend();
        case HEAP -> new HashMapStateBackend();
        case ROCKSDB -> new EmbeddedRocksDBStateBackend(true);
      };
    }
  }

  final FsCheckpointStorageAccess storage;
  private final MockEnvironment environment;
  private final CloseableRegistry cancellation = new CloseableRegistry();
  private long now;

  KeyedBackends(Path directory) throws IOException {
    storage =
        new FsCheckpointStorageAccess(
            new org.apache.flink.core.fs.Path(directory.toUri()), null, new JobID(), 0, 4096);
    storage.initializeBaseLocationsForCheckpoint();
    environment = MockEnvironment.builder().setManagedMemorySize(64 << 20).build();
    environment.setCheckpointStorageAccess(storage);
  }

  void setTime(long milliseconds) {
    now = milliseconds;
  }

  /** Opens a backend for some key groups. */
  CheckpointableKeyedStateBackend<Integer> open(
      Kind kind, KeyGroupRange keyGroups, Collection<KeyedStateHandle> handles) throws Exception {
    return open(kind, keyGroups, handles, new UnregisteredMetricsGroup());
  }

  /** Opens a backend that reports to some metric group. */
  CheckpointableKeyedStateBackend<Integer> open(
      Kind kind, KeyGroupRange keyGroups, Collection<KeyedStateHandle> handles, MetricGroup metrics)
      throws Exception {
    return open(kind.backend(), keyGroups, KEY_GROUPS, handles, metrics);
  }

  /** Opens a backend for some of so many key groups. */
  CheckpointableKeyedStateBackend<Integer> open(
      StateBackend backend,
      KeyGroupRange keyGroups,
      int numberOfKeyGroups,
      Collection<? extends KeyedStateHandle> handles)
      throws Exception {
    return open(backend, keyGroups, numberOfKeyGroups, handles, new UnregisteredMetricsGroup());
  }

  private CheckpointableKeyedStateBackend<Integer> open(
      StateBackend backend,
      KeyGroupRange keyGroups,
      int numberOfKeyGroups,
      Collection<? extends KeyedStateHandle> handles,
      MetricGroup metrics)
      throws Exception {
    return backend.createKeyedStateBackend(
        new KeyedStateBackendParametersImpl<>(
            environment,
            new JobID(),
            "operator_(1/2)",
            IntSerializer.INSTANCE,
            numberOfKeyGroups,
            keyGroups,
            new KvStateRegistry().createTaskRegistry(new JobID(), environment.getJobVertexId()),
            () -> now,
            metrics,
            (name, value) -> {},
            List.copyOf(handles),
            cancellation,
            1.0));
  }

  /** A checkpoint as the JobManager gets it. */
  KeyedStateHandle checkpoint(CheckpointableKeyedStateBackend<Integer> backend, long id)
      throws Exception {
    return snapshot(backend, id, CheckpointType.CHECKPOINT);
  }

  /** A checkpoint that shares nothing with earlier ones, as the JobManager gets it. */
  KeyedStateHandle fullCheckpoint(CheckpointableKeyedStateBackend<Integer> backend, long id)
      throws Exception {
    return snapshot(backend, id, CheckpointType.FULL_CHECKPOINT);
  }

  /** A native savepoint as the JobManager gets it. */
  KeyedStateHandle nativeSavepoint(CheckpointableKeyedStateBackend<Integer> backend, long id)
      throws Exception {
    return snapshot(backend, id, SavepointType.savepoint(SavepointFormatType.NATIVE));
  }

  private KeyedStateHandle snapshot(
      CheckpointableKeyedStateBackend<Integer> backend, long id, SnapshotType type)
      throws Exception {
    return run(backend.snapshot(id, 0, location(id), options(type)));
  }

  /** Takes a checkpoint that nobody gets. */
  void snapshotAndTakeBack(CheckpointableKeyedStateBackend<Integer> backend, long id)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
        backend.snapshot(id, 0, location(id), options(CheckpointType.CHECKPOINT));
    future.run();
    future.get().discardState();
  }

  /** A canonical savepoint as the JobManager gets it. */
  KeyedStateHandle savepoint(CheckpointableKeyedStateBackend<Integer> backend, long id)
      throws Exception {
    return run(
        StreamOperatorStateHandler.prepareCanonicalSavepoint(backend, cancellation)
            .snapshot(
                id,
                0,
                location(id),
                options(SavepointType.savepoint(SavepointFormatType.CANONICAL))));
  }

  private static CheckpointOptions options(SnapshotType type) {
    return new CheckpointOptions(type, CheckpointStorageLocationReference.getDefault());
  }

  private CheckpointStreamFactory location(long id) throws IOException {
    storage.initializeLocationForCheckpoint(id);
    return storage.resolveCheckpointStorageLocation(
        id, CheckpointStorageLocationReference.getDefault());
  }

  /** Null where there is no state. */
  private static KeyedStateHandle run(RunnableFuture<SnapshotResult<KeyedStateHandle>> future)
      throws Exception {
    future.run();
    return InstantiationUtil.clone(future.get().getJobManagerOwnedSnapshot());
  }

  /** What Flink gives a subtask of these key groups. */
  static List<KeyedStateHandle> assign(KeyGroupRange keyGroups, KeyedStateHandle... handles) {
    return java.util.Arrays.stream(handles)
        .map(handle -> handle.getIntersection(keyGroups))
        .filter(java.util.Objects::nonNull)
        .toList();
  }

  void close() throws Exception {
    cancellation.close();
    environment.close();
  }
}
