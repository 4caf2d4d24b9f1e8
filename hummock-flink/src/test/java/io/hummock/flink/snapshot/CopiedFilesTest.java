package io.hummock.flink.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of a tree that does not lie in the checkpoint storage: they have copies. */
class CopiedFilesTest {
  @TempDir private Path root;

  @Test
  void checkpointHasACopyAndTheTreeKeepsItsFile() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    String file = harness.tree.write("abc");

    IncrementalRemoteKeyedStateHandle checkpoint =
        SnapshotHarness.acknowledge(harness.checkpoint(1));

    StreamStateHandle copy = checkpoint.getSharedState().get(0).getHandle();
    assertThat(copy.getClass()).isEqualTo(FileStateHandle.class);
    assertThat(SnapshotHarness.paths(checkpoint))
        .allMatch(path -> path.startsWith(harness.storage.getSharedStateDirectory().toString()));
    assertThat(copy.openInputStream().readAllBytes()).asString().isEqualTo("abc");
    assertThat(harness.tree.isHandedOver(file)).isFalse();
    harness.tree.drop(file);
    assertThat(harness.exists(file)).isFalse();
  }

  @Test
  void completedCheckpointsCopiesAreUsedAgain() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    harness.strategy.notifyCheckpointComplete(1);
    harness.tree.write("defg");

    IncrementalRemoteKeyedStateHandle second = harness.checkpoint(2);

    assertThat(SnapshotHarness.paths(second)).containsAll(SnapshotHarness.paths(first));
    assertThat(second.getCheckpointedSize())
        .isEqualTo(4 + second.getMetaDataStateHandle().getStateSize());
  }

  @Test
  void discardingTakesTheNewCopiesOnly() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    harness.strategy.notifyCheckpointComplete(1);
    harness.tree.write("defg");
    IncrementalRemoteKeyedStateHandle second = harness.checkpoint(2);

    second.discardState();

    assertThat(SnapshotHarness.paths(first)).allMatch(harness::exists);
    assertThat(SnapshotHarness.paths(second).stream().filter(harness::exists))
        .isEqualTo(SnapshotHarness.paths(first));
  }

  @Test
  void copiesOfACheckpointNotKnownToBeCompleteAreNotUsed() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    first.registerSharedStates(registry, 1);
    IncrementalRemoteKeyedStateHandle second = SnapshotHarness.acknowledge(harness.checkpoint(2));
    second.registerSharedStates(registry, 2);
    assertThat(SnapshotHarness.paths(second))
        .doesNotContainAnyElementsOf(SnapshotHarness.paths(first));

    // The JobManager knows both to be complete, the task only the first one yet.
    registry.unregisterUnusedState(2);
    harness.strategy.notifyCheckpointComplete(1);
    IncrementalRemoteKeyedStateHandle third = SnapshotHarness.acknowledge(harness.checkpoint(3));

    assertThat(SnapshotHarness.paths(third)).allMatch(harness::exists);
  }

  /** The second was begun before the first was known to be complete, so it makes another copy. */
  @Test
  void copiesThatACheckpointUnderWayWillNotHaveAreNotUsed() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    harness.tree.write("abc");
    SnapshotHarness.acknowledge(harness.checkpoint(1)).registerSharedStates(registry, 1);
    RunnableFuture<SnapshotResult<KeyedStateHandle>> second =
        harness.begin(2, SharingFilesStrategy.FORWARD_BACKWARD, harness.location(2));
    harness.strategy.notifyCheckpointComplete(1);
    IncrementalRemoteKeyedStateHandle third = SnapshotHarness.acknowledge(harness.checkpoint(3));
    second.run();
    SnapshotHarness.acknowledge(
            (IncrementalRemoteKeyedStateHandle) second.get().getJobManagerOwnedSnapshot())
        .registerSharedStates(registry, 2);

    registry.unregisterUnusedState(2);

    third.registerSharedStates(registry, 3);
    assertThat(SnapshotHarness.paths(third)).allMatch(harness::exists);
  }

  @Test
  void checkpointThatWasGivenUpHindersNobody() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    RunnableFuture<SnapshotResult<KeyedStateHandle>> second =
        harness.begin(2, SharingFilesStrategy.FORWARD_BACKWARD, harness.location(2));
    harness.strategy.notifyCheckpointComplete(1);
    second.cancel(true);

    assertThat(SnapshotHarness.paths(harness.checkpoint(3)))
        .isEqualTo(SnapshotHarness.paths(first));
  }

  @Test
  void fullCheckpointHasCopiesOfItsOwn() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    harness.strategy.notifyCheckpointComplete(1);

    IncrementalRemoteKeyedStateHandle full =
        harness.snapshot(2, SharingFilesStrategy.FORWARD, harness.location(2));

    assertThat(SnapshotHarness.paths(full))
        .doesNotContainAnyElementsOf(SnapshotHarness.paths(first));
  }

  @Test
  void restoredFilesAreReferredToAsTheyAre() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    ByteStreamStateHandle bytes = new ByteStreamStateHandle("bytes", new byte[] {1, 2});
    FileStateHandle file =
        new FileStateHandle(new org.apache.flink.core.fs.Path("file:/somewhere/x"), 3);
    harness.tree.restore("a.sst", harness.objects.pathOf(bytes), 2);
    harness.tree.restore("b.sst", harness.objects.pathOf(file), 3);

    IncrementalRemoteKeyedStateHandle checkpoint =
        SnapshotHarness.acknowledge(harness.checkpoint(1));

    assertThat(checkpoint.getSharedState())
        .extracting(shared -> shared.getHandle())
        .containsExactlyInAnyOrder(bytes, file);
  }

  @Test
  void memoryStorageHoldsBytesAndRefusesTooManyAtOnce() throws Exception {
    SnapshotHarness harness = SnapshotHarness.local(root);
    harness.tree.write("abc");
    MemCheckpointStreamFactory memory = new MemCheckpointStreamFactory(4096);
    IncrementalRemoteKeyedStateHandle first =
        harness.snapshot(1, SharingFilesStrategy.FORWARD_BACKWARD, memory);
    assertThat(first.getSharedState().get(0).getHandle()).isInstanceOf(ByteStreamStateHandle.class);
    // Nobody can delete bytes in a handle, so they need no confirmation.
    assertThat(harness.snapshot(2, SharingFilesStrategy.FORWARD_BACKWARD, memory).getSharedState())
        .isEqualTo(first.getSharedState());

    String large = harness.tree.write("x".repeat(5000));
    assertThatThrownBy(() -> harness.snapshot(3, SharingFilesStrategy.FORWARD_BACKWARD, memory))
        .hasStackTraceContaining(large)
        .hasStackTraceContaining("4096");
    assertThat(harness.tree.pendingClaims()).isZero();
  }

  @Test
  void notificationsInAnyOrderDoNoHarm() {
    UploadedFiles files = new UploadedFiles();
    StreamStateHandle x1 = handle("x1");
    StreamStateHandle x2 = handle("x2");
    files.completed(5);
    files.aborted(5);
    files.add(1, Map.of("x", x1));
    files.add(2, Map.of("x", x1));
    assertThat(reusable(files)).isEmpty();
    files.completed(2);
    assertThat(reusable(files)).isEqualTo(Map.of("x", x1));
    files.completed(1);
    files.aborted(2);
    files.completed(2);
    assertThat(reusable(files)).isEqualTo(Map.of("x", x1));
    files.add(3, Map.of("x", x2));
    assertThat(reusable(files)).isEmpty();
    files.aborted(3);
    assertThat(reusable(files)).isEqualTo(Map.of("x", x1));
    files.completed(3);
    assertThat(reusable(files)).isEqualTo(Map.of("x", x1));
  }

  private static Map<String, StreamStateHandle> reusable(UploadedFiles files) {
    Map<String, StreamStateHandle> reusable = files.begin(1000, true);
    files.giveUp(1000);
    return reusable;
  }

  private static StreamStateHandle handle(String name) {
    return new FileStateHandle(new org.apache.flink.core.fs.Path("file:/" + name), 1);
  }
}
