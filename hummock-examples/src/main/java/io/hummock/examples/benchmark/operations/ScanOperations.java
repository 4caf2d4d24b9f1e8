package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** The whole of a value state of longs, and of a map state under one Flink key. */
public class ScanOperations extends StateOperations {
  private static final String STATE = "scanned";
  private static final int FIRST = 10;

  private final ValueStateDescriptor<Long> descriptor =
      new ValueStateDescriptor<>(STATE, LongSerializer.INSTANCE);

  @SuppressWarnings("NullAway.Init")
  private MapState<Long, Long> map;

  private long keySum;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    ValueState<Long> value = fixture.state(descriptor);
    for (long number = 0; number < keys; number++) {
      Object key = key(number);
      fixture.backend().setCurrentKey(key);
      value.update(number);
      keySum += key.hashCode();
    }
    map =
        fixture.state(
            new MapStateDescriptor<>("map", LongSerializer.INSTANCE, LongSerializer.INSTANCE));
    use(0);
    for (long entry = 0; entry < keys; entry++) {
      map.put(KeyKind.scatter(entry), entry);
    }
  }

  @Override
  void verify() throws Exception {
    expect(keySum, getKeys(), "the sum over all keys");
    long sum = (long) keys * (keys - 1) / 2;
    expect(sum, scan(), "the sum over all values");
    expect(sum, iterateMap(), "the sum over the map");
  }

  /** All keys of a state. */
  @Benchmark
  public long getKeys() {
    try (Stream<Object> stream = fixture().backend().getKeys(STATE, VoidNamespace.INSTANCE)) {
      return stream.mapToLong(Object::hashCode).sum();
    }
  }

  /** The first ten keys of a state. */
  @Benchmark
  public long getKeysFirstTen() {
    try (Stream<Object> stream = fixture().backend().getKeys(STATE, VoidNamespace.INSTANCE)) {
      return stream.limit(FIRST).mapToLong(Object::hashCode).sum();
    }
  }

  /** All keys of a state, and the value of each. */
  @Benchmark
  public long scan() throws Exception {
    long[] sum = {0};
    fixture()
        .backend()
        .applyToAllKeys(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            descriptor,
            (key, state) -> sum[0] += state.value());
    return sum[0];
  }

  /** The first ten entries of a map with as many entries as there are keys. */
  @Benchmark
  public long iterateMapFirstTen() throws Exception {
    use(0);
    long sum = 0;
    int count = 0;
    for (Long value : map.values()) {
      sum += value;
      if (++count == FIRST) {
        break;
      }
    }
    return sum;
  }

  /** All entries of that map. */
  @Benchmark
  public long iterateMap() throws Exception {
    use(0);
    long sum = 0;
    for (Long value : map.values()) {
      sum += value;
    }
    return sum;
  }
}
