package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.restore.KeyedBackends.Kind;
import io.hummock.testing.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lives one after another, each with a random version of the serializer, with or without time to
 * live, on one subtask or two, restored from a checkpoint, a native or a canonical savepoint of the
 * life before: does the same to the states and to maps, and expects the same answers. A state that
 * a subtask does not touch in a life it does not register, so that subtasks come to be at different
 * schemas.
 */
class SchemaEvolutionModelTest {
  private static final long SEED = Seeds.base();
  private static final int KEYS = 40;
  private static final int MAP_KEYS = 6;
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final List<KeyGroupRange> HALVES =
      List.of(KeyGroupRange.of(0, 8), KeyGroupRange.of(9, KeyedBackends.KEY_GROUPS - 1));

  @TempDir private Path directory;

  private final Map<Integer, String> values = new HashMap<>();
  private final Map<Integer, List<String>> lists = new HashMap<>();
  private final Map<Integer, TreeMap<Integer, String>> maps = new HashMap<>();
  private final Map<Integer, String> reduced = new HashMap<>();
  private final Map<Integer, String> aggregated = new HashMap<>();

  @RepeatedTest(15)
  void answersLikeMapsWhateverTheSchema(RepetitionInfo run) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED + run.getCurrentRepetition());
    KeyedBackends backends = new KeyedBackends(directory);
    try {
      List<KeyedStateHandle> handles = new ArrayList<>();
      for (int life = 0; life < 12; life++) {
        VersionedSerializer serializer = new VersionedSerializer(1 + random.nextInt(4));
        boolean ttl = random.nextInt(4) == 0;
        List<KeyedStateHandle> next = new ArrayList<>();
        int end = random.nextInt(3);
        for (KeyGroupRange range : random.nextBoolean() ? List.of(ALL) : HALVES) {
          CheckpointableKeyedStateBackend<Integer> backend =
              backends.open(
                  Kind.HUMMOCK,
                  range,
                  KeyedBackends.assign(range, handles.toArray(new KeyedStateHandle[0])));
          try {
            Subtask subtask =
                new Subtask(range, backend, new EvolvingStates(backend, serializer, ttl), random);
            subtask.live(backends, life);
            KeyedStateHandle handle =
                switch (end) {
                  case 0 -> backends.savepoint(backend, 100 * life + 90);
                  case 1 -> backends.nativeSavepoint(backend, 100 * life + 90);
                  default -> backends.checkpoint(backend, 100 * life + 90);
                };
            if (handle != null) {
              next.add(handle);
            }
          } finally {
            backend.dispose();
          }
        }
        handles = next;
      }
    } finally {
      backends.close();
    }
  }

  /** One life of one subtask. */
  private final class Subtask {
    private final CheckpointableKeyedStateBackend<Integer> backend;
    private final EvolvingStates states;
    private final SplittableRandom random;
    private final List<Integer> keys = new ArrayList<>();
    private final int touched;

    Subtask(
        KeyGroupRange range,
        CheckpointableKeyedStateBackend<Integer> backend,
        EvolvingStates states,
        SplittableRandom random) {
      this.backend = backend;
      this.states = states;
      this.random = random;
      this.touched = random.nextInt(1 << 5);
      for (int key = 0; key < KEYS; key++) {
        int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(key, KeyedBackends.KEY_GROUPS);
        if (range.contains(keyGroup)) {
          keys.add(key);
        }
      }
    }

    void live(KeyedBackends backends, int life) throws Exception {
      for (int i = random.nextInt(120); i > 0; i--) {
        int key = keys.get(random.nextInt(keys.size()));
        backend.setCurrentKey(key);
        int kind = random.nextInt(5);
        if ((touched & (1 << kind)) != 0) {
          switch (kind) {
            case 0 -> value(key);
            case 1 -> list(key);
            case 2 -> map(key);
            case 3 -> reducing(key);
            default -> aggregating(key);
          }
        }
        if (random.nextInt(40) == 0) {
          compareKeys();
        }
        if (random.nextInt(60) == 0) {
          long id = 100L * life + random.nextInt(80);
          backends.checkpoint(backend, id);
          if (random.nextBoolean()) {
            ((AbstractKeyedStateBackend<Integer>) backend).notifyCheckpointComplete(id);
          }
        }
      }
      compareKeys();
    }

    private String text() {
      return Integer.toString(random.nextInt(1_000), 36);
    }

    private void value(int key) throws Exception {
      switch (random.nextInt(4)) {
        case 0 -> {
          String text = text();
          states.value().update(text);
          values.put(key, text);
        }
        case 1 -> {
          states.value().clear();
          values.remove(key);
        }
        default -> assertThat(states.value().value()).isEqualTo(values.get(key));
      }
    }

    private void list(int key) throws Exception {
      List<String> list = lists.computeIfAbsent(key, any -> new ArrayList<>());
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          String text = text();
          states.list().add(text);
          list.add(text);
        }
        case 2 -> {
          List<String> texts = List.of(text(), text());
          states.list().addAll(texts);
          list.addAll(texts);
        }
        case 3 -> {
          List<String> texts = List.of(text(), text(), text());
          states.list().update(texts);
          list.clear();
          list.addAll(texts);
        }
        case 4 -> {
          if (random.nextInt(3) == 0) {
            states.list().clear();
            list.clear();
          }
        }
        default -> {
          Iterable<String> found = states.list().get();
          assertThat(found == null ? List.<String>of() : found).containsExactlyElementsOf(list);
        }
      }
    }

    private void map(int key) throws Exception {
      TreeMap<Integer, String> map = maps.computeIfAbsent(key, any -> new TreeMap<>());
      int mapKey = random.nextInt(MAP_KEYS);
      switch (random.nextInt(9)) {
        case 0 -> {
          String text = text();
          states.map().put(mapKey, text);
          map.put(mapKey, text);
        }
        case 1 -> {
          Map<Integer, String> texts = Map.of(mapKey, text(), (mapKey + 1) % MAP_KEYS, text());
          states.map().putAll(texts);
          map.putAll(texts);
        }
        case 2 -> {
          states.map().remove(mapKey);
          map.remove(mapKey);
        }
        case 3 -> assertThat(states.map().contains(mapKey)).isEqualTo(map.containsKey(mapKey));
        case 4 -> assertThat(states.map().isEmpty()).isEqualTo(map.isEmpty());
        case 5 -> {
          if (random.nextInt(3) == 0) {
            states.map().clear();
            map.clear();
          }
        }
        case 6 -> {
          TreeMap<Integer, String> found = new TreeMap<>();
          for (Map.Entry<Integer, String> entry : states.map().entries()) {
            assertThat(found.put(entry.getKey(), entry.getValue())).as("once").isNull();
          }
          assertThat(found).isEqualTo(map);
        }
        default -> assertThat(states.map().get(mapKey)).isEqualTo(map.get(mapKey));
      }
    }

    private void reducing(int key) throws Exception {
      if (random.nextBoolean()) {
        String text = text();
        states.reducing().add(text);
        reduced.merge(key, text, String::concat);
      } else {
        assertThat(states.reducing().get()).isEqualTo(reduced.get(key));
      }
    }

    private void aggregating(int key) throws Exception {
      if (random.nextBoolean()) {
        String text = text();
        states.aggregating().add(text);
        aggregated.merge(key, text, String::concat);
      } else {
        assertThat(states.aggregating().get()).isEqualTo(aggregated.get(key));
      }
    }

    /** Of states whether registered or not, each key once. */
    private void compareKeys() {
      compareKeys("value", keysOf(values));
      compareKeys("list", keysOf(lists));
      compareKeys("map", keysOf(maps));
      compareKeys("reducing", keysOf(reduced));
    }

    private Set<Integer> keysOf(Map<Integer, ?> model) {
      Set<Integer> having = new TreeSet<>();
      for (int key : keys) {
        if (!isEmpty(model.get(key))) {
          having.add(key);
        }
      }
      return having;
    }

    private static boolean isEmpty(@Nullable Object value) {
      return value == null
          || (value instanceof List<?> list && list.isEmpty())
          || (value instanceof Map<?, ?> map && map.isEmpty());
    }

    private void compareKeys(String state, Set<Integer> expected) {
      try (var found = backend.<VoidNamespace>getKeys(state, VoidNamespace.INSTANCE)) {
        assertThat(found.toList()).containsExactlyInAnyOrderElementsOf(expected);
      }
      try (var found = backend.<VoidNamespace>getKeysAndNamespaces(state)) {
        assertThat(found.map((Tuple2<Integer, VoidNamespace> key) -> key.f0).toList())
            .containsExactlyInAnyOrderElementsOf(expected);
      }
    }
  }
}
