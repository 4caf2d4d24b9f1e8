package io.hummock.flink.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.HummockConfigOptions;
import io.hummock.flink.HummockStateBackend;
import io.hummock.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Does the same random things to a Hummock backend and to a heap backend, and expects the same
 * answers; takes checkpoints of the Hummock backend and restores it on the way.
 */
class SameAnswersAsHeapTest {
  private static final int OPERATIONS = 6_000;
  private static final int KEY_GROUPS = 16;

  /** Three or four pages of 8 KB. */
  private static final double TINY_ROW_CACHE = 0.02;

  /** Without a row cache, with one that forgets all the time, and with one that forgets nothing. */
  @ParameterizedTest
  @ValueSource(doubles = {0, TINY_ROW_CACHE, 0.9})
  void keysOfFixedLengthInNamespacesOfFixedLength(double rowCache) throws Exception {
    run(
        LongSerializer.INSTANCE,
        i -> (long) i * 7_919 - 100,
        IntSerializer.INSTANCE,
        i -> i,
        rowCache);
  }

  @Test
  void keysOfFixedLengthInNamespacesOfVariableLength() throws Exception {
    run(
        LongSerializer.INSTANCE,
        i -> (long) i,
        StringSerializer.INSTANCE,
        "n"::repeat,
        TINY_ROW_CACHE);
  }

  @Test
  void keysOfVariableLengthInNamespacesOfFixedLength() throws Exception {
    run(StringSerializer.INSTANCE, "k"::repeat, IntSerializer.INSTANCE, i -> -i, 0.4);
  }

  @Test
  void keysOfVariableLengthInNamespacesOfVariableLength() throws Exception {
    run(
        StringSerializer.INSTANCE,
        "x"::repeat,
        StringSerializer.INSTANCE,
        "x"::repeat,
        TINY_ROW_CACHE);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"}) // the class of a generic tuple
  void keysOfSeveralFields() throws Exception {
    TypeSerializer<Tuple2<String, Long>> serializer =
        new TupleSerializer<>(
            (Class<Tuple2<String, Long>>) (Class) Tuple2.class,
            new TypeSerializer<?>[] {StringSerializer.INSTANCE, LongSerializer.INSTANCE});
    run(
        serializer,
        i -> Tuple2.of("t".repeat(i % 5), (long) i),
        StringSerializer.INSTANCE,
        "n"::repeat,
        TINY_ROW_CACHE);
  }

  private static <K, N> void run(
      TypeSerializer<K> keySerializer,
      IntFunction<K> keys,
      TypeSerializer<N> namespaceSerializer,
      IntFunction<N> namespaces,
      double rowCache)
      throws Exception {
    long seed = Seeds.base();
    try (Pair<K, N> pair = new Pair<>(keySerializer, namespaceSerializer, rowCache)) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < OPERATIONS; i++) {
        K key = keys.apply(random.nextInt(12));
        pair.setKey(key);
        N namespace = namespaces.apply(random.nextInt(4));
        pair.setNamespace(namespace);
        pair.value(random);
        pair.list(random);
        pair.reducing(random);
        pair.aggregating(random);
        pair.map(random);
        pair.changedByTheUser(random);
        if (random.nextInt(10) == 0) {
          pair.merge(
              namespaces.apply(random.nextInt(4)),
              List.of(namespaces.apply(4), namespaces.apply(5)),
              random);
        }
        if (random.nextInt(200) == 0) {
          pair.compareKeys(namespace);
        }
        if (random.nextInt(2_000) == 0) {
          pair.restore();
        }
        if (random.nextInt(1_000) == 0) {
          pair.clearAll(namespace);
        }
      }
    }
  }

  /** One backend with a state of each kind. */
  private static final class Side<K, N> implements AutoCloseable {
    final AbstractKeyedStateBackend<K> backend;
    final InternalValueState<K, N, String> value;
    final InternalListState<K, N, String> list;
    final InternalReducingState<K, N, Long> reducing;
    final InternalAggregatingState<K, N, Long, String, Integer> aggregating;
    final InternalMapState<K, N, String, @Nullable Long> map;
    final InternalValueState<K, N, byte[]> bytes;
    final InternalListState<K, N, Point> points;
    final InternalMapState<K, N, String, Point> pointMap;
    final List<InternalKvState<K, N, ?>> all;
    final TypeSerializer<N> namespaceSerializer;

    Side(AbstractKeyedStateBackend<K> backend, TypeSerializer<N> namespaceSerializer)
        throws Exception {
      this.backend = backend;
      this.namespaceSerializer = namespaceSerializer;
      value = state(VALUE);
      list = state(LIST);
      reducing = state(REDUCING);
      aggregating = state(AGGREGATING);
      map = state(MAP);
      bytes = state(BYTES);
      points = state(POINTS);
      pointMap = state(POINT_MAP);
      all = List.of(value, list, reducing, aggregating, map, bytes, points, pointMap);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // by the descriptor
    private <S extends State, V, T> T state(StateDescriptor<S, V> descriptor) throws Exception {
      return (T) backend.getOrCreateKeyedState(namespaceSerializer, descriptor);
    }

    @Override
    public void close() {
      IOUtils.closeQuietly(backend);
      backend.dispose();
    }
  }

  private static final ValueStateDescriptor<String> VALUE =
      new ValueStateDescriptor<>("value", StringSerializer.INSTANCE);
  private static final ListStateDescriptor<String> LIST =
      new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
  private static final ReducingStateDescriptor<Long> REDUCING =
      new ReducingStateDescriptor<>("reducing", Long::sum, LongSerializer.INSTANCE);
  private static final AggregatingStateDescriptor<Long, String, Integer> AGGREGATING =
      new AggregatingStateDescriptor<>("aggregating", new Letters(), StringSerializer.INSTANCE);
  private static final MapStateDescriptor<String, Long> MAP =
      new MapStateDescriptor<>("map", StringSerializer.INSTANCE, LongSerializer.INSTANCE);

  private static final ValueStateDescriptor<byte[]> BYTES =
      new ValueStateDescriptor<>("bytes", BytePrimitiveArraySerializer.INSTANCE);
  private static final ListStateDescriptor<Point> POINTS =
      new ListStateDescriptor<>("points", Point.class);
  private static final MapStateDescriptor<String, Point> POINT_MAP =
      new MapStateDescriptor<>("pointMap", String.class, Point.class);

  /** A value that users change after they have got it or given it away. */
  public static final class Point {
    public int x;
    public @Nullable String label;

    public Point() {}

    Point(int x, @Nullable String label) {
      this.x = x;
      this.label = label;
    }

    Point copy() {
      return new Point(x, label);
    }

    void spoil() {
      x = -x - 1;
      label = "spoilt";
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Point point && x == point.x && Objects.equals(label, point.label);
    }

    @Override
    public int hashCode() {
      return x;
    }
  }

  /** Appends a letter for each number; the result is how many there are. */
  private static final class Letters implements AggregateFunction<Long, String, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public String createAccumulator() {
      return "";
    }

    @Override
    public String add(Long value, String accumulator) {
      return accumulator + (char) ('a' + value % 26);
    }

    @Override
    public Integer getResult(String accumulator) {
      return accumulator.length();
    }

    @Override
    public String merge(String left, String right) {
      return left + right;
    }
  }

  /** Both backends. */
  private static final class Pair<K, N> implements AutoCloseable {
    private final double rowCache;
    private final TypeSerializer<K> keySerializer;
    private final TypeSerializer<N> namespaceSerializer;
    private final MockEnvironment environment =
        new MockEnvironmentBuilder().setManagedMemorySize(4 << 20).build();
    private final Side<K, N> heap;
    private Side<K, N> hummock;
    private long checkpoint;

    Pair(TypeSerializer<K> keySerializer, TypeSerializer<N> namespaceSerializer, double rowCache)
        throws Exception {
      this.rowCache = rowCache;
      this.keySerializer = keySerializer;
      this.namespaceSerializer = namespaceSerializer;
      environment.setCheckpointStorageAccess(
          new JobManagerCheckpointStorage().createCheckpointStorage(environment.getJobID()));
      heap = open(new HashMapStateBackend(), List.of());
      hummock = open(hummockBackend(), List.of());
    }

    private StateBackend hummockBackend() {
      Configuration config = new Configuration();
      config.set(HummockConfigOptions.ROW_CACHE_RATIO, rowCache);
      config.set(HummockConfigOptions.WRITE_BUFFER_RATIO, 0.05);
      return new HummockStateBackend()
          .configure(config, SameAnswersAsHeapTest.class.getClassLoader());
    }

    private Side<K, N> open(StateBackend backend, List<KeyedStateHandle> handles) throws Exception {
      AbstractKeyedStateBackend<K> keyed =
          (AbstractKeyedStateBackend<K>)
              backend.createKeyedStateBackend(
                  new KeyedStateBackendParametersImpl<>(
                      environment,
                      environment.getJobID(),
                      "operator",
                      keySerializer,
                      KEY_GROUPS,
                      new KeyGroupRange(0, KEY_GROUPS - 1),
                      environment.getTaskKvStateRegistry(),
                      TtlTimeProvider.DEFAULT,
                      UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup(),
                      (name, duration) -> {},
                      handles,
                      new CloseableRegistry(),
                      1.0));
      return new Side<>(keyed, namespaceSerializer);
    }

    void setKey(K key) {
      heap.backend.setCurrentKey(key);
      hummock.backend.setCurrentKey(key);
    }

    void setNamespace(N namespace) {
      heap.all.forEach(state -> state.setCurrentNamespace(namespace));
      hummock.all.forEach(state -> state.setCurrentNamespace(namespace));
    }

    void value(SplittableRandom random) throws Exception {
      switch (random.nextInt(6)) {
        case 0 -> {
          heap.value.clear();
          hummock.value.clear();
        }
        case 1, 2 -> {
          String value = random.nextInt(5) == 0 ? null : text(random);
          heap.value.update(value);
          hummock.value.update(value);
        }
        default -> {}
      }
      assertThat(hummock.value.value()).isEqualTo(heap.value.value());
    }

    void list(SplittableRandom random) throws Exception {
      switch (random.nextInt(10)) {
        case 0 -> {
          heap.list.clear();
          hummock.list.clear();
        }
        case 1 -> {
          List<String> values = texts(random);
          heap.list.update(new ArrayList<>(values));
          hummock.list.update(values);
        }
        case 2 -> {
          List<String> values = texts(random);
          heap.list.addAll(values);
          hummock.list.addAll(values);
        }
        case 3, 4, 5 -> {
          String value = text(random);
          heap.list.add(value);
          hummock.list.add(value);
        }
        default -> {}
      }
      assertThat(copy(hummock.list.get())).isEqualTo(copy(heap.list.get()));
    }

    void reducing(SplittableRandom random) throws Exception {
      switch (random.nextInt(8)) {
        case 0 -> {
          heap.reducing.clear();
          hummock.reducing.clear();
        }
        case 1, 2, 3 -> {
          long value = random.nextLong(100);
          heap.reducing.add(value);
          hummock.reducing.add(value);
        }
        default -> {}
      }
      assertThat(hummock.reducing.get()).isEqualTo(heap.reducing.get());
    }

    void aggregating(SplittableRandom random) throws Exception {
      switch (random.nextInt(12)) {
        case 0, 1 -> {
          heap.aggregating.clear();
          hummock.aggregating.clear();
        }
        case 2, 3, 4 -> {
          long value = random.nextLong(100);
          heap.aggregating.add(value);
          hummock.aggregating.add(value);
        }
        default -> {}
      }
      assertThat(hummock.aggregating.get()).isEqualTo(heap.aggregating.get());
      assertThat(hummock.aggregating.getInternal()).isEqualTo(heap.aggregating.getInternal());
    }

    void map(SplittableRandom random) throws Exception {
      String mapKey = "m".repeat(random.nextInt(20));
      switch (random.nextInt(16)) {
        case 0 -> {
          if (random.nextInt(5) == 0) {
            heap.map.clear();
            hummock.map.clear();
          }
        }
        case 1, 2, 3, 4 -> {
          Long value = random.nextInt(5) == 0 ? null : random.nextLong(100);
          heap.map.put(mapKey, value);
          hummock.map.put(mapKey, value);
        }
        case 5 -> {
          Map<String, @Nullable Long> values = new HashMap<>();
          for (int i = random.nextInt(300); i > 0; i--) {
            values.put("p" + random.nextInt(400), random.nextLong(100));
          }
          heap.map.putAll(values);
          hummock.map.putAll(values);
        }
        case 6, 7 -> {
          heap.map.remove(mapKey);
          hummock.map.remove(mapKey);
        }
        case 8 -> {
          long salt = random.nextLong(7);
          changeWhileIterating(heap, salt);
          changeWhileIterating(hummock, salt);
        }
        default -> {}
      }
      assertThat(hummock.map.get(mapKey)).isEqualTo(heap.map.get(mapKey));
      assertThat(hummock.map.contains(mapKey)).isEqualTo(heap.map.contains(mapKey));
      assertThat(hummock.map.isEmpty()).isEqualTo(heap.map.isEmpty());
      if (random.nextInt(4) == 0) {
        Map<String, @Nullable Long> expected = new TreeMap<>();
        Iterator<Map.Entry<String, @Nullable Long>> entries = heap.map.iterator();
        if (entries != null) {
          entries.forEachRemaining(entry -> expected.put(entry.getKey(), entry.getValue()));
        }
        Map<String, @Nullable Long> found = new TreeMap<>();
        List<@Nullable Long> values = new ArrayList<>();
        for (Map.Entry<String, @Nullable Long> entry : hummock.map.entries()) {
          assertThat(found).doesNotContainKey(entry.getKey());
          found.put(entry.getKey(), entry.getValue());
          values.add(entry.getValue());
        }
        assertThat(found).isEqualTo(expected);
        assertThat(copy(hummock.map.keys())).hasSize(found.size()).isEqualTo(keysInOrder());
        assertThat(copy(hummock.map.values())).isEqualTo(values);
      }
    }

    /** The heap is given copies: with it such changes would change the state. */
    void changedByTheUser(SplittableRandom random) throws Exception {
      Point point = new Point(random.nextInt(100), random.nextInt(4) == 0 ? null : text(random));
      String mapKey = "p" + random.nextInt(8);
      switch (random.nextInt(10)) {
        case 0 -> {
          byte[] value = text(random).getBytes(StandardCharsets.UTF_8);
          heap.bytes.update(value.clone());
          hummock.bytes.update(value);
          Arrays.fill(value, (byte) 1);
        }
        case 1, 2 -> {
          heap.points.add(point.copy());
          hummock.points.add(point);
        }
        case 3 -> {
          List<Point> two = new ArrayList<>(List.of(point, new Point(7, "seven")));
          heap.points.update(List.of(point.copy(), new Point(7, "seven")));
          hummock.points.update(two);
          two.get(1).spoil();
          two.clear();
        }
        case 4, 5 -> {
          heap.pointMap.put(mapKey, point.copy());
          hummock.pointMap.put(mapKey, point);
        }
        case 6 -> {
          if (heap.pointMap.contains(mapKey)) {
            setPoint(heap, mapKey, point.copy());
            setPoint(hummock, mapKey, point);
          }
        }
        case 7 -> {
          heap.all.subList(5, 8).forEach(InternalKvState::clear);
          hummock.all.subList(5, 8).forEach(InternalKvState::clear);
        }
        default -> {}
      }
      point.spoil();
      // The first answers are spoilt, the second ones show whether that was of any effect.
      for (int i = 0; i < 2; i++) {
        byte[] value = hummock.bytes.value();
        assertThat(value).isEqualTo(heap.bytes.value());
        if (value != null) {
          Arrays.fill(value, (byte) 2);
        }
        List<Point> points = copy(hummock.points.get());
        assertThat(points).isEqualTo(copy(heap.points.get()));
        if (points != null) {
          points.forEach(Point::spoil);
          ((List<Point>) hummock.points.get()).clear();
        }
        Point entry = hummock.pointMap.get(mapKey);
        assertThat(entry).isEqualTo(heap.pointMap.get(mapKey));
        if (entry != null) {
          entry.spoil();
        }
        Map<String, Point> expected = new HashMap<>();
        heap.pointMap.entries().forEach(e -> expected.put(e.getKey(), e.getValue()));
        Map<String, Point> found = new HashMap<>();
        hummock.pointMap.entries().forEach(e -> found.put(e.getKey(), e.getValue()));
        assertThat(found).isEqualTo(expected);
        found.values().forEach(Point::spoil);
      }
    }

    private void setPoint(Side<K, N> side, String mapKey, Point point) throws Exception {
      for (Map.Entry<String, Point> entry : side.pointMap.entries()) {
        if (entry.getKey().equals(mapKey)) {
          entry.setValue(point);
        }
      }
    }

    private List<String> keysInOrder() throws Exception {
      List<String> keys = new ArrayList<>();
      hummock.map.iterator().forEachRemaining(entry -> keys.add(entry.getKey()));
      return keys;
    }

    private void changeWhileIterating(Side<K, N> side, long salt) throws Exception {
      Iterator<Map.Entry<String, @Nullable Long>> entries = side.map.iterator();
      while (entries != null && entries.hasNext()) {
        Map.Entry<String, @Nullable Long> entry = entries.next();
        long hash = entry.getKey().length() + salt;
        if (hash % 3 == 0) {
          entries.remove();
        } else if (hash % 3 == 1) {
          entry.setValue(hash);
          assertThat(entry.getValue()).isEqualTo(hash);
        }
      }
    }

    void merge(N target, Collection<N> sources, SplittableRandom random) throws Exception {
      for (N source : sources) {
        if (random.nextBoolean()) {
          setNamespace(source);
          list(random);
          reducing(random);
          aggregating(random);
        }
      }
      for (Side<K, N> side : List.of(heap, hummock)) {
        side.list.mergeNamespaces(target, sources);
        side.reducing.mergeNamespaces(target, sources);
        side.aggregating.mergeNamespaces(target, sources);
      }
      List<N> all = new ArrayList<>(sources);
      all.add(target);
      for (N namespace : all) {
        setNamespace(namespace);
        assertThat(copy(hummock.list.get())).isEqualTo(copy(heap.list.get()));
        assertThat(hummock.reducing.get()).isEqualTo(heap.reducing.get());
        assertThat(hummock.aggregating.getInternal()).isEqualTo(heap.aggregating.getInternal());
      }
    }

    void compareKeys(N namespace) throws Exception {
      List<String> names = List.of("value", "list", "reducing", "aggregating", "map");
      Set<K> union = new HashSet<>();
      for (String name : names) {
        Set<Tuple2<K, N>> expected = new HashSet<>();
        for (Tuple2<K, N> entry : list(heap.backend.<N>getKeysAndNamespaces(name))) {
          if (!name.equals("map") || !isEmptyMap(entry)) {
            expected.add(entry);
          }
        }
        assertThat(list(hummock.backend.<N>getKeysAndNamespaces(name)))
            .as(name)
            .doesNotHaveDuplicates()
            .containsExactlyInAnyOrderElementsOf(expected);
        Set<K> keys =
            expected.stream()
                .filter(entry -> entry.f1.equals(namespace))
                .map(entry -> entry.f0)
                .collect(Collectors.toSet());
        assertThat(list(hummock.backend.getKeys(name, namespace)))
            .as(name)
            .doesNotHaveDuplicates()
            .containsExactlyInAnyOrderElementsOf(keys);
        union.addAll(keys);
      }
      assertThat(list(hummock.backend.getKeys(names, namespace)))
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(union);
    }

    /** The heap remembers the keys of maps that were emptied by an iterator. */
    private boolean isEmptyMap(Tuple2<K, N> entry) throws Exception {
      heap.backend.setCurrentKey(entry.f0);
      heap.map.setCurrentNamespace(entry.f1);
      return heap.map.isEmpty();
    }

    void restore() throws Exception {
      RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
          hummock.backend.snapshot(
              ++checkpoint,
              0,
              new MemCheckpointStreamFactory(64 << 20),
              CheckpointOptions.forCheckpointWithDefaultLocation());
      snapshot.run();
      KeyedStateHandle handle = Objects.requireNonNull(snapshot.get().getJobManagerOwnedSnapshot());
      hummock.close();
      hummock = open(hummockBackend(), List.of(handle));
    }

    void clearAll(N namespace) throws Exception {
      for (Side<K, N> side : List.of(heap, hummock)) {
        side.backend.applyToAllKeys(
            namespace, namespaceSerializer, MAP, (key, state) -> state.clear());
        side.backend.applyToAllKeys(
            namespace, namespaceSerializer, VALUE, (key, state) -> state.update("all"));
      }
      compareKeys(namespace);
    }

    private static String text(SplittableRandom random) {
      return Long.toString(random.nextLong(1_000_000), 36).repeat(random.nextInt(4));
    }

    private static List<String> texts(SplittableRandom random) {
      return Stream.generate(() -> text(random)).limit(random.nextInt(5)).toList();
    }

    private static <T> @Nullable List<T> copy(@Nullable Iterable<T> values) {
      if (values == null) {
        return null;
      }
      List<T> copy = new ArrayList<>();
      values.forEach(copy::add);
      return copy;
    }

    private static <T> List<T> list(Stream<T> stream) {
      try (stream) {
        return stream.collect(Collectors.toList());
      }
    }

    @Override
    public void close() {
      heap.close();
      hummock.close();
      assertThat(environment.getMemoryManager().verifyEmpty()).isTrue();
      IOUtils.closeQuietly(environment);
    }
  }
}
