package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.HummockStateBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.changelog.fs.ChangelogStorageMetricGroup;
import org.apache.flink.changelog.fs.FsStateChangelogStorage;
import org.apache.flink.changelog.fs.TaskChangelogRegistry;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.mailbox.SyncMailboxExecutor;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.StateBackendTestBase;
import org.apache.flink.runtime.state.TestLocalRecoveryConfig;
import org.apache.flink.runtime.state.TestTaskStateManager;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.testutils.statemigration.TestType;
import org.apache.flink.state.changelog.ChangelogKeyedStateBackend;
import org.apache.flink.state.common.ChangelogMaterializationMetricGroup;
import org.apache.flink.state.common.PeriodicMaterializationManager;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.concurrent.Executors;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Flink's own contract of a state backend, with Hummock under the changelog. */
@ExtendWith(ParameterizedTestExtension.class)
class ChangelogStateBackendTest extends StateBackendTestBase<AbstractStateBackend> {
  @TempDir private static Path directory;

  @Parameters(name = "files")
  static List<Object[]> setups() {
    return List.<Object[]>of(new Object[0]);
  }

  @Override
  protected ConfigurableStateBackend getStateBackend() throws Exception {
    return (ConfigurableStateBackend)
        StateBackendLoader.fromApplicationOrConfigOrDefault(
            new HummockStateBackend(),
            new Configuration().set(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG, true),
            new Configuration(),
            getClass().getClassLoader(),
            null);
  }

  @Override
  protected TestTaskStateManager getTestTaskStateManager() throws IOException {
    return TestTaskStateManager.builder()
        .setStateChangelogStorage(
            new FsStateChangelogStorage(
                new JobID(),
                new org.apache.flink.core.fs.Path(
                    Files.createTempDirectory(directory, "changelog").toUri()),
                false,
                1024,
                new ChangelogStorageMetricGroup(
                    UnregisteredMetricGroups.createUnregisteredTaskManagerJobMetricGroup()),
                TaskChangelogRegistry.NO_OP,
                TestLocalRecoveryConfig.disabled()))
        .build();
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() throws IOException {
    int threshold = 1024;
    int bufferSize = 4096;
    return new FileSystemCheckpointStorage(
        new org.apache.flink.core.fs.Path(
            Files.createTempDirectory(directory, "checkpoints").toUri()),
        threshold,
        bufferSize);
  }

  @Override
  protected boolean isSerializerPresenceRequiredOnRestore() {
    return false;
  }

  @Override
  protected boolean supportsAsynchronousSnapshots() {
    return true;
  }

  /** A checkpoint is written into the changelog. */
  @Override
  protected boolean snapshotUsesStreamFactory() {
    return false;
  }

  /** What the changelog says of a state is read when it is restored. */
  @Override
  protected boolean supportsMetaInfoVerification() {
    return false;
  }

  @Override
  protected boolean isSafeToReuseKVState() {
    return true;
  }

  /**
   * The changelog hands a null value of a map to the values' serializer, whatever the backend; the
   * one of this test refuses nulls.
   */
  @Override
  @TestTemplate
  public void testMapStateWithNullValue() {
    assertThatThrownBy(super::testMapStateWithNullValue)
        .isInstanceOf(NullPointerException.class)
        .hasStackTraceContaining("ChangelogMapState.serializeValue");
  }

  @TestTemplate
  void serializersMayChangeWhenStateIsRestoredFromTheChangelog() throws Exception {
    checkMigration(false);
  }

  @TestTemplate
  void serializersMayChangeWhenStateIsRestoredFromWhatWasMaterialized() throws Exception {
    checkMigration(true);
  }

  private void checkMigration(boolean materialized) throws Exception {
    SharedStateRegistry registry = new SharedStateRegistryImpl();
    KeyedStateHandle first;
    CheckpointableKeyedStateBackend<Integer> backend = createKeyedBackend(IntSerializer.INSTANCE);
    try {
      States states = new States(backend, new TestType.V1TestTypeSerializer());
      for (int key = 0; key < 20; key++) {
        states.write(key, 1);
        if (key == 10 && materialized) {
          materialize(backend);
        }
      }
      states.queue().add(new TestType("timer", 1));
      first = snapshot(backend, 1, registry);
      assertThat(((ChangelogStateBackendHandle) first).getMaterializedStateHandles())
          .hasSize(materialized ? 1 : 0);
    } finally {
      IOUtils.closeQuietly(backend);
      backend.dispose();
    }

    KeyedStateHandle second;
    backend = restoreKeyedBackend(IntSerializer.INSTANCE, first);
    try {
      States states = new States(backend, new TestType.V2TestTypeSerializer());
      for (int key = 0; key < 20; key++) {
        states.check(key, 1);
      }
      for (int key = 5; key < 15; key++) {
        states.write(key, 2);
      }
      second = snapshot(backend, 2, registry);
    } finally {
      IOUtils.closeQuietly(backend);
      backend.dispose();
    }

    backend = restoreKeyedBackend(IntSerializer.INSTANCE, second);
    try {
      States states = new States(backend, new TestType.V2TestTypeSerializer());
      for (int key = 0; key < 20; key++) {
        states.check(key, key >= 5 && key < 15 ? 2 : 1);
      }
      assertThat(states.queue().poll()).isEqualTo(new TestType("timer", 1));
      assertThat(states.queue().isEmpty()).isTrue();
    } finally {
      IOUtils.closeQuietly(backend);
      backend.dispose();
    }
  }

  private KeyedStateHandle snapshot(
      CheckpointableKeyedStateBackend<Integer> backend, long id, SharedStateRegistry registry)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
        backend.snapshot(
            id, id, createStreamFactory(), CheckpointOptions.forCheckpointWithDefaultLocation());
    snapshot.run();
    KeyedStateHandle handle = InstantiationUtil.clone(snapshot.get().getJobManagerOwnedSnapshot());
    handle.registerSharedStates(registry, id);
    return handle;
  }

  /** What the periodic materialization does, at once. */
  private static void materialize(CheckpointableKeyedStateBackend<Integer> backend)
      throws Exception {
    CompletableFuture<Void> failure = new CompletableFuture<>();
    try (PeriodicMaterializationManager manager =
        new PeriodicMaterializationManager(
            new SyncMailboxExecutor(),
            Executors.newDirectExecutorService(),
            "test",
            (message, exception) -> failure.completeExceptionally(exception),
            (ChangelogKeyedStateBackend<?>) backend,
            new ChangelogMaterializationMetricGroup(new UnregisteredMetricsGroup()),
            true,
            1_000_000,
            0,
            "test")) {
      manager.triggerMaterialization();
    }
    failure.getNow(null);
  }

  /** A value, a list and a map for each key, and a queue. */
  private static final class States {
    private final CheckpointableKeyedStateBackend<Integer> backend;
    private final ValueState<TestType> value;
    private final ListState<TestType> list;
    private final MapState<Integer, TestType> map;
    private final KeyGroupedInternalPriorityQueue<TestType> queue;

    States(CheckpointableKeyedStateBackend<Integer> backend, TypeSerializer<TestType> serializer)
        throws Exception {
      this.backend = backend;
      value = state(new ValueStateDescriptor<>("value", serializer));
      list = state(new ListStateDescriptor<>("list", serializer));
      map = state(new MapStateDescriptor<>("map", IntSerializer.INSTANCE, serializer));
      // Timers cannot be migrated.
      queue = backend.create("queue", new TestType.V1TestTypeSerializer());
    }

    private <S extends State> S state(StateDescriptor<S, ?> descriptor) throws Exception {
      return backend.getPartitionedState(
          VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    KeyGroupedInternalPriorityQueue<TestType> queue() {
      return queue;
    }

    void write(int key, int round) throws Exception {
      backend.setCurrentKey(key);
      value.update(of(key, round));
      list.update(List.of(of(key, round)));
      list.add(of(key + 1, round));
      map.put(key, of(key, round));
    }

    void check(int key, int round) throws Exception {
      backend.setCurrentKey(key);
      assertThat(value.value()).isEqualTo(of(key, round));
      assertThat(list.get()).containsExactly(of(key, round), of(key + 1, round));
      assertThat(map.get(key)).isEqualTo(of(key, round));
    }

    private static TestType of(int key, int round) {
      return new TestType("key " + key, round);
    }
  }
}
