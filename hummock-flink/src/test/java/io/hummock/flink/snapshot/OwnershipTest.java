package io.hummock.flink.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.storage.FileSystemObjectStore;
import io.hummock.metrics.Clock;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import java.io.InvalidObjectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SharedStateRegistryKey;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who deletes which file, rule by rule as ARCHITECTURE.md numbers them. */
class OwnershipTest {
  @TempDir private Path root;

  // ---- 1. Claims

  @Test
  void discardingASnapshotInTheTaskDeletesNoLiveFile() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle snapshot = harness.checkpoint(1);
    assertThat(harness.tree.pendingClaims()).isEqualTo(1);

    snapshot.discardState();

    assertThat(harness.exists(file)).isTrue();
    assertThat(harness.tree.pendingClaims()).isZero();
    assertThat(SnapshotHarness.files(root)).hasSize(1);
  }

  @Test
  void fileStaysWhileASnapshotIsOnItsWayAndGoesWhenThatIsDiscarded() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle snapshot = harness.checkpoint(1);

    harness.tree.drop(file);
    assertThat(harness.exists(file)).isTrue();

    snapshot.discardState();
    assertThat(harness.exists(file)).isFalse();
  }

  @Test
  void serialisedHandleIsAPlainOneAndTheTreeNeverDeletesItsFile() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle snapshot = harness.checkpoint(1);
    assertThat(harness.tree.isHandedOver(file)).isFalse();

    IncrementalRemoteKeyedStateHandle sent = SnapshotHarness.acknowledge(snapshot);

    StreamStateHandle handle = sent.getSharedState().get(0).getHandle();
    assertThat(handle.getClass()).isEqualTo(FileStateHandle.class);
    assertThat(handle.getStateSize()).isEqualTo(1);
    assertThat(harness.tree.isHandedOver(file)).isTrue();
    harness.tree.drop(file);
    snapshot.discardState();
    assertThat(harness.exists(file)).isTrue();
  }

  @Test
  void serialisingTwiceHandsOverOnce() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle snapshot = harness.checkpoint(1);

    assertThat(SnapshotHarness.paths(SnapshotHarness.acknowledge(snapshot)))
        .isEqualTo(SnapshotHarness.paths(SnapshotHarness.acknowledge(snapshot)));
    assertThat(harness.tree.pendingClaims()).isZero();
  }

  @Test
  void discardedSnapshotCannotBeSentAnyMore() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle snapshot = harness.checkpoint(1);
    snapshot.discardState();

    assertThatThrownBy(() -> SnapshotHarness.acknowledge(snapshot))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessageContaining("discarded");
  }

  @Test
  void cancelledSnapshotReleasesItsClaimsAndLeavesNothing() throws Exception {
    FaultyObjectStore files = new FaultyObjectStore(new FileSystemObjectStore(), Clock.SYSTEM);
    SnapshotHarness harness = SnapshotHarness.shared(root, files);
    String file = harness.tree.write("a");
    RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
        harness.begin(1, SharingFilesStrategy.FORWARD_BACKWARD, harness.location(1));
    harness.cancellation.close();
    future.run();

    assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
    assertThat(harness.tree.pendingClaims()).isZero();
    assertThat(harness.exists(file)).isTrue();
    assertThat(SnapshotHarness.files(root)).hasSize(1);
  }

  @Test
  void resultThatComesWhenTheSnapshotIsCancelledIsDiscarded() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
        harness.begin(1, SharingFilesStrategy.FORWARD_BACKWARD, harness.location(1));
    // All is done then, but the future does not have the result yet.
    harness.tree.whenClosed = () -> future.cancel(true);

    future.run();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(future.isCancelled()).isTrue();
    assertThat(harness.tree.pendingClaims()).isZero();
    assertThat(SnapshotHarness.files(root)).hasSize(1);
    assertThat(harness.exists(file)).isTrue();
  }

  @Test
  void jobManagerDeletesWhatNoRetainedCheckpointHas() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    String first = harness.tree.write("a");
    String second = harness.tree.write("b");
    register(registry, harness, 1);

    harness.tree.drop(first);
    String third = harness.tree.write("c");
    register(registry, harness, 2);
    assertThat(harness.exists(first)).isTrue();

    registry.unregisterUnusedState(2);
    assertThat(harness.exists(first)).isFalse();
    assertThat(harness.exists(second)).isTrue();
    assertThat(harness.exists(third)).isTrue();
    register(registry, harness, 3);
  }

  @Test
  void abortedCheckpointTakesNoFileFromTheNext() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    String file = harness.tree.write("a");
    // Acknowledged, and aborted since another task did not.
    IncrementalRemoteKeyedStateHandle aborted = register(registry, harness, 1);
    IncrementalRemoteKeyedStateHandle next = register(registry, harness, 2);

    aborted.discardState();
    harness.strategy.notifyCheckpointAborted(1);
    registry.unregisterUnusedState(2);

    assertThat(SnapshotHarness.paths(next)).containsExactly(file);
    assertThat(harness.exists(file)).isTrue();
  }

  // ---- 2. Readers

  @Test
  void snapshotHasTheFilesOfOpenReaders() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    String read = harness.tree.write("a");
    register(registry, harness, 1);
    harness.tree.pin(read);
    harness.tree.drop(read);
    harness.tree.write("b");

    IncrementalRemoteKeyedStateHandle second = register(registry, harness, 2);
    registry.unregisterUnusedState(2);

    assertThat(SnapshotHarness.paths(second)).contains(read);
    assertThat(harness.exists(read)).isTrue();
  }

  // ---- 3. Real handles, one spelling

  @Test
  void eachCheckpointHasRealHandlesOfOneSpelling() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root.resolve("with space"));
    harness.tree.write("a");

    StreamStateHandle first = sent(harness.checkpoint(1));
    StreamStateHandle second = sent(harness.checkpoint(2));

    assertThat(first.getClass()).isEqualTo(FileStateHandle.class);
    assertThat(second).isEqualTo(first);
    assertThat(SharedStateRegistryKey.forStreamStateHandle(second))
        .isEqualTo(SharedStateRegistryKey.forStreamStateHandle(first));
    // As a JobManager reads it from _metadata again.
    org.apache.flink.core.fs.Path written =
        new org.apache.flink.core.fs.Path(((FileStateHandle) first).getFilePath().toString());
    assertThat(SharedStateRegistryKey.forStreamStateHandle(new FileStateHandle(written, 1)))
        .isEqualTo(SharedStateRegistryKey.forStreamStateHandle(first));
    assertThat(harness.objects.pathOf(new FileStateHandle(written, 1)))
        .isEqualTo(harness.tree.live().get(0));
  }

  @Test
  void onlyNewBytesAreCounted() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    harness.tree.write("aaaa");
    IncrementalRemoteKeyedStateHandle first = harness.checkpoint(1);
    long metadata = first.getMetaDataStateHandle().getStateSize();
    assertThat(first.getCheckpointedSize()).isEqualTo(4 + metadata);
    SnapshotHarness.acknowledge(first);

    harness.tree.write("bb");
    IncrementalRemoteKeyedStateHandle second = harness.checkpoint(2);
    assertThat(second.getCheckpointedSize()).isEqualTo(2 + metadata);
    assertThat(second.getStateSize()).isEqualTo(6 + metadata);
  }

  // ---- 4. Native savepoints

  @Test
  void nativeSavepointHasCopiesInItsOwnDirectoryOnly() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle savepoint =
        SnapshotHarness.acknowledge(
            harness.snapshot(
                1, SharingFilesStrategy.NO_SHARING, harness.savepointLocation("savepoint")));

    HandleAndLocalPath copy = savepoint.getSharedState().get(0);
    assertThat(copy.getHandle().getClass()).isEqualTo(RelativeFileStateHandle.class);
    assertThat(savepoint.getMetaDataStateHandle()).isInstanceOf(RelativeFileStateHandle.class);
    assertThat(SnapshotHarness.files(root.resolve("savepoint"))).hasSize(2);
    assertThat(file).endsWith(copy.getLocalPath());
    assertThat(harness.tree.isHandedOver(file)).isFalse();
    assertThat(harness.tree.pendingClaims()).isZero();
    assertThat(copy.getHandle().openInputStream().readAllBytes()).asString().isEqualTo("abc");
  }

  @Test
  void abortedSavepointTakesItsCopiesAndNoWorkingFile() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle savepoint =
        SnapshotHarness.acknowledge(
            harness.snapshot(
                1, SharingFilesStrategy.NO_SHARING, harness.savepointLocation("savepoint")));

    savepoint.discardState();

    assertThat(SnapshotHarness.files(root.resolve("savepoint"))).isEmpty();
    assertThat(harness.exists(file)).isTrue();
  }

  @Test
  void twoSavepointsOfTheSameFileHaveTwoCopies() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    harness.tree.write("abc");
    IncrementalRemoteKeyedStateHandle first =
        harness.snapshot(1, SharingFilesStrategy.NO_SHARING, harness.savepointLocation("both"));
    IncrementalRemoteKeyedStateHandle second =
        harness.snapshot(2, SharingFilesStrategy.NO_SHARING, harness.savepointLocation("both"));

    first.discardState();

    assertThat(SnapshotHarness.paths(second)).allMatch(harness::exists);
  }

  @Test
  void savepointThatFailsAnywhereLeavesNothingAndNoClaim() throws Exception {
    for (Mode mode : List.of(Mode.ERROR_BEFORE, Mode.ERROR_AFTER_EFFECT)) {
      for (int copy = 1; copy <= 3; copy++) {
        Path directory = root.resolve(mode + "-" + copy);
        FaultyObjectStore files = new FaultyObjectStore(new FileSystemObjectStore(), Clock.SYSTEM);
        SnapshotHarness harness = SnapshotHarness.shared(directory, files);
        for (int i = 0; i < 3; i++) {
          harness.tree.write("file " + i);
        }
        files.failCall(Call.COPY, copy, mode);

        assertThatThrownBy(
                () ->
                    harness.snapshot(
                        1, SharingFilesStrategy.NO_SHARING, harness.savepointLocation("savepoint")))
            .hasStackTraceContaining("injected failure");

        assertThat(SnapshotHarness.files(directory.resolve("savepoint"))).isEmpty();
        assertThat(harness.tree.live()).allMatch(harness::exists).hasSize(3);
        assertThat(harness.tree.pendingClaims()).isZero();
      }
    }
  }

  // ---- 5. No claim

  @Test
  void forwardSnapshotSharesNothingWithEarlierOnesAndTheTreeUsesItsCopies() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    Path foreign = Files.writeString(Files.createDirectory(root.resolve("old")).resolve("x"), "x");
    String restored = "file:" + foreign;
    harness.tree.restore("x.sst", restored, 1);
    String earlier = harness.tree.write("a");
    SnapshotHarness.acknowledge(harness.checkpoint(1));

    IncrementalRemoteKeyedStateHandle full =
        SnapshotHarness.acknowledge(
            harness.snapshot(2, SharingFilesStrategy.FORWARD, harness.location(2)));

    assertThat(SnapshotHarness.paths(full)).hasSize(2).doesNotContain(restored, earlier);
    assertThat(harness.tree.live())
        .containsExactlyInAnyOrderElementsOf(SnapshotHarness.paths(full));
    Files.delete(foreign);
    IncrementalRemoteKeyedStateHandle next = SnapshotHarness.acknowledge(harness.checkpoint(3));
    assertThat(SnapshotHarness.paths(next))
        .containsExactlyInAnyOrderElementsOf(SnapshotHarness.paths(full))
        .allMatch(harness::exists);
  }

  /**
   * Flink writes a relative handle relative to whichever checkpoint has it, and refuses another
   * handle of the same file: so what was restored from a native savepoint is never referred to.
   */
  @Test
  void firstCheckpointCopiesWhatANativeSavepointHad() throws Exception {
    SnapshotHarness harness = SnapshotHarness.sharedRestored(root);
    Path foreign = Files.writeString(Files.createDirectory(root.resolve("old")).resolve("x"), "x");
    harness.tree.restore("x.sst", "file:" + foreign, 1);

    IncrementalRemoteKeyedStateHandle first = SnapshotHarness.acknowledge(harness.checkpoint(1));
    IncrementalRemoteKeyedStateHandle second = SnapshotHarness.acknowledge(harness.checkpoint(2));

    assertThat(SnapshotHarness.paths(first))
        .hasSize(1)
        .allMatch(path -> path.startsWith(harness.placement.directory()));
    assertThat(SnapshotHarness.paths(second)).isEqualTo(SnapshotHarness.paths(first));
  }

  // ---- 6. Metadata

  @Test
  void metadataOfALateAcknowledgementMayGo() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    String file = harness.tree.write("a");
    IncrementalRemoteKeyedStateHandle late = register(registry, harness, 1);

    late.discardState();

    assertThat(SnapshotHarness.files(root)).hasSize(1);
    IncrementalRemoteKeyedStateHandle next = register(registry, harness, 2);
    assertThat(SnapshotHarness.paths(next)).containsExactly(file);
  }

  // ---- 7. Leaks rather than losses

  @Test
  void whatIsLostOnTheWayIsLeftAlone() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    byte[] lost = InstantiationUtil.serializeObject(harness.checkpoint(1));
    assertThat(lost).isNotEmpty();

    harness.strategy.notifyCheckpointAborted(1);
    harness.tree.drop(file);

    assertThat(harness.exists(file)).isTrue();
  }

  @Test
  void notificationsInAnyOrderDoNoHarm() throws Exception {
    SnapshotHarness harness = SnapshotHarness.shared(root);
    String file = harness.tree.write("a");
    harness.strategy.notifyCheckpointComplete(7);
    harness.strategy.notifyCheckpointAborted(7);
    harness.strategy.notifyCheckpointSubsumed(9);
    SnapshotHarness.acknowledge(harness.checkpoint(1));
    harness.strategy.notifyCheckpointSubsumed(1);
    harness.strategy.notifyCheckpointAborted(1);
    harness.strategy.notifyCheckpointComplete(1);

    assertThat(SnapshotHarness.paths(harness.checkpoint(2))).containsExactly(file);
    assertThat(harness.exists(file)).isTrue();
  }

  private static IncrementalRemoteKeyedStateHandle register(
      SharedStateRegistryImpl registry, SnapshotHarness harness, long checkpoint) throws Exception {
    IncrementalRemoteKeyedStateHandle handle =
        SnapshotHarness.acknowledge(harness.checkpoint(checkpoint));
    handle.registerSharedStates(registry, checkpoint);
    return handle;
  }

  private static StreamStateHandle sent(IncrementalRemoteKeyedStateHandle snapshot)
      throws Exception {
    return SnapshotHarness.acknowledge(snapshot).getSharedState().get(0).getHandle();
  }
}
