package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.restore.KeyedBackends.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees from checkpoints and native savepoints of trees, at the same and other parallelisms. */
class CheckpointRestoreTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final KeyGroupRange LEFT = KeyGroupRange.of(0, 6);
  private static final KeyGroupRange RIGHT = KeyGroupRange.of(7, KeyedBackends.KEY_GROUPS - 1);
  private static final KeyGroupRange MIDDLE = KeyGroupRange.of(4, 9);

  @TempDir private Path directory;
  private KeyedBackends backends;

  @BeforeEach
  void open() throws Exception {
    backends = new KeyedBackends(directory.resolve("checkpoints"));
  }

  @AfterEach
  void close() throws Exception {
    backends.close();
  }

  @Test
  void subtasksThatRegisteredStatesInOtherOrdersAreMerged() throws Exception {
    KeyedStateHandle left = written(LEFT, false, 1);
    KeyedStateHandle right = written(RIGHT, true, 2);

    checked(ALL, KeyedBackends.assign(ALL, left, right));
    checked(MIDDLE, KeyedBackends.assign(MIDDLE, left, right));
  }

  @Test
  void checkpointIsSplitAndItsPartsGoOnBySharingItsFiles() throws Exception {
    IncrementalRemoteKeyedStateHandle whole = written(ALL, false, 1);
    SharedStateRegistryImpl registry = new SharedStateRegistryImpl();
    whole.registerSharedStates(registry, 1);

    List<KeyedStateHandle> parts = new ArrayList<>();
    for (KeyGroupRange half : List.of(LEFT, RIGHT)) {
      CheckpointableKeyedStateBackend<Integer> backend =
          backends.open(Kind.HUMMOCK, half, KeyedBackends.assign(half, whole));
      try {
        new KeyedContents(backend, false).check(half);
        KeyedStateHandle part = backends.checkpoint(backend, 2);
        part.registerSharedStates(registry, 2);
        parts.add(part);
      } finally {
        backend.dispose();
      }
    }
    registry.unregisterUnusedState(2);

    checked(ALL, parts);
  }

  /** As after two rescales under the changelog, which materializes in its own time. */
  @Test
  void checkpointThatTwoSubtasksHandInIsRestoredOnce() throws Exception {
    KeyedStateHandle whole = written(ALL, false, 1);

    checked(MIDDLE, KeyedBackends.assign(MIDDLE, whole, InstantiationUtil.clone(whole)));
  }

  @Test
  void nativeSavepointIsRestoredWhereItWasMoved() throws Exception {
    IncrementalRemoteKeyedStateHandle savepoint;
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, ALL, List.of());
    try {
      new KeyedContents(backend, false).write(ALL);
      savepoint = (IncrementalRemoteKeyedStateHandle) backends.nativeSavepoint(backend, 1);
    } finally {
      backend.dispose();
    }
    Path moved = directory.resolve("moved");
    FileStateHandle metadata = (FileStateHandle) savepoint.getMetaDataStateHandle();
    Files.move(Path.of(metadata.getFilePath().getParent().toUri().getPath()), moved);
    savepoint = relocated(savepoint, moved);

    // The first checkpoint has copies of all, so that the savepoint can go.
    IncrementalRemoteKeyedStateHandle checkpoint;
    backend = backends.open(Kind.HUMMOCK, ALL, List.of(savepoint));
    try {
      new KeyedContents(backend, false).check(ALL);
      checkpoint = (IncrementalRemoteKeyedStateHandle) backends.checkpoint(backend, 2);
    } finally {
      backend.dispose();
    }
    assertThat(checkpoint.getSharedState())
        .isNotEmpty()
        .noneMatch(file -> file.getHandle() instanceof RelativeFileStateHandle);
    savepoint.discardState();
    checked(ALL, List.of(checkpoint));
  }

  /**
   * Restored without claim: whoever owns the old checkpoint may delete it after the first new one.
   */
  @Test
  void treeNeedsNothingOfTheOldCheckpointAfterAFullOne() throws Exception {
    IncrementalRemoteKeyedStateHandle old = written(ALL, false, 1);
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, ALL, List.of(old));
    IncrementalRemoteKeyedStateHandle next;
    try {
      IncrementalRemoteKeyedStateHandle full =
          (IncrementalRemoteKeyedStateHandle) backends.fullCheckpoint(backend, 2);
      assertThat(files(full)).isNotEmpty().doesNotContainAnyElementsOf(files(old));
      old.discardState();
      new KeyedContents(backend, false).check(ALL);
      next = (IncrementalRemoteKeyedStateHandle) backends.checkpoint(backend, 3);
      assertThat(files(next)).doesNotContainAnyElementsOf(files(old));
    } finally {
      backend.dispose();
    }
    checked(ALL, List.of(next));
  }

  @Test
  void disposedBackendLeavesOnlyWhatCheckpointsHave() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(ALL, false, 1);
    Path working = directory.resolve("checkpoints");
    List<String> left = new ArrayList<>();
    try (Stream<Path> files = Files.walk(working)) {
      files
          .filter(file -> file.toString().contains("/hummock/") && Files.isRegularFile(file))
          .forEach(file -> left.add(file.toString()));
    }

    assertThat(left).containsExactlyInAnyOrderElementsOf(files(checkpoint));
  }

  private static List<String> files(IncrementalRemoteKeyedStateHandle handle) {
    return handle.getSharedState().stream()
        .map(file -> file.getHandle().maybeGetPath().orElseThrow().getPath())
        .toList();
  }

  @Test
  void restoreReadsNoFileOfTheTree() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(ALL, false, 1);
    List<HandleAndLocalPath> missing = new ArrayList<>();
    for (HandleAndLocalPath file : checkpoint.getSharedState()) {
      missing.add(
          HandleAndLocalPath.of(
              new FileStateHandle(new org.apache.flink.core.fs.Path("file:/nowhere/" + file), 1),
              file.getLocalPath()));
    }

    backends.open(Kind.HUMMOCK, ALL, List.of(with(checkpoint, missing))).dispose();
  }

  @Test
  void fileThatIsMissingInTheHandleIsNamed() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(ALL, false, 1);
    HandleAndLocalPath lost = checkpoint.getSharedState().get(0);
    List<HandleAndLocalPath> rest = new ArrayList<>(checkpoint.getSharedState());
    rest.remove(0);

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(with(checkpoint, rest))))
        .hasStackTraceContaining(lost.getLocalPath());
  }

  @Test
  void checkpointOfAnotherBackendIsRefused() throws Exception {
    KeyedStateHandle foreign;
    CheckpointableKeyedStateBackend<Integer> rocksDb = backends.open(Kind.ROCKSDB, ALL, List.of());
    try {
      new KeyedContents(rocksDb, false).write(ALL);
      foreign = backends.checkpoint(rocksDb, 1);
    } finally {
      rocksDb.dispose();
    }

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(foreign)))
        .hasStackTraceContaining("canonical");
  }

  @Test
  void twoCheckpointsOfTheSameKeyGroupsAreRefused() throws Exception {
    KeyedStateHandle left = written(LEFT, false, 1);
    KeyedStateHandle middle = written(MIDDLE, false, 2);

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(left, middle)))
        .hasStackTraceContaining("two checkpoints have")
        .hasStackTraceContaining("startKeyGroup=4, endKeyGroup=6");
  }

  @Test
  void cutOffMetadataAreCorrupt() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(ALL, false, 1);
    byte[] bytes = checkpoint.getMetaDataStateHandle().openInputStream().readAllBytes();
    for (int length = 0; length < bytes.length; length += 1 + bytes.length / 40) {
      StreamStateHandle cut =
          new ByteStreamStateHandle("cut", java.util.Arrays.copyOf(bytes, length));
      IncrementalRemoteKeyedStateHandle damaged =
          new IncrementalRemoteKeyedStateHandle(
              UUID.randomUUID(), ALL, 1, checkpoint.getSharedState(), List.of(), cut);

      assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(damaged)))
          .as("the first %d bytes", length)
          .hasStackTraceContaining("CorruptionException: cut @");
    }
  }

  private IncrementalRemoteKeyedStateHandle written(KeyGroupRange range, boolean reversed, long id)
      throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, range, List.of());
    try {
      new KeyedContents(backend, reversed).write(range);
      return (IncrementalRemoteKeyedStateHandle) backends.checkpoint(backend, id);
    } finally {
      backend.dispose();
    }
  }

  private void checked(KeyGroupRange range, List<KeyedStateHandle> handles) throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, range, handles);
    try {
      new KeyedContents(backend, false).check(range);
    } finally {
      backend.dispose();
    }
  }

  private static IncrementalRemoteKeyedStateHandle with(
      IncrementalRemoteKeyedStateHandle handle, List<HandleAndLocalPath> files) {
    return new IncrementalRemoteKeyedStateHandle(
        handle.getBackendIdentifier(),
        handle.getKeyGroupRange(),
        handle.getCheckpointId(),
        files,
        List.of(),
        handle.getMetaDataStateHandle());
  }

  /** As Flink reads the metadata of a savepoint that was moved. */
  private static IncrementalRemoteKeyedStateHandle relocated(
      IncrementalRemoteKeyedStateHandle handle, Path moved) {
    List<HandleAndLocalPath> files = new ArrayList<>();
    for (HandleAndLocalPath file : handle.getSharedState()) {
      files.add(HandleAndLocalPath.of(relocated(file.getHandle(), moved), file.getLocalPath()));
    }
    return new IncrementalRemoteKeyedStateHandle(
        handle.getBackendIdentifier(),
        handle.getKeyGroupRange(),
        handle.getCheckpointId(),
        files,
        List.of(),
        relocated(handle.getMetaDataStateHandle(), moved));
  }

  private static StreamStateHandle relocated(StreamStateHandle handle, Path moved) {
    RelativeFileStateHandle relative = (RelativeFileStateHandle) handle;
    return new RelativeFileStateHandle(
        new org.apache.flink.core.fs.Path(
            new org.apache.flink.core.fs.Path(moved.toUri()), relative.getRelativePath()),
        relative.getRelativePath(),
        relative.getStateSize());
  }
}
