package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.restore.KeyedBackends.Kind;
import io.hummock.objectstore.ObjectNotFoundException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever reads state says which state it is that cannot be read, and why. */
class UnreadableStateTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final int KEY = 7;
  private static final String TIMERS = "_timer_state/event_alarms";

  private static final ValueStateDescriptor<Integer> VALUE =
      new ValueStateDescriptor<>("balance", IntSerializer.INSTANCE);
  private static final ListStateDescriptor<Integer> LIST =
      new ListStateDescriptor<>("orders", IntSerializer.INSTANCE);
  private static final ReducingStateDescriptor<Integer> REDUCING =
      new ReducingStateDescriptor<>(
          "total", (ReduceFunction<Integer>) Integer::sum, IntSerializer.INSTANCE);
  private static final MapStateDescriptor<Integer, byte[]> MAP =
      new MapStateDescriptor<>(
          "visits", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE);

  @TempDir private Path directory;
  private KeyedBackends backends;
  private CheckpointableKeyedStateBackend<Integer> backend;

  @BeforeEach
  void open() throws Exception {
    backends = new KeyedBackends(directory.resolve("checkpoints"));
    backend = backends.open(Kind.HUMMOCK, ALL, List.of());
  }

  @AfterEach
  void close() throws Exception {
    backend.dispose();
    backends.close();
  }

  @Test
  void everyAccessNamesItsState() throws Exception {
    write(10);
    for (Path table : restoreAndListTables()) {
      Files.delete(table);
    }
    ValueState<Integer> value = state(VALUE);
    ListState<Integer> list = state(LIST);
    ReducingState<Integer> reducing = state(REDUCING);
    MapState<Integer, byte[]> map = state(MAP);
    backend.setCurrentKey(KEY);

    Map<ThrowingCallable, String> accesses = new LinkedHashMap<>();
    accesses.put(value::value, "state 'balance' cannot be read");
    accesses.put(list::get, "state 'orders' cannot be read");
    accesses.put(reducing::get, "state 'total' cannot be read");
    accesses.put(() -> reducing.add(1), "state 'total' cannot be read");
    accesses.put(() -> map.get(3), "state 'visits' cannot be read");
    accesses.put(() -> map.contains(3), "state 'visits' cannot be read");
    accesses.put(map::isEmpty, "state 'visits' cannot be read");
    accesses.put(() -> map.iterator().hasNext(), "state 'visits' cannot be read");
    accesses.put(() -> map.entries().iterator().next(), "state 'visits' cannot be read");
    accesses.put(() -> map.keys().iterator().next(), "state 'visits' cannot be read");
    accesses.put(() -> map.values().iterator().next(), "state 'visits' cannot be read");
    accesses.put(map::clear, "state 'visits' cannot be cleared");
    accesses.put(() -> visitAll((InternalKvState<?, ?, ?>) map), "state 'visits' cannot be read");
    accesses.put(
        () -> backend.getKeys("balance", VoidNamespace.INSTANCE).count(),
        "the keys of value state 'balance'");
    accesses.put(
        () -> backend.getKeysAndNamespaces("orders").count(), "the keys of list state 'orders'");
    accesses.put(this::timers, "timers '" + TIMERS + "' cannot be read");

    accesses.forEach(
        (access, message) ->
            assertThatThrownBy(access)
                .as(message)
                .hasMessageContaining(message)
                .hasMessageContaining(".sst")
                .hasMessageContaining("checkpoint 1, metadata file:")
                .hasCauseInstanceOf(ObjectNotFoundException.class));
  }

  @Test
  void iterationThatFailsOnTheWayNamesItsState() throws Exception {
    write(4_000);
    List<Path> tables = restoreAndListTables();
    MapState<Integer, byte[]> map = state(MAP);
    backend.setCurrentKey(KEY);
    List<Iterator<?>> views =
        List.of(
            map.iterator(),
            map.entries().iterator(),
            map.keys().iterator(),
            map.values().iterator());
    var timers = timers();
    views.forEach(view -> assertThat(view.next()).isNotNull());
    assertThat(timers.poll()).isNotNull();
    for (Path table : tables) {
      // The file stays the same one, which may be open.
      Files.write(table, new byte[0]);
    }

    for (Iterator<?> view : views) {
      assertThatThrownBy(() -> view.forEachRemaining(entry -> {}))
          .hasMessageContaining("state 'visits' cannot be read: ")
          .hasCauseInstanceOf(IOException.class)
          .hasStackTraceContaining(EOFException.class.getName());
    }
    assertThatThrownBy(
            () -> {
              while (timers.poll() != null) {}
            })
        .hasMessageContaining("timers '" + TIMERS + "' cannot be read: ")
        .hasStackTraceContaining(EOFException.class.getName());
  }

  private static void visitAll(InternalKvState<?, ?, ?> state) {
    var visitor = state.getStateIncrementalVisitor(10);
    while (visitor.hasNext()) {
      assertThat(visitor.nextEntries()).isEmpty();
    }
  }

  /** Gives one key all kinds of state; values do not compress. */
  private void write(int entries) throws Exception {
    Random random = new Random(1);
    ValueState<Integer> value = state(VALUE);
    ListState<Integer> list = state(LIST);
    ReducingState<Integer> reducing = state(REDUCING);
    MapState<Integer, byte[]> map = state(MAP);
    var timers = timers();
    backend.setCurrentKey(KEY);
    value.update(1);
    list.add(1);
    reducing.add(1);
    for (int i = 0; i < entries; i++) {
      byte[] bytes = new byte[2_000];
      random.nextBytes(bytes);
      map.put(i, bytes);
      timers.add(new TimerHeapInternalTimer<>(random.nextLong(), KEY, VoidNamespace.INSTANCE));
    }
  }

  /** Restores the backend from a checkpoint, and gives the tables of it. */
  private List<Path> restoreAndListTables() throws Exception {
    var checkpoint = (IncrementalRemoteKeyedStateHandle) backends.checkpoint(backend, 1);
    backend.dispose();
    backend = backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint));
    List<Path> tables =
        checkpoint.getSharedState().stream()
            .filter(file -> file.getLocalPath().endsWith(".sst"))
            .map(HandleAndLocalPath::getHandle)
            .map(handle -> Path.of(handle.maybeGetPath().orElseThrow().toUri().getPath()))
            .toList();
    assertThat(tables).isNotEmpty();
    return tables;
  }

  private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> timers() {
    return backend.create(
        TIMERS, new TimerSerializer<>(IntSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE));
  }

  private <S extends State> S state(StateDescriptor<S, ?> descriptor) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }
}
