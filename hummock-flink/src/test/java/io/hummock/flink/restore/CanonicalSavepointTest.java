package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.restore.KeyedBackends.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Canonical savepoints between Hummock and Flink's own backends, at other parallelisms too. */
class CanonicalSavepointTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final KeyGroupRange LEFT = KeyGroupRange.of(0, 6);
  private static final KeyGroupRange RIGHT = KeyGroupRange.of(7, KeyedBackends.KEY_GROUPS - 1);

  @TempDir private Path directory;
  private KeyedBackends backends;

  @BeforeEach
  void open() throws Exception {
    backends = new KeyedBackends(directory);
  }

  @AfterEach
  void close() throws Exception {
    backends.close();
  }

  static Stream<Arguments> pairs() {
    return Stream.of(
        Arguments.of(Kind.HUMMOCK, Kind.HUMMOCK),
        Arguments.of(Kind.HUMMOCK, Kind.HEAP),
        Arguments.of(Kind.HUMMOCK, Kind.ROCKSDB),
        Arguments.of(Kind.HEAP, Kind.HUMMOCK),
        Arguments.of(Kind.ROCKSDB, Kind.HUMMOCK));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void stateOfEveryKindMovesAndSplits(Kind from, Kind to) throws Exception {
    KeyedStateHandle savepoint = written(from, ALL, false, 1);

    for (KeyGroupRange half : List.of(LEFT, RIGHT)) {
      checked(from, to, half, KeyedBackends.assign(half, savepoint));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void stateOfEveryKindMovesAndMerges(Kind from, Kind to) throws Exception {
    KeyedStateHandle left = written(from, LEFT, false, 1);
    KeyedStateHandle right = written(from, RIGHT, true, 2);

    checked(from, to, ALL, KeyedBackends.assign(ALL, left, right));
  }

  /**
   * As after a rescale under the changelog, when one subtask has not materialized its state yet.
   */
  @Test
  void savepointAndCheckpointOfOtherKeyGroupsAreRestoredTogether() throws Exception {
    KeyedStateHandle savepoint = written(Kind.ROCKSDB, LEFT, false, 1);
    KeyedStateHandle checkpoint;
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, RIGHT, List.of());
    try {
      contents(backend, Kind.HUMMOCK, true).write(RIGHT);
      checkpoint = backends.checkpoint(backend, 2);
    } finally {
      backend.dispose();
    }

    checked(Kind.HUMMOCK, Kind.HUMMOCK, ALL, KeyedBackends.assign(ALL, savepoint, checkpoint));
  }

  @Test
  void expiredStateIsNotInASavepoint() throws Exception {
    StateTtlConfig ttl =
        StateTtlConfig.newBuilder(Duration.ofMillis(100)).cleanupFullSnapshot().build();
    ValueStateDescriptor<Integer> value =
        new ValueStateDescriptor<>("value", IntSerializer.INSTANCE);
    ListStateDescriptor<String> list = new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
    MapStateDescriptor<String, Integer> map =
        new MapStateDescriptor<>("map", StringSerializer.INSTANCE, IntSerializer.INSTANCE);
    value.enableTimeToLive(ttl);
    list.enableTimeToLive(ttl);
    map.enableTimeToLive(ttl);
    KeyedStateHandle savepoint;
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, ALL, List.of());
    try {
      backend.setCurrentKey(1);
      state(backend, value).update(1);
      state(backend, list).add("old");
      state(backend, map).put("old", 1);
      backends.setTime(150);
      state(backend, list).add("new");
      state(backend, map).put("new", 2);
      savepoint = backends.savepoint(backend, 1);
    } finally {
      backend.dispose();
    }

    // Back in time: what is seen was in the savepoint, and is not hidden by its age.
    backends.setTime(50);
    backend = backends.open(Kind.HUMMOCK, ALL, KeyedBackends.assign(ALL, savepoint));
    try {
      backend.setCurrentKey(1);
      assertThat(state(backend, value).value()).isNull();
      assertThat(state(backend, list).get()).containsExactly("new");
      assertThat(state(backend, map).keys()).containsExactly("new");
    } finally {
      backend.dispose();
    }
  }

  @Test
  void restoredStateNobodyAskedForIsInTheNextSavepoint() throws Exception {
    KeyedStateHandle first = written(Kind.HUMMOCK, ALL, false, 1);
    KeyedStateHandle second;
    CheckpointableKeyedStateBackend<Integer> untouched =
        backends.open(Kind.HUMMOCK, ALL, List.of(first));
    try {
      second = backends.savepoint(untouched, 2);
    } finally {
      untouched.dispose();
    }

    checked(Kind.HUMMOCK, Kind.HUMMOCK, ALL, List.of(second));
  }

  @Test
  void backendWithoutStateHasNothingInASavepoint() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, ALL, List.of());
    try {
      assertThat(backends.savepoint(backend, 1)).isNull();
    } finally {
      backend.dispose();
    }
  }

  private KeyedStateHandle written(Kind kind, KeyGroupRange range, boolean reversed, long id)
      throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(kind, range, List.of());
    try {
      contents(backend, kind, reversed).write(range);
      return backends.savepoint(backend, id);
    } finally {
      backend.dispose();
    }
  }

  private void checked(Kind writer, Kind kind, KeyGroupRange range, List<KeyedStateHandle> handles)
      throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(kind, range, handles);
    try {
      contents(backend, writer, false).check(range);
    } finally {
      backend.dispose();
    }
  }

  private static KeyedContents contents(
      CheckpointableKeyedStateBackend<Integer> backend, Kind writer, boolean reversed)
      throws Exception {
    KeyedContents contents = new KeyedContents(backend, reversed);
    return writer == Kind.HEAP ? contents.withoutNulls() : contents;
  }

  private static ValueState<Integer> state(
      CheckpointableKeyedStateBackend<Integer> backend, ValueStateDescriptor<Integer> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static ListState<String> state(
      CheckpointableKeyedStateBackend<Integer> backend, ListStateDescriptor<String> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static MapState<String, Integer> state(
      CheckpointableKeyedStateBackend<Integer> backend,
      MapStateDescriptor<String, Integer> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }
}
