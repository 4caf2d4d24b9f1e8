package io.hummock.examples.benchmark.backend;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.runtime.util.TestingTaskManagerRuntimeInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * One subtask's worth of a state backend, outside of any job: opens it, hands out states, takes
 * checkpoints and restores from them.
 *
 * <p>Not thread-safe.
 */
public final class KeyedStateFixture<K> implements Closeable {
  /** The key groups of a whole operator. */
  public static final int KEY_GROUPS = 128;

  private static final int PAGE_BYTES = MemoryManager.DEFAULT_PAGE_SIZE;

  private final JobID job = new JobID();
  private final Path directory;
  private final MockEnvironment environment;
  private final CountingMetrics metrics = new CountingMetrics();
  private final CloseableRegistry closeables = new CloseableRegistry();
  private final CheckpointableKeyedStateBackend<K> backend;
  private final CheckpointStorageAccess storage;

  /**
   * @param checkpoints the checkpoint directory's URI, or null for one in a temporary directory
   * @param handles what to restore from; empty for new state
   */
  public KeyedStateFixture(
      Configuration configuration,
      TypeSerializer<K> keySerializer,
      long managedMemory,
      @Nullable String checkpoints,
      KeyGroupRange keyGroups,
      Collection<KeyedStateHandle> handles)
      throws Exception {
    directory = Files.createTempDirectory("hummock-benchmark");
    environment =
        new MockEnvironmentBuilder()
            .setJobID(job)
            .setManagedMemorySize(managedMemory)
            .setMemoryManager(MemoryManager.create(managedMemory, PAGE_BYTES))
            .setTaskManagerRuntimeInfo(
                new TestingTaskManagerRuntimeInfo(configuration, directory.toFile()))
            .setMaxParallelism(KEY_GROUPS)
            .build();
    String target =
        checkpoints == null ? directory.resolve("checkpoints").toUri().toString() : checkpoints;
    storage = new FileSystemCheckpointStorage(target).createCheckpointStorage(job);
    storage.initializeBaseLocationsForCheckpoint();
    environment.setCheckpointStorageAccess(storage);
    StateBackend stateBackend =
        StateBackendLoader.loadStateBackendFromConfig(
            configuration,
            Thread.currentThread().getContextClassLoader(),
            LoggerFactory.getLogger(KeyedStateFixture.class));
    backend =
        stateBackend.createKeyedStateBackend(
            new KeyedStateBackendParametersImpl<>(
                environment,
                job,
                "benchmark",
                keySerializer,
                KEY_GROUPS,
                keyGroups,
                new KvStateRegistry().createTaskRegistry(job, environment.getJobVertexId()),
                TtlTimeProvider.DEFAULT,
                metrics,
                (name, value) -> {},
                handles,
                closeables,
                1.0));
  }

  /** A fixture with new state over all key groups, checkpoints in a temporary directory. */
  public static <K> KeyedStateFixture<K> open(
      Peer peer, TypeSerializer<K> keySerializer, long managedMemory) throws Exception {
    return new KeyedStateFixture<>(
        peer.configuration(),
        keySerializer,
        managedMemory,
        null,
        new KeyGroupRange(0, KEY_GROUPS - 1),
        List.of());
  }

  public CheckpointableKeyedStateBackend<K> backend() {
    return backend;
  }

  /** The metrics of the backend. */
  public CountingMetrics metrics() {
    return metrics;
  }

  /** Where it works; its checkpoints are there too, unless they were sent elsewhere. */
  public Path directory() {
    return directory;
  }

  /** The bytes of all files in its working directory, and in its checkpoints if they are there. */
  public long diskBytes() throws IOException {
    return DirectorySize.of(directory);
  }

  /** A state without a namespace. */
  public <S extends State> S state(StateDescriptor<S, ?> descriptor) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  /** Runs the synchronous part of a checkpoint and returns its asynchronous part. */
  public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(long checkpointId)
      throws Exception {
    CheckpointStreamFactory streams =
        storage.resolveCheckpointStorageLocation(
            checkpointId, CheckpointStorageLocationReference.getDefault());
    return backend.snapshot(
        checkpointId,
        System.currentTimeMillis(),
        streams,
        CheckpointOptions.forCheckpointWithDefaultLocation());
  }

  /** Tells the backend that a checkpoint is complete. */
  public void complete(long checkpointId) throws Exception {
    ((CheckpointListener) backend).notifyCheckpointComplete(checkpointId);
  }

  /** Runs a whole checkpoint. */
  public SnapshotResult<KeyedStateHandle> checkpoint(long checkpointId) throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> asynchronous = snapshot(checkpointId);
    asynchronous.run();
    try {
      return asynchronous.get();
    } catch (ExecutionException e) {
      throw new IOException("checkpoint " + checkpointId + " failed", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      backend.close();
      backend.dispose();
      closeables.close();
      environment.close();
    } catch (Exception e) {
      throw new IOException("cannot close the state backend", e);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
