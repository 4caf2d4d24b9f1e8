package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.restore.KeyedBackends.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateEntry;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalKvState.StateIncrementalVisitor;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of state whose time is over: in the store, in savepoints, under a visitor. */
class TimeToLiveTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final long TTL = 1_000;
  private static final StateTtlConfig DEFAULT =
      StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).build();
  private static final StateTtlConfig SNAPSHOT =
      StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).cleanupFullSnapshot().build();
  private static final String PADDING = "x".repeat(100);

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

  /** One state of each kind, two of lists. */
  private static final class States {
    final ValueState<String> value;
    final ListState<Long> longs;
    final ListState<String> strings;
    final MapState<Integer, String> map;
    final ReducingState<String> reducing;

    States(CheckpointableKeyedStateBackend<Integer> backend, StateTtlConfig ttl) throws Exception {
      value = state(backend, ttl, new ValueStateDescriptor<>("value", StringSerializer.INSTANCE));
      longs = state(backend, ttl, new ListStateDescriptor<>("longs", LongSerializer.INSTANCE));
      strings =
          state(backend, ttl, new ListStateDescriptor<>("strings", StringSerializer.INSTANCE));
      map =
          state(
              backend,
              ttl,
              new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE));
      reducing =
          state(
              backend,
              ttl,
              new ReducingStateDescriptor<>(
                  "reducing", (left, right) -> left + right, StringSerializer.INSTANCE));
    }

    void write(String text, long number, int mapKey) throws Exception {
      value.update(text);
      longs.add(number);
      longs.add(-number);
      strings.add(text);
      map.put(mapKey, text);
      reducing.add(text);
    }
  }

  private static <S extends State> S state(
      CheckpointableKeyedStateBackend<Integer> backend,
      StateTtlConfig ttl,
      StateDescriptor<S, ?> descriptor)
      throws Exception {
    descriptor.enableTimeToLive(ttl);
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private CheckpointableKeyedStateBackend<Integer> hummock() throws Exception {
    return backends.open(Kind.HUMMOCK, ALL, List.of());
  }

  private long storedBytes() throws IOException {
    while (true) {
      try (Stream<Path> files = Files.walk(directory)) {
        long sum = 0;
        for (Path file :
            files.filter(path -> path.toString().matches(".*[.](sst|meta)")).toList()) {
          sum += Files.size(file);
        }
        return sum;
      } catch (NoSuchFileException | UncheckedIOException deletedMeanwhile) {
        // Counted again.
      }
    }
  }

  // ---- In the store

  /**
   * Nothing is written and nothing is read after the expiry; the checkpoints that make the backend
   * look are taken back at once, so that all that lies in the store is the tree's.
   */
  @Test
  @Timeout(60)
  void withoutAnotherWriteTheStoreLosesNineTenthsOfItsBytes() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      States states = new States(backend, DEFAULT);
      var eternal =
          state(
              backend,
              StateTtlConfig.DISABLED,
              new ValueStateDescriptor<>("eternal", StringSerializer.INSTANCE));
      backends.setTime(1);
      for (int key = 0; key < 3_000; key++) {
        backend.setCurrentKey(key);
        states.write(PADDING + key, key, key);
        if (key % 30 == 0) {
          eternal.update(PADDING + key);
        }
        if (key % 1_000 == 999) {
          backends.snapshotAndTakeBack(backend, key);
        }
      }
      long full = storedBytes();
      assertThat(full).isGreaterThan(1 << 20);

      // Past the buckets that the tables' times are counted in.
      backends.setTime(2 * TTL);
      for (long id = 10_000; storedBytes() > full / 10; id++) {
        backends.snapshotAndTakeBack(backend, id);
      }

      backend.setCurrentKey(30);
      assertThat(eternal.value()).isEqualTo(PADDING + 30);
      backends.setTime(2);
      backend.setCurrentKey(30);
      assertThat(states.value.value()).as("not merely hidden").isNull();
      assertThat(states.map.isEmpty()).isTrue();
      assertThat(states.longs.get()).isEmpty();
    } finally {
      backend.dispose();
    }
  }

  // ---- In savepoints

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
  void whatHasExpiredIsNotInACanonicalSavepoint(Kind from, Kind to) throws Exception {
    KeyedStateHandle savepoint;
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(from, ALL, List.of());
    try {
      States states = new States(backend, SNAPSHOT);
      backends.setTime(0);
      backend.setCurrentKey(1);
      states.write("old", 1, 1);
      backend.setCurrentKey(2);
      states.write("old", 1, 1);
      backends.setTime(TTL - 1);
      states.longs.add(2L);
      states.strings.add("new");
      states.map.put(2, "new");
      backends.setTime(TTL);
      savepoint = backends.savepoint(backend, 1);
    } finally {
      backend.dispose();
    }

    // Back in time: what is seen was in the savepoint, and is not hidden by its age.
    backends.setTime(1);
    backend = backends.open(to, ALL, KeyedBackends.assign(ALL, savepoint));
    try {
      States states = new States(backend, SNAPSHOT);
      backend.setCurrentKey(1);
      assertThat(states.value.value()).isNull();
      assertThat(states.longs.get()).isEmpty();
      assertThat(states.strings.get()).isEmpty();
      assertThat(states.map.entries()).isEmpty();
      assertThat(states.reducing.get()).isNull();
      backend.setCurrentKey(2);
      assertThat(states.value.value()).isNull();
      assertThat(states.longs.get()).containsExactly(2L);
      assertThat(states.strings.get()).containsExactly("new");
      assertThat(states.map.keys()).containsExactly(2);
    } finally {
      backend.dispose();
    }
  }

  @Test
  void withoutCleanupInFullSnapshotsASavepointHasAll() throws Exception {
    KeyedStateHandle savepoint;
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    StateTtlConfig plain =
        StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).disableCleanupInBackground().build();
    try {
      States states = new States(backend, plain);
      backends.setTime(0);
      backend.setCurrentKey(1);
      states.write("old", 1, 1);
      backends.setTime(TTL);
      savepoint = backends.savepoint(backend, 1);
    } finally {
      backend.dispose();
    }
    backends.setTime(1);
    backend = backends.open(Kind.HUMMOCK, ALL, KeyedBackends.assign(ALL, savepoint));
    try {
      States states = new States(backend, plain);
      backend.setCurrentKey(1);
      assertThat(states.value.value()).isEqualTo("old");
      assertThat(states.map.keys()).containsExactly(1);
    } finally {
      backend.dispose();
    }
  }

  // ---- Under a visitor

  @SuppressWarnings("unchecked") // Flink's states are internal ones
  private static InternalMapState<Integer, VoidNamespace, Integer, String> map(
      CheckpointableKeyedStateBackend<Integer> backend) throws Exception {
    return (InternalMapState<Integer, VoidNamespace, Integer, String>)
        state(
            backend,
            StateTtlConfig.DISABLED,
            new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE));
  }

  @SuppressWarnings("unchecked") // Flink's states are internal ones
  private static InternalListState<Integer, VoidNamespace, String> list(
      CheckpointableKeyedStateBackend<Integer> backend) throws Exception {
    return (InternalListState<Integer, VoidNamespace, String>)
        state(
            backend,
            StateTtlConfig.DISABLED,
            new ListStateDescriptor<>("list", StringSerializer.INSTANCE));
  }

  @SuppressWarnings("unchecked") // Flink's states are internal ones
  private static InternalValueState<Integer, VoidNamespace, String> value(
      CheckpointableKeyedStateBackend<Integer> backend, StateTtlConfig ttl) throws Exception {
    return (InternalValueState<Integer, VoidNamespace, String>)
        state(backend, ttl, new ValueStateDescriptor<>("value", StringSerializer.INSTANCE));
  }

  /** All that is left, a few at a time. */
  private static <V> List<StateEntry<Integer, VoidNamespace, V>> visit(
      StateIncrementalVisitor<Integer, VoidNamespace, V> visitor, int atMost) {
    List<StateEntry<Integer, VoidNamespace, V>> all = new ArrayList<>();
    while (visitor.hasNext()) {
      Collection<StateEntry<Integer, VoidNamespace, V>> next = visitor.nextEntries();
      assertThat(next).hasSizeLessThanOrEqualTo(atMost);
      all.addAll(next);
    }
    return all;
  }

  @Test
  void aVisitorShowsEachEntryOnceAFewAtATime() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      var map = map(backend);
      int keys = 300;
      for (int key = 0; key < keys; key++) {
        backend.setCurrentKey(key);
        map.put(1, "one");
        map.put(2, "two");
      }
      List<String> seen = new ArrayList<>();
      for (var entry : visit(map.getStateIncrementalVisitor(7), 7)) {
        assertThat(entry.getNamespace()).isEqualTo(VoidNamespace.INSTANCE);
        assertThat(entry.getState()).hasSize(1);
        seen.add(entry.getKey() + " " + entry.getState());
      }
      assertThat(seen)
          .hasSize(2 * keys)
          .doesNotHaveDuplicates()
          .contains("17 {1=one}", "17 {2=two}");
    } finally {
      backend.dispose();
    }
  }

  @Test
  void whatAVisitorRemovesAndUpdatesIsGoneAndChanged() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      var map = map(backend);
      var list = list(backend);
      backend.setCurrentKey(1);
      map.put(1, "one");
      map.put(2, "two");
      list.addAll(List.of("a", "b"));
      var maps = map.getStateIncrementalVisitor(5);
      for (var entry : visit(maps, 5)) {
        if (entry.getState().containsKey(1)) {
          maps.remove(entry);
        } else {
          maps.update(entry, Map.of(2, "other"));
        }
      }
      assertThat(map.entries()).containsExactly(Map.entry(2, "other"));
      var lists = list.getStateIncrementalVisitor(5);
      for (var entry : visit(lists, 5)) {
        lists.update(entry, List.of("b"));
      }
      assertThat(list.get()).containsExactly("b");
    } finally {
      backend.dispose();
    }
  }

  @Test
  void aVisitorLeavesAloneWhatHasChangedSinceItLooked() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      var value = value(backend, StateTtlConfig.DISABLED);
      for (int key = 0; key < 10; key++) {
        backend.setCurrentKey(key);
        value.update("old");
      }
      var visitor = value.getStateIncrementalVisitor(5);
      var entries = visit(visitor, 5);
      assertThat(entries).hasSize(10);
      for (int key = 0; key < 10; key += 2) {
        backend.setCurrentKey(key);
        value.update("new");
      }
      for (var entry : entries) {
        if (Objects.requireNonNull(entry.getKey()) < 5) {
          visitor.remove(entry);
        } else {
          visitor.update(entry, "changed");
        }
      }
      for (int key = 0; key < 10; key++) {
        backend.setCurrentKey(key);
        assertThat(value.value()).isEqualTo(key % 2 == 0 ? "new" : key < 5 ? null : "changed");
      }
    } finally {
      backend.dispose();
    }
  }

  @Test
  void theDefaultCleanupCostsTheRecordsNothing() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      assertThat(DEFAULT.getCleanupStrategies().getIncrementalCleanupStrategy())
          .as("Flink asks for a visitor")
          .isNotNull();
      backends.setTime(0);
      var value = value(backend, DEFAULT);
      backend.setCurrentKey(1);
      value.update("old");
      backends.setTime(TTL);
      backend.setCurrentKey(2);
      for (int i = 0; i < 100; i++) {
        value.update("new");
      }
      assertThat(((AbstractKeyedStateBackend<Integer>) backend).numKeyValueStateEntries())
          .isEqualTo(2);
    } finally {
      backend.dispose();
    }
  }

  @Test
  void aVisitorCleansWhereItIsAskedFor() throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = hummock();
    try {
      var value =
          value(
              backend,
              StateTtlConfig.newBuilder(Duration.ofMillis(TTL))
                  .cleanupIncrementally(2, false)
                  .build());
      backends.setTime(0);
      for (int key = 0; key < 50; key++) {
        backend.setCurrentKey(key);
        value.update("old");
      }
      backends.setTime(TTL);
      backend.setCurrentKey(100);
      for (int i = 0; i < 50 + KeyedBackends.KEY_GROUPS; i++) {
        value.update("new");
      }
      assertThat(((AbstractKeyedStateBackend<Integer>) backend).numKeyValueStateEntries())
          .isEqualTo(1);
    } finally {
      backend.dispose();
    }
  }
}
