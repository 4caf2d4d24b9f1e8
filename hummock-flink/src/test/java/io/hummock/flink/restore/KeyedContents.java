package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** State of every kind for a number of keys, which can be written, read and foretold. */
final class KeyedContents {
  private static final int KEYS = 300;

  private static final ValueStateDescriptor<String> VALUE =
      new ValueStateDescriptor<>("value", StringSerializer.INSTANCE);
  private static final ListStateDescriptor<String> LIST =
      new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
  private static final MapStateDescriptor<String, Integer> MAP =
      new MapStateDescriptor<>("map", StringSerializer.INSTANCE, IntSerializer.INSTANCE);
  private static final ReducingStateDescriptor<Integer> SUM =
      new ReducingStateDescriptor<>("sum", Integer::sum, IntSerializer.INSTANCE);
  private static final ValueStateDescriptor<Integer> BY_WINDOW =
      new ValueStateDescriptor<>("by window", IntSerializer.INSTANCE);

  private final CheckpointableKeyedStateBackend<Integer> backend;
  private boolean nulls = true;

  private @Nullable KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>>
      queue;

  /**
   * @param reversed whether the states are registered the other way round
   */
  KeyedContents(CheckpointableKeyedStateBackend<Integer> backend, boolean reversed)
      throws Exception {
    this.backend = backend;
    if (reversed) {
      queue();
      windows("w");
      state(SUM);
      state(MAP);
    }
  }

  /** Without nulls in maps, which the heap backend cannot write into savepoints. */
  KeyedContents withoutNulls() {
    nulls = false;
    return this;
  }

  private @Nullable Integer value(int key, int i) {
    return i == 2 && nulls ? null : key * i;
  }

  /** Writes what the keys of these key groups have. */
  void write(KeyGroupRange keyGroups) throws Exception {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> timers =
        queue();
    for (int key : keys(keyGroups)) {
      backend.setCurrentKey(key);
      state(VALUE).update("value of " + key);
      for (int i = 0; i <= key % 4; i++) {
        state(LIST).add(key + ",element," + i);
      }
      for (int i = 0; i <= key % 3; i++) {
        state(MAP).put("entry " + i, value(key, i));
      }
      state(SUM).add(key);
      state(SUM).add(1);
      windows("early").update(key);
      windows("late").update(-key);
      timers.add(new TimerHeapInternalTimer<>(1000L + key, key, VoidNamespace.INSTANCE));
      timers.add(new TimerHeapInternalTimer<>(5L, key, VoidNamespace.INSTANCE));
    }
  }

  /** Expects what the keys of these key groups have, and nothing of others. */
  void check(KeyGroupRange keyGroups) throws Exception {
    List<Integer> keys = keys(keyGroups);
    assertThat(keys).isNotEmpty();
    for (int key : keys) {
      backend.setCurrentKey(key);
      assertThat(state(VALUE).value()).isEqualTo("value of " + key);
      List<String> list = new ArrayList<>();
      for (int i = 0; i <= key % 4; i++) {
        list.add(key + ",element," + i);
      }
      assertThat(state(LIST).get()).containsExactlyElementsOf(list);
      Map<String, @Nullable Integer> map = new TreeMap<>();
      for (int i = 0; i <= key % 3; i++) {
        map.put("entry " + i, value(key, i));
      }
      Map<String, @Nullable Integer> found = new TreeMap<>();
      for (Map.Entry<String, Integer> entry : state(MAP).entries()) {
        found.put(entry.getKey(), entry.getValue());
      }
      assertThat(found).isEqualTo(map);
      assertThat(state(SUM).get()).isEqualTo(key + 1);
      assertThat(windows("early").value()).isEqualTo(key);
      assertThat(windows("late").value()).isEqualTo(-key);
    }
    assertThat(backend.getKeys("value", VoidNamespace.INSTANCE))
        .containsExactlyInAnyOrderElementsOf(keys);
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> timers =
        queue();
    List<Long> times = new ArrayList<>();
    CloseableIterator<TimerHeapInternalTimer<Integer, VoidNamespace>> all = timers.iterator();
    try {
      all.forEachRemaining(timer -> times.add(timer.getTimestamp() - timer.getKey()));
    } finally {
      all.close();
    }
    assertThat(times).hasSize(2 * keys.size());
    assertThat(times.stream().filter(time -> time == 1000)).hasSize(keys.size());
    TimerHeapInternalTimer<Integer, VoidNamespace> first = timers.peek();
    assertThat(first).isNotNull();
    assertThat(first.getTimestamp()).isEqualTo(5);
  }

  private static List<Integer> keys(KeyGroupRange keyGroups) {
    List<Integer> keys = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      if (keyGroups.contains(
          KeyGroupRangeAssignment.assignToKeyGroup(key, KeyedBackends.KEY_GROUPS))) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** Flink asks a backend once for each queue. */
  private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> queue() {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> known = queue;
    if (known == null) {
      known =
          backend.create(
              "_timer_state/event_timers",
              new TimerSerializer<>(IntSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE));
      queue = known;
    }
    return known;
  }

  private <S extends State> S state(StateDescriptor<S, ?> descriptor) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private ValueState<Integer> windows(String window) throws Exception {
    return backend.getPartitionedState(window, StringSerializer.INSTANCE, BY_WINDOW);
  }
}
