package io.hummock.flink.snapshot;

import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.storage.FileSystemObjectStore;
import io.hummock.flink.storage.Placement;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.metrics.Clock;
import io.hummock.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.util.InstantiationUtil;

/** A tree, its strategy and a checkpoint storage in a directory. */
final class SnapshotHarness {
  static final RegisteredState STATE =
      new RegisteredState(
          new RegisteredKeyValueStateBackendMetaInfo<>(
              StateDescriptor.Type.VALUE,
              "count",
              VoidNamespaceSerializer.INSTANCE,
              IntSerializer.INSTANCE));

  final Path root;
  final UriObjectStore objects;
  final FsCheckpointStorageAccess storage;
  final Placement placement;
  final FakeTree tree;
  final HummockSnapshotStrategy<String> strategy;
  final List<String> progress = new CopyOnWriteArrayList<>();
  final CloseableRegistry cancellation = new CloseableRegistry();

  private SnapshotHarness(Path root, ObjectStore files, boolean shared, boolean copiesRestored)
      throws IOException {
    this.root = root;
    objects = new UriObjectStore(scheme -> new UriObjectStore.Route(files, true));
    storage =
        new FsCheckpointStorageAccess(
            new org.apache.flink.core.fs.Path(root.resolve("checkpoints").toUri()),
            null,
            new JobID(),
            0,
            4096);
    storage.initializeBaseLocationsForCheckpoint();
    placement =
        shared
            ? Placement.shared(
                objects,
                new org.apache.flink.core.fs.Path(
                    storage.getSharedStateDirectory(), "hummock/op/" + UUID.randomUUID()))
            : Placement.local(
                objects,
                new org.apache.flink.core.fs.Path(root.resolve("local").toUri()),
                Long.MAX_VALUE);
    tree = new FakeTree(objects, placement.directory());
    strategy =
        new HummockSnapshotStrategy<>(
            tree,
            placement,
            StringSerializer.INSTANCE,
            KeyGroupRange.of(0, 9),
            10,
            Runnable::run,
            copiesRestored,
            new SnapshotMetrics(new UnregisteredMetricsGroup(), "op", Clock.SYSTEM, progress::add));
  }

  /** A tree in the shared directory. */
  static SnapshotHarness shared(Path root) throws IOException {
    return new SnapshotHarness(root, new FileSystemObjectStore(), true, false);
  }

  /** A tree in the shared directory, above an object store of the test. */
  static SnapshotHarness shared(Path root, ObjectStore files) throws IOException {
    return new SnapshotHarness(root, files, true, false);
  }

  /** A tree in the shared directory whose restored files have to be copied. */
  static SnapshotHarness sharedRestored(Path root) throws IOException {
    return new SnapshotHarness(root, new FileSystemObjectStore(), true, true);
  }

  /** A tree in a local directory. */
  static SnapshotHarness local(Path root) throws IOException {
    return new SnapshotHarness(root, new FileSystemObjectStore(), false, false);
  }

  CheckpointStreamFactory location(long checkpoint) throws IOException {
    storage.initializeLocationForCheckpoint(checkpoint);
    return storage.resolveCheckpointStorageLocation(
        checkpoint, CheckpointStorageLocationReference.getDefault());
  }

  /** Where a savepoint goes. */
  CheckpointStreamFactory savepointLocation(String name) throws IOException {
    Path directory = Files.createDirectories(root.resolve(name));
    return storage.resolveCheckpointStorageLocation(
        1,
        AbstractFsCheckpointStorageAccess.encodePathAsReference(
            new org.apache.flink.core.fs.Path(directory.toUri())));
  }

  RunnableFuture<SnapshotResult<KeyedStateHandle>> begin(
      long checkpoint, SharingFilesStrategy sharing, CheckpointStreamFactory location)
      throws IOException {
    return strategy.snapshot(checkpoint, sharing, List.of(STATE), location, cancellation);
  }

  /** A snapshot as the task has it. */
  IncrementalRemoteKeyedStateHandle snapshot(
      long checkpoint, SharingFilesStrategy sharing, CheckpointStreamFactory location)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> future = begin(checkpoint, sharing, location);
    future.run();
    return (IncrementalRemoteKeyedStateHandle) future.get().getJobManagerOwnedSnapshot();
  }

  /** A checkpoint as the task has it. */
  IncrementalRemoteKeyedStateHandle checkpoint(long checkpoint) throws Exception {
    return snapshot(checkpoint, SharingFilesStrategy.FORWARD_BACKWARD, location(checkpoint));
  }

  /** What comes out at the JobManager of what the task sends. */
  static IncrementalRemoteKeyedStateHandle acknowledge(IncrementalRemoteKeyedStateHandle handle)
      throws Exception {
    return InstantiationUtil.clone(handle);
  }

  static List<String> paths(IncrementalRemoteKeyedStateHandle handle) {
    return handle.getSharedState().stream()
        .map(HandleAndLocalPath::getHandle)
        .map(file -> UriObjectStore.pathOf(file.maybeGetPath().orElseThrow()))
        .toList();
  }

  boolean exists(String path) {
    return Files.exists(Path.of(java.net.URI.create(path.replace(" ", "%20"))));
  }

  /** All files below a directory. */
  static List<Path> files(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.filter(Files::isRegularFile).toList();
    }
  }
}
