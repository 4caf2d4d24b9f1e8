package io.hummock.flink;

import io.hummock.flink.backend.HummockKeyedStateBackend;
import io.hummock.flink.metrics.RecordingMetricGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.runtime.util.TestingTaskManagerRuntimeInfo;
import org.apache.flink.streaming.api.operators.StreamOperatorStateHandler;
import org.apache.flink.util.InstantiationUtil;

/** Opens backends of 16 key groups with int keys over a checkpoint directory. */
final class BackendFixture implements AutoCloseable {
  private static final KeyGroupRange KEY_GROUPS = KeyGroupRange.of(0, 15);

  /** What backends report to Flink's initialization metrics. */
  final Map<String, Long> initialization = new TreeMap<>();

  private final CloseableRegistry cancellation = new CloseableRegistry();
  private final MockEnvironment environment;
  private final FsCheckpointStorageAccess storage;

  BackendFixture(Path directory) throws Exception {
    this(directory, new Configuration());
  }

  /**
   * @param cluster the configuration of the TaskManager
   */
  BackendFixture(Path directory, Configuration cluster) throws Exception {
    storage =
        new FsCheckpointStorageAccess(
            new org.apache.flink.core.fs.Path(directory.toUri()), null, new JobID(), 0, 4096);
    storage.initializeBaseLocationsForCheckpoint();
    environment =
        MockEnvironment.builder()
            .setManagedMemorySize(64 << 20)
            .setTaskManagerRuntimeInfo(new TestingTaskManagerRuntimeInfo(cluster))
            .build();
    environment.setCheckpointStorageAccess(storage);
  }

  HummockKeyedStateBackend<Integer> open(
      RecordingMetricGroup group, Configuration job, Collection<KeyedStateHandle> handles)
      throws Exception {
    return new HummockStateBackend()
        .configure(job, getClass().getClassLoader())
        .createKeyedStateBackend(
            new KeyedStateBackendParametersImpl<>(
                environment,
                new JobID(),
                "operator_(1/2)",
                IntSerializer.INSTANCE,
                KEY_GROUPS.getNumberOfKeyGroups(),
                KEY_GROUPS,
                new KvStateRegistry().createTaskRegistry(new JobID(), environment.getJobVertexId()),
                System::currentTimeMillis,
                group,
                initialization::put,
                handles,
                cancellation,
                1.0));
  }

  /** A checkpoint as the JobManager gets it. */
  KeyedStateHandle checkpoint(HummockKeyedStateBackend<Integer> backend, long id) throws Exception {
    var future = backend.snapshot(id, 0, location(id), options(CheckpointType.CHECKPOINT));
    future.run();
    return acknowledged(future.get());
  }

  /** A canonical savepoint as the JobManager gets it. */
  KeyedStateHandle savepoint(HummockKeyedStateBackend<Integer> backend, long id) throws Exception {
    var future =
        StreamOperatorStateHandler.prepareCanonicalSavepoint(backend, cancellation)
            .snapshot(
                id,
                0,
                location(id),
                options(SavepointType.savepoint(SavepointFormatType.CANONICAL)));
    future.run();
    return acknowledged(future.get());
  }

  private CheckpointStreamFactory location(long id) throws Exception {
    storage.initializeLocationForCheckpoint(id);
    return storage.resolveCheckpointStorageLocation(
        id, CheckpointStorageLocationReference.getDefault());
  }

  private static CheckpointOptions options(SnapshotType type) {
    return new CheckpointOptions(type, CheckpointStorageLocationReference.getDefault());
  }

  private static KeyedStateHandle acknowledged(SnapshotResult<KeyedStateHandle> result)
      throws Exception {
    return InstantiationUtil.clone(result.getJobManagerOwnedSnapshot());
  }

  static <S extends State, T> S state(
      HummockKeyedStateBackend<Integer> backend, StateDescriptor<S, T> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  /** Gives the first keys a value. */
  static void write(HummockKeyedStateBackend<Integer> backend, int keys) throws Exception {
    ValueState<Integer> value =
        state(backend, new ValueStateDescriptor<>("value", IntSerializer.INSTANCE));
    for (int key = 0; key < keys; key++) {
      backend.setCurrentKey(key);
      value.update(key);
    }
  }

  /** As a task does in the end. */
  static void close(HummockKeyedStateBackend<Integer> backend) throws Exception {
    backend.close();
    backend.dispose();
  }

  @Override
  public void close() throws IOException {
    cancellation.close();
    try {
      environment.close();
    } catch (Exception e) {
      throw new IOException("the environment could not be closed", e);
    }
  }
}
