package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.CorruptionException;
import io.hummock.flink.HummockStateBackend;
import io.hummock.flink.restore.KeyedBackends.Kind;
import io.hummock.objectstore.ObjectNotFoundException;
import java.io.EOFException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not right to restore from: the job fails, and is told what, where and what to do. */
class BadInputTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final ValueStateDescriptor<String> VALUE =
      new ValueStateDescriptor<>("balance", StringSerializer.INSTANCE);
  private static final MapStateDescriptor<String, Integer> MAP =
      new MapStateDescriptor<>("visits", StringSerializer.INSTANCE, IntSerializer.INSTANCE);

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
  void anotherMaximumParallelismIsRefused() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(1);

    for (int other : List.of(8, 32, 128)) {
      assertThatThrownBy(
              () ->
                  backends.open(
                      new HummockStateBackend(),
                      KeyGroupRange.of(0, other - 1),
                      other,
                      List.of(checkpoint)))
          .hasStackTraceContaining("checkpoint 1, metadata file:")
          .hasStackTraceContaining("maximum parallelism of 16")
          .hasStackTraceContaining("the operator has " + other + " now: set it to 16 again");
    }
  }

  @Test
  void stateHandleOfOtherKeyGroupsThanItsMetadataIsRefused() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(1);
    for (KeyGroupRange wrong : List.of(KeyGroupRange.of(0, 7), KeyGroupRange.of(0, 16))) {
      IncrementalRemoteKeyedStateHandle moved =
          new IncrementalRemoteKeyedStateHandle(
              checkpoint.getBackendIdentifier(),
              wrong,
              1,
              checkpoint.getSharedState(),
              List.of(),
              checkpoint.getMetaDataStateHandle());

      assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(moved)))
          .hasStackTraceContaining("KeyGroupRange{startKeyGroup=0, endKeyGroup=15}")
          .hasStackTraceContaining(wrong.toString())
          .hasStackTraceContaining("restore from another checkpoint");
    }
  }

  @Test
  void stateOfAnotherKindIsRefusedWhateverItWas() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(1);
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint));
    try {
      assertThatThrownBy(
              () ->
                  state(
                      backend,
                      new MapStateDescriptor<>(
                          "balance", StringSerializer.INSTANCE, IntSerializer.INSTANCE)))
          .hasStackTraceContaining("state 'balance' is a value state")
          .hasStackTraceContaining("cannot be registered as map state")
          .hasStackTraceContaining("another name");
      assertThatThrownBy(
              () -> state(backend, new ListStateDescriptor<>("visits", StringSerializer.INSTANCE)))
          .hasStackTraceContaining("state 'visits' is a map state")
          .hasStackTraceContaining("cannot be registered as list state");
      // The state itself is as it was.
      backend.setCurrentKey(7);
      assertThat(state(backend, VALUE).value()).isEqualTo("7");
    } finally {
      backend.dispose();
    }
  }

  @Test
  void missingObjectIsNamedWithItsCheckpointAndState() throws Exception {
    for (String suffix : List.of(".sst", ".meta")) {
      IncrementalRemoteKeyedStateHandle checkpoint = written(suffix.length());
      Path object = object(checkpoint, suffix);
      Files.delete(object);

      assertThatThrownBy(() -> readAll(checkpoint))
          .hasMessageContaining("state 'balance' cannot be read")
          .hasMessageContaining(object.getFileName().toString())
          .hasMessageContaining("checkpoint " + suffix.length() + ", metadata file:")
          .hasMessageContaining("restore from another checkpoint or savepoint")
          .hasCauseInstanceOf(ObjectNotFoundException.class);
    }
  }

  @Test
  void cutOffObjectIsNamedWithItsCheckpoint() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(3);
    Path object = object(checkpoint, ".sst");
    Files.write(object, Arrays.copyOf(Files.readAllBytes(object), 100));

    assertThatThrownBy(() -> readAll(checkpoint))
        .hasMessageContaining("state 'balance' cannot be read")
        .hasMessageContaining(object.getFileName().toString())
        .hasMessageContaining("checkpoint 3, metadata file:")
        .hasCauseInstanceOf(EOFException.class);
  }

  @Test
  void objectOfAnotherTableIsNamedWithItsCheckpoint() throws Exception {
    for (String suffix : List.of(".sst", ".meta")) {
      IncrementalRemoteKeyedStateHandle checkpoint = written(4);
      IncrementalRemoteKeyedStateHandle other = written(5);
      Path object = object(checkpoint, suffix);
      Files.write(object, Files.readAllBytes(object(other, suffix)));

      assertThatThrownBy(() -> readAll(checkpoint))
          .as(suffix)
          .hasMessageContaining("state 'balance' cannot be read")
          .hasMessageContaining(object.getFileName().toString())
          .hasMessageContaining("checkpoint 4, metadata file:")
          .hasCauseInstanceOf(CorruptionException.class);
    }
  }

  @Test
  void anyChangedByteOfTheMetadataIsNoticedAtOpen() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(6);
    Path metadata =
        Path.of(
            ((FileStateHandle) checkpoint.getMetaDataStateHandle())
                .getFilePath()
                .toUri()
                .getPath());
    byte[] bytes = Files.readAllBytes(metadata);
    for (int i = 0; i < bytes.length; i += 1 + bytes.length / 50) {
      byte[] changed = bytes.clone();
      changed[i] ^= 0x20;
      Files.write(metadata, changed);

      assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint)))
          .as("byte %d", i)
          .hasStackTraceContaining("CorruptionException")
          .hasStackTraceContaining(metadata.getFileName().toString());
    }
  }

  @Test
  void missingMetadataAreNamed() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint = written(7);
    Files.delete(
        Path.of(
            ((FileStateHandle) checkpoint.getMetaDataStateHandle())
                .getFilePath()
                .toUri()
                .getPath()));

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint)))
        .hasStackTraceContaining("checkpoint 7, metadata file:")
        .hasStackTraceContaining("restore from another checkpoint or savepoint");
  }

  @Test
  void schemeWithoutAFileSystemIsNamedAtOpen() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint =
        moved(written(8), path -> "nowhere://bucket" + path.substring("file:".length()));

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint)))
        .hasStackTraceContaining("checkpoint 8, metadata file:")
        .hasStackTraceContaining("has the object nowhere://bucket")
        .hasStackTraceContaining("install and configure its file system on each TaskManager");
  }

  @Test
  void objectsOfAnotherSpellingOfTheSchemeAreFound() throws Exception {
    IncrementalRemoteKeyedStateHandle checkpoint =
        moved(written(9), path -> "file://" + path.substring("file:".length()));

    readAll(checkpoint);
  }

  @Test
  void checkpointOfRocksDbIsRefusedWithTheWayOut() throws Exception {
    KeyedStateHandle foreign;
    CheckpointableKeyedStateBackend<Integer> rocksDb =
        backends.open(KeyedBackends.Kind.ROCKSDB, ALL, List.of());
    try {
      write(rocksDb);
      foreign = backends.checkpoint(rocksDb, 10);
    } finally {
      rocksDb.dispose();
    }
    assertThat(foreign).isInstanceOf(IncrementalRemoteKeyedStateHandle.class);

    assertThatThrownBy(() -> backends.open(Kind.HUMMOCK, ALL, List.of(foreign)))
        .hasStackTraceContaining("checkpoint 10, metadata file:")
        .hasStackTraceContaining("another state backend")
        .hasStackTraceContaining("savepoint in canonical format");
  }

  private IncrementalRemoteKeyedStateHandle written(long id) throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, ALL, List.of());
    try {
      write(backend);
      return (IncrementalRemoteKeyedStateHandle) backends.checkpoint(backend, id);
    } finally {
      backend.dispose();
    }
  }

  private static void write(CheckpointableKeyedStateBackend<Integer> backend) throws Exception {
    ValueState<String> value = state(backend, VALUE);
    MapState<String, Integer> map = state(backend, MAP);
    for (int key = 0; key < 50; key++) {
      backend.setCurrentKey(key);
      value.update(Integer.toString(key));
      map.put("a", key);
    }
  }

  private void readAll(IncrementalRemoteKeyedStateHandle checkpoint) throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint));
    try {
      ValueState<String> value = state(backend, VALUE);
      for (int key = 0; key < 50; key++) {
        backend.setCurrentKey(key);
        assertThat(value.value()).isEqualTo(Integer.toString(key));
      }
    } finally {
      backend.dispose();
    }
  }

  private static <S extends State> S state(
      CheckpointableKeyedStateBackend<Integer> backend, StateDescriptor<S, ?> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static Path object(IncrementalRemoteKeyedStateHandle checkpoint, String suffix) {
    for (HandleAndLocalPath file : checkpoint.getSharedState()) {
      if (file.getLocalPath().endsWith(suffix)) {
        return Path.of(file.getHandle().maybeGetPath().orElseThrow().toUri().getPath());
      }
    }
    throw new AssertionError("no " + suffix);
  }

  private static IncrementalRemoteKeyedStateHandle moved(
      IncrementalRemoteKeyedStateHandle checkpoint, UnaryOperator<String> path) {
    List<HandleAndLocalPath> files = new ArrayList<>();
    for (HandleAndLocalPath file : checkpoint.getSharedState()) {
      StreamStateHandle handle = file.getHandle();
      files.add(
          HandleAndLocalPath.of(
              new FileStateHandle(
                  new org.apache.flink.core.fs.Path(
                      path.apply(handle.maybeGetPath().orElseThrow().toString())),
                  handle.getStateSize()),
              file.getLocalPath()));
    }
    return new IncrementalRemoteKeyedStateHandle(
        checkpoint.getBackendIdentifier(),
        checkpoint.getKeyGroupRange(),
        checkpoint.getCheckpointId(),
        files,
        List.of(),
        checkpoint.getMetaDataStateHandle());
  }
}
