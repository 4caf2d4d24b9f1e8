package io.hummock.flink.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyEncoder;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateKind;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.Seeds;
import io.hummock.testing.StoresInMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.IntValueSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.LongValueSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.types.IntValue;
import org.apache.flink.types.LongValue;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class KeyStreamsTest {
  private static final KeyGroupRange KEY_GROUPS = new KeyGroupRange(2, 4);
  private static final int MAX_KEYS = 60;
  private static final int NAMESPACES = 2;
  private static final Slice VALUE = Slice.utf8("value");

  private static final List<RegisteredState> STATES =
      List.of(
          state(StateDescriptor.Type.VALUE, "a"),
          state(StateDescriptor.Type.MAP, "b"),
          state(StateDescriptor.Type.VALUE, "c"));

  private long scans;

  private static RegisteredState state(StateDescriptor.Type type, String name) {
    return new RegisteredState(
        new RegisteredKeyValueStateBackendMetaInfo<>(
            type, name, IntSerializer.INSTANCE, LongSerializer.INSTANCE));
  }

  /** The keys of one state in one namespace, in the order of the tree, with their map keys. */
  private static final class Model extends TreeMap<Slice, TreeSet<Integer>> {
    private static final long serialVersionUID = 1;

    List<Long> first(int count) {
      return keySet().stream().limit(count).map(KeyStreamsTest::key).toList();
    }
  }

  private static int keyGroup(long key) {
    return KEY_GROUPS.getStartKeyGroup() + (int) (key % KEY_GROUPS.getNumberOfKeyGroups());
  }

  /** The key of the tree without map key, of a key that is not negative. */
  private static Slice encode(RegisteredState state, int namespace, long key) throws IOException {
    KeyEncoder<Long> keys = new KeyEncoder<>(LongSerializer.INSTANCE);
    keys.setCurrentKey(key, keyGroup(key));
    return keys.encode(state.id(), namespace, IntSerializer.INSTANCE).copy();
  }

  private static long key(Slice encoded) {
    return encoded.get(17) & 0xFF;
  }

  /** Beside sorted maps: the first keys of states, and all, while keys come and go. */
  @RepeatedTest(4)
  void keysAreThoseThatAreThere(RepetitionInfo run) throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base() + run.getCurrentRepetition());
    int maxKeys = 1 + random.nextInt(MAX_KEYS);
    try (HummockStore store = open()) {
      KeyStreams<Long> streams = new KeyStreams<>(store, LongSerializer.INSTANCE, KEY_GROUPS);
      List<Model> models =
          Stream.generate(Model::new).limit((long) STATES.size() * NAMESPACES).toList();
      for (int i = 0; i < 8_000; i++) {
        int choice = random.nextInt(models.size());
        RegisteredState state = STATES.get(choice / NAMESPACES);
        int namespace = choice % NAMESPACES;
        Model model = models.get(choice);
        switch (random.nextInt(16)) {
          case 0 -> {
            if (random.nextInt(20) == 0) {
              store.flush();
            }
          }
          case 1 -> {
            if (random.nextInt(200) == 0) {
              store.compact();
            }
          }
          case 2, 3, 4, 5 -> writeAny(store, random, state, namespace, model, maxKeys);
          case 6 -> {
            try (Stream<Long> keys = streams.keys(state, namespace)) {
              assertThat(keys.toList()).isEqualTo(model.first(MAX_KEYS));
            }
          }
          case 7 -> {
            Model before = new Model();
            before.putAll(model);
            TreeSet<Long> written = new TreeSet<>();
            List<Long> met = new ArrayList<>();
            try (Stream<Long> keys = streams.keys(state, namespace)) {
              for (Iterator<Long> iterator = keys.iterator(); iterator.hasNext(); ) {
                met.add(iterator.next());
                if (random.nextInt(8) == 0) {
                  written.add(writeAny(store, random, state, namespace, model, maxKeys));
                }
                if (random.nextInt(100) == 0) {
                  store.flush();
                }
              }
            }
            assertThat(met).doesNotHaveDuplicates();
            met.removeAll(written);
            List<Long> expected = new ArrayList<>(before.first(MAX_KEYS));
            expected.removeAll(written);
            assertThat(met).isEqualTo(expected);
          }
          default -> {
            int count = random.nextInt(2 * KeyHeads.KEYS);
            try (Stream<Long> keys = streams.keys(state, namespace)) {
              assertThat(keys.limit(count).toList()).isEqualTo(model.first(count));
            }
          }
        }
      }
    }
  }

  /** Puts or deletes the entry of some key, and returns the key. */
  private static long writeAny(
      HummockStore store,
      SplittableRandom random,
      RegisteredState state,
      int namespace,
      Model model,
      int maxKeys)
      throws IOException {
    long number = random.nextInt(maxKeys);
    boolean isMap = state.kind() == StateKind.MAP;
    int mapKey = isMap ? random.nextInt(3) : 0;
    Slice prefix = encode(state, namespace, number);
    Slice key = isMap ? Slice.utf8("" + mapKey) : Slice.EMPTY;
    byte[] whole = new byte[prefix.length() + key.length()];
    System.arraycopy(prefix.array(), prefix.offset(), whole, 0, prefix.length());
    System.arraycopy(key.array(), key.offset(), whole, prefix.length(), key.length());
    if (random.nextInt(5) < 3) {
      store.put(Slice.of(whole), prefix.length(), VALUE);
      model.computeIfAbsent(prefix, absent -> new TreeSet<>()).add(mapKey);
    } else {
      store.delete(Slice.of(whole), prefix.length());
      TreeSet<Integer> mapKeys = model.getOrDefault(prefix, new TreeSet<>());
      mapKeys.remove(mapKey);
      if (mapKeys.isEmpty()) {
        model.remove(prefix);
      }
    }
    return number;
  }

  @Test
  void firstKeysAreScannedAgainOnlyIfAWriteMayHaveChangedThem() throws IOException {
    RegisteredState state = STATES.get(0);
    try (HummockStore store = open()) {
      KeyStreams<Long> streams = new KeyStreams<>(store, LongSerializer.INSTANCE, KEY_GROUPS);
      for (long key = 0; key < MAX_KEYS; key++) {
        put(store, state, key);
      }
      store.flush();
      assertThat(firstTen(streams, state)).hasSize(10);
      assertThat(scansOf(() -> firstTen(streams, state))).isZero();

      long first = firstTen(streams, state).get(0);
      long behind = MAX_KEYS - 1;
      put(store, state, behind);
      put(store, STATES.get(2), first);
      assertThat(scansOf(() -> firstTen(streams, state))).isZero();

      Slice key = encode(state, 0, first);
      store.delete(key, key.length());
      assertThat(scansOf(() -> firstTen(streams, state))).isEqualTo(1);
      assertThat(firstTen(streams, state)).hasSize(10).doesNotContain(first);

      assertThat(scansOf(() -> firstTen(streams, state))).isZero();
      store.flush();
      assertThat(scansOf(() -> firstTen(streams, state))).isEqualTo(1);
    }
  }

  @Test
  void keysThatAreHandedOutMayBeChanged() throws IOException {
    RegisteredState state = STATES.get(0);
    try (HummockStore store = open()) {
      KeyStreams<LongValue> streams =
          new KeyStreams<>(store, LongValueSerializer.INSTANCE, KEY_GROUPS);
      for (long key = 0; key < MAX_KEYS; key++) {
        put(store, state, key);
      }
      List<Long> expected = values(streams, state);
      for (int i = 0; i < 2; i++) {
        try (Stream<LongValue> keys = streams.keys(state, 0)) {
          keys.limit(10).forEach(key -> key.setValue(-1));
        }
        assertThat(values(streams, state)).isEqualTo(expected).hasSize(MAX_KEYS);
      }
    }
  }

  @Test
  void namespaceThatWasAskedForMayBeChanged() throws IOException {
    RegisteredState state =
        new RegisteredState(
            new RegisteredKeyValueStateBackendMetaInfo<>(
                StateDescriptor.Type.VALUE,
                "n",
                IntValueSerializer.INSTANCE,
                LongSerializer.INSTANCE));
    try (HummockStore store = open()) {
      KeyStreams<Long> streams = new KeyStreams<>(store, LongSerializer.INSTANCE, KEY_GROUPS);
      for (long key = 0; key < MAX_KEYS; key++) {
        put(store, state, key); // an IntValue has the bytes of an int
      }
      for (int i = 0; i < 2; i++) {
        IntValue namespace = new IntValue(0);
        try (Stream<Long> keys = streams.keys(state, namespace)) {
          namespace.setValue(1);
          assertThat(keys).hasSize(MAX_KEYS);
        }
      }
    }
  }

  private static List<Long> values(KeyStreams<LongValue> streams, RegisteredState state) {
    try (Stream<LongValue> keys = streams.keys(state, 0)) {
      return keys.map(LongValue::getValue).toList();
    }
  }

  private static void put(HummockStore store, RegisteredState state, long number)
      throws IOException {
    Slice key = encode(state, 0, number);
    store.put(key, key.length(), VALUE);
  }

  private static List<Long> firstTen(KeyStreams<Long> streams, RegisteredState state) {
    try (Stream<Long> keys = streams.keys(state, 0)) {
      return keys.limit(10).toList();
    }
  }

  private long scansOf(Runnable action) {
    long before = scans;
    action.run();
    return scans - before;
  }

  private HummockStore open() throws IOException {
    HummockMetrics counting =
        new HummockMetrics() {
          @Override
          public void scanned(long entries) {
            scans++;
          }
        };
    return StoresInMemory.open(
        HummockOptions.defaults(), new HeapPageAllocator(16 << 20), Clock.SYSTEM, counting);
  }
}
