package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.restore.KeyedBackends.Kind;
import io.hummock.flink.snapshot.CheckpointMetadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.util.StateMigrationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of values whose serializer has another format than the one that wrote them. */
class SchemaEvolutionTest {
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KeyedBackends.KEY_GROUPS - 1);
  private static final KeyGroupRange LEFT = KeyGroupRange.of(0, 6);
  private static final KeyGroupRange RIGHT = KeyGroupRange.of(7, KeyedBackends.KEY_GROUPS - 1);
  private static final int KEYS = 1_200;

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

  /** What is done in one life of a backend. */
  private interface Life<T> {
    T live(AbstractKeyedStateBackend<Integer> backend, EvolvingStates states) throws Exception;
  }

  private <T> T live(
      VersionedSerializer serializer,
      KeyGroupRange range,
      List<KeyedStateHandle> handles,
      Life<T> life)
      throws Exception {
    CheckpointableKeyedStateBackend<Integer> backend = backends.open(Kind.HUMMOCK, range, handles);
    try {
      return life.live(
          (AbstractKeyedStateBackend<Integer>) backend,
          new EvolvingStates(backend, serializer, false));
    } finally {
      backend.dispose();
    }
  }

  /** What is done in a life that leaves nothing behind. */
  private interface Use {
    void use(AbstractKeyedStateBackend<Integer> backend, EvolvingStates states) throws Exception;
  }

  private void use(
      VersionedSerializer serializer, KeyGroupRange range, List<KeyedStateHandle> handles, Use use)
      throws Exception {
    live(
        serializer,
        range,
        handles,
        (backend, states) -> {
          use.use(backend, states);
          return backend;
        });
  }

  /** A checkpoint of all kinds of state in version 1, for each key from one to another. */
  private KeyedStateHandle written(int from, int to) throws Exception {
    return live(
        new VersionedSerializer(1),
        ALL,
        List.of(),
        (backend, states) -> {
          write(backend, states, from, to);
          return backends.checkpoint(backend, 1);
        });
  }

  private static void write(
      AbstractKeyedStateBackend<Integer> backend, EvolvingStates states, int from, int to)
      throws Exception {
    for (int key = from; key < to; key++) {
      backend.setCurrentKey(key);
      states.value().update("value" + key);
      states.list().add("a" + key);
      states.list().add("b" + key);
      states.map().put(1, "one" + key);
      states.map().put(2, "two" + key);
      states.reducing().add("r" + key);
      states.aggregating().add("g" + key);
    }
  }

  private static void check(
      AbstractKeyedStateBackend<Integer> backend, EvolvingStates states, int from, int to)
      throws Exception {
    for (int key = from; key < to; key++) {
      backend.setCurrentKey(key);
      assertThat(states.value().value()).isEqualTo("value" + key);
      assertThat(states.list().get()).containsExactly("a" + key, "b" + key);
      assertThat(states.map().get(2)).isEqualTo("two" + key);
      assertThat(states.map().keys()).containsExactlyInAnyOrder(1, 2);
      assertThat(states.reducing().get()).isEqualTo("r" + key);
      assertThat(states.aggregating().get()).isEqualTo("g" + key);
    }
  }

  private static int generationsIn(KeyedStateHandle checkpoint) throws Exception {
    return CheckpointMetadata.read(
            ((IncrementalRemoteKeyedStateHandle) checkpoint).getMetaDataStateHandle(),
            SchemaEvolutionTest.class.getClassLoader())
        .states()
        .stream()
        .mapToInt(state -> state.older().size())
        .sum();
  }

  @Test
  void openingInAnotherSchemaTouchesNoEntry() throws Exception {
    KeyedStateHandle checkpoint = written(0, KEYS);
    CountingMetricGroup metrics = new CountingMetricGroup();
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, ALL, List.of(checkpoint), metrics);
    try {
      EvolvingStates states = new EvolvingStates(backend, new VersionedSerializer(2), false);
      states.registerAll();
      assertThat(metrics.counted("store.", "cache.", "filter.", "user.", "flush."))
          .as("object store calls, blocks and filters read, bytes written")
          .isEmpty();
      check((AbstractKeyedStateBackend<Integer>) backend, states, 0, 1);
      assertThat(metrics.counted("store.", "cache.")).as("the counters count").isNotEmpty();
    } finally {
      backend.dispose();
    }
  }

  @Test
  void valuesMigrateAsTheyAreUsedAndTheRestByAndBy() throws Exception {
    KeyedStateHandle first = written(0, KEYS);
    KeyedStateHandle second =
        live(
            new VersionedSerializer(2),
            ALL,
            List.of(first),
            (backend, states) -> {
              states.registerAll();
              check(backend, states, 0, 10);
              KeyedStateHandle checkpoint = backends.checkpoint(backend, 2);
              assertThat(generationsIn(checkpoint)).isEqualTo(5);
              return checkpoint;
            });
    use(
        new VersionedSerializer(2),
        ALL,
        List.of(second),
        (backend, states) -> {
          states.registerAll();
          int entries = backend.numKeyValueStateEntries();
          assertThat(entries).isEqualTo(6 * KEYS);
          // Entries by 512, and less than that at the end of each state.
          for (int i = 0; i < entries / 512 + 5 + 5; i++) {
            backend.notifyCheckpointComplete(10 + i);
          }
          KeyedStateHandle checkpoint = backends.checkpoint(backend, 3);
          assertThat(generationsIn(checkpoint)).as("nothing is left").isZero();
          assertThat(backend.numKeyValueStateEntries()).isEqualTo(entries);
          check(backend, states, 0, KEYS);
        });
  }

  @Test
  void recordsMakeTheMigrationGoOnToo() throws Exception {
    KeyedStateHandle first = written(0, 100);
    use(
        new VersionedSerializer(2),
        ALL,
        List.of(first),
        (backend, states) -> {
          states.registerAll();
          for (int i = 0; i < 5 * 512; i++) {
            backend.setCurrentKey(100_000 + i);
          }
          assertThat(generationsIn(backends.checkpoint(backend, 2))).isZero();
        });
  }

  @Test
  void aSchemaIsReachedThroughThoseBetweenWhereItCannotFollowDirectly() throws Exception {
    KeyedStateHandle handle = written(0, 100);
    for (int version = 2; version <= 4; version++) {
      int first = 100 * (version - 1);
      KeyedStateHandle before = handle;
      handle =
          live(
              new VersionedSerializer(version, 1),
              ALL,
              List.of(before),
              (backend, states) -> {
                write(backend, states, first, first + 100);
                return backends.checkpoint(backend, first);
              });
    }
    assertThat(generationsIn(handle)).isEqualTo(3 * 5);
    use(
        new VersionedSerializer(4, 1),
        ALL,
        List.of(handle),
        (backend, states) -> {
          check(backend, states, 0, 400);
        });
  }

  @Test
  void aSchemaThatNoSerializerCanFollowIsNamedWhenTheStateIsRegistered() throws Exception {
    KeyedStateHandle first = written(0, 10);
    assertThatThrownBy(
            () ->
                live(
                    new VersionedSerializer(3, 1),
                    ALL,
                    List.of(first),
                    (backend, states) -> states.value()))
        .isInstanceOf(StateMigrationException.class)
        .hasMessageContaining("'value'");

    // One subtask has never touched the state since the first version, the other since the third.
    KeyedStateHandle left =
        live(
            new VersionedSerializer(3, 1),
            LEFT,
            List.of(),
            (backend, states) -> {
              states.value();
              return backends.checkpoint(backend, 2);
            });
    KeyedStateHandle right =
        live(
            new VersionedSerializer(1),
            RIGHT,
            List.of(),
            (backend, states) -> {
              states.value();
              return backends.checkpoint(backend, 3);
            });
    assertThatThrownBy(
            () ->
                live(
                    new VersionedSerializer(4, 1),
                    ALL,
                    List.of(left, right),
                    (backend, states) -> states.value()))
        .isInstanceOf(StateMigrationException.class)
        .hasMessageContaining("'value'")
        .hasMessageContaining("savepoint in canonical format");
  }

  @Test
  void subtasksAtDifferentSchemasAreRestoredAsOne() throws Exception {
    int[] keys = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    Map<Integer, String> expected = new HashMap<>();
    List<KeyedStateHandle> handles = new ArrayList<>();
    int version = 0;
    for (KeyGroupRange range : List.of(LEFT, RIGHT)) {
      version++;
      handles.add(
          live(
              new VersionedSerializer(version),
              range,
              List.of(),
              (backend, states) -> {
                for (int key : keys) {
                  int group =
                      KeyGroupRangeAssignment.assignToKeyGroup(key, KeyedBackends.KEY_GROUPS);
                  if (range.contains(group)) {
                    backend.setCurrentKey(key);
                    states.value().update(range + " " + key);
                    expected.put(key, range + " " + key);
                  }
                }
                return backends.checkpoint(backend, 1 + range.getStartKeyGroup());
              }));
    }
    use(
        new VersionedSerializer(2),
        ALL,
        handles,
        (backend, states) -> {
          for (int key : keys) {
            backend.setCurrentKey(key);
            assertThat(states.value().value()).isEqualTo(expected.get(key));
          }
        });
  }

  @Test
  void aValueThatCannotBeMigratedStaysAndIsNamed() throws Exception {
    KeyedStateHandle first =
        live(
            new VersionedSerializer(1),
            ALL,
            List.of(),
            (backend, states) -> {
              backend.setCurrentKey(1);
              states.value().update(VersionedSerializer.POISON);
              backend.setCurrentKey(2);
              states.value().update("good");
              return backends.checkpoint(backend, 1);
            });
    use(
        new VersionedSerializer(2),
        ALL,
        List.of(first),
        (backend, states) -> {
          backend.setCurrentKey(2);
          assertThat(states.value().value()).isEqualTo("good");
          backend.setCurrentKey(1);
          for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> states.value().value())
                .hasCauseInstanceOf(StateMigrationException.class)
                .hasMessageContaining("'value'")
                .hasMessageContaining("Start the job again");
          }
          assertThat(backend.numKeyValueStateEntries()).isEqualTo(2);
        });
  }

  @Test
  void queriesOfOtherThreadsReadOlderSchemasAndWriteNothing() throws Exception {
    KeyedStateHandle first = written(0, 3);
    CountingMetricGroup metrics = new CountingMetricGroup();
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(Kind.HUMMOCK, ALL, List.of(first), metrics);
    try {
      VersionedSerializer version = new VersionedSerializer(2);
      EvolvingStates states = new EvolvingStates(backend, version, false);
      states.registerAll();
      byte[] key =
          KvStateSerializer.serializeKeyAndNamespace(
              1, IntSerializer.INSTANCE, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE);
      var value = states.value();
      var list = states.list();
      var map = states.map();
      MapSerializer<Integer, String> maps = new MapSerializer<>(IntSerializer.INSTANCE, version);
      CompletableFuture.runAsync(
              () -> {
                try {
                  assertThat(
                          KvStateSerializer.deserializeValue(
                              value.getSerializedValue(
                                  key,
                                  IntSerializer.INSTANCE,
                                  VoidNamespaceSerializer.INSTANCE,
                                  version),
                              version))
                      .isEqualTo("value1");
                  assertThat(
                          KvStateSerializer.deserializeList(
                              list.getSerializedValue(
                                  key,
                                  IntSerializer.INSTANCE,
                                  VoidNamespaceSerializer.INSTANCE,
                                  new ListSerializer<>(version)),
                              version))
                      .containsExactly("a1", "b1");
                  assertThat(
                          KvStateSerializer.deserializeMap(
                              map.getSerializedValue(
                                  key,
                                  IntSerializer.INSTANCE,
                                  VoidNamespaceSerializer.INSTANCE,
                                  maps),
                              IntSerializer.INSTANCE,
                              version))
                      .isEqualTo(Map.of(1, "one1", 2, "two1"));
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              })
          .get();
      backends.snapshotAndTakeBack(backend, 2);
      assertThat(metrics.counted("user.")).isEmpty();
    } finally {
      backend.dispose();
    }
  }

  @Test
  void aVisitorMeetsEachEntryOnceInTheCurrentSchema() throws Exception {
    KeyedStateHandle first = written(0, 50);
    use(
        new VersionedSerializer(2),
        ALL,
        List.of(first),
        (backend, states) -> {
          write(backend, states, 50, 60);
          check(backend, states, 0, 10);
          var visitor = states.map().getStateIncrementalVisitor(3);
          Map<String, String> seen = new TreeMap<>();
          while (visitor.hasNext()) {
            for (var entry : visitor.nextEntries()) {
              entry
                  .getState()
                  .forEach(
                      (mapKey, text) ->
                          assertThat(seen.put(entry.getKey() + " " + mapKey, text)).isNull());
            }
          }
          assertThat(seen).hasSize(2 * 60).containsEntry("49 2", "two49");
        });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aCanonicalSavepointIsInTheCurrentSchemaForEveryBackend(Kind to) throws Exception {
    KeyedStateHandle first = written(0, 40);
    KeyedStateHandle savepoint =
        live(
            new VersionedSerializer(2),
            ALL,
            List.of(first),
            (backend, states) -> {
              write(backend, states, 40, 60);
              check(backend, states, 0, 20);
              return backends.savepoint(backend, 2);
            });
    CheckpointableKeyedStateBackend<Integer> backend =
        backends.open(to, ALL, KeyedBackends.assign(ALL, savepoint));
    try {
      EvolvingStates states = new EvolvingStates(backend, new VersionedSerializer(2), false);
      check((AbstractKeyedStateBackend<Integer>) backend, states, 0, 60);
    } finally {
      backend.dispose();
    }
  }

  /** Nobody moves them: no record comes and no checkpoint completes. */
  @Test
  @Timeout(60)
  void whatExpiresInAnOlderSchemaIsDroppedByCompaction() throws Exception {
    StateTtlConfig ttl = StateTtlConfig.newBuilder(Duration.ofSeconds(1)).build();
    KeyedStateHandle first =
        live(
            new VersionedSerializer(1),
            ALL,
            List.of(),
            (backend, states) -> {
              ValueState<String> value = expiring(backend, ttl, 1);
              for (int key = 0; key < 500; key++) {
                backend.setCurrentKey(key);
                value.update("value" + key);
              }
              return backends.checkpoint(backend, 1);
            });
    use(
        new VersionedSerializer(2),
        ALL,
        List.of(first),
        (backend, states) -> {
          backend.setCurrentKey(0);
          expiring(backend, ttl, 2);
          assertThat(backend.numKeyValueStateEntries()).isEqualTo(500);
          backends.setTime(2_000);
          for (long id = 2; backend.numKeyValueStateEntries() > 0; id++) {
            backends.snapshotAndTakeBack(backend, id);
          }
        });
  }

  private static ValueState<String> expiring(
      AbstractKeyedStateBackend<Integer> backend, StateTtlConfig ttl, int version)
      throws Exception {
    ValueStateDescriptor<String> descriptor =
        new ValueStateDescriptor<>("expiring", new VersionedSerializer(version));
    descriptor.enableTimeToLive(ttl);
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }
}
