package io.hummock.examples.benchmark;

import java.util.stream.Stream;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Warmup;

/** The keys of a value state of longs, by {@code getKeys}. */
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class ScanOperations extends StateOperations {
  private static final String STATE = "scanned";

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    ValueState<Long> value =
        fixture.state(new ValueStateDescriptor<>(STATE, LongSerializer.INSTANCE));
    for (long key = 0; key < keys; key++) {
      use(key);
      value.update(key);
    }
  }

  @Benchmark
  public long firstTen() {
    try (Stream<Long> stream = fixture().backend().getKeys(STATE, VoidNamespace.INSTANCE)) {
      return stream.limit(10).mapToLong(Long::longValue).sum();
    }
  }

  @Benchmark
  public long full() {
    try (Stream<Long> stream = fixture().backend().getKeys(STATE, VoidNamespace.INSTANCE)) {
      return stream.mapToLong(Long::longValue).sum();
    }
  }
}
