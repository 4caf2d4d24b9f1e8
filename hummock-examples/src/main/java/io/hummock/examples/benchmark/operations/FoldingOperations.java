package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** Reducing and aggregating state that sum longs. */
public class FoldingOperations extends StateOperations {
  private static final int ADDS = 10;

  @SuppressWarnings("NullAway.Init")
  private ReducingState<Long> reducing;

  @SuppressWarnings("NullAway.Init")
  private AggregatingState<Long, Long> aggregating;

  @SuppressWarnings("NullAway.Init")
  private ReducingState<Long> window;

  private long reduced;
  private long aggregated;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    reducing =
        fixture.state(
            new ReducingStateDescriptor<>("reducing", Long::sum, LongSerializer.INSTANCE));
    aggregating =
        fixture.state(
            new AggregatingStateDescriptor<>("aggregating", new Sum(), LongSerializer.INSTANCE));
    window =
        fixture.state(new ReducingStateDescriptor<>("window", Long::sum, LongSerializer.INSTANCE));
    for (long number = 0; number < keys; number++) {
      use(number);
      reducing.add(number);
      aggregating.add(number);
    }
  }

  @Override
  void verify() throws Exception {
    long ofReducing = 0;
    long ofAggregating = 0;
    for (long number = 0; number < keys; number++) {
      use(number);
      ofReducing += reducing.get();
      ofAggregating += aggregating.get();
    }
    long filled = (long) keys * (keys - 1) / 2;
    expect(filled + reduced, ofReducing, "the sum of the reducing state");
    expect(filled + aggregated, ofAggregating, "the sum of the aggregating state");
  }

  @Benchmark
  public void reducingAdd() throws Exception {
    long number = useNext();
    reducing.add(number);
    reduced += number;
  }

  @Benchmark
  public Object reducingGet() throws Exception {
    useNext();
    return reducing.get();
  }

  @Benchmark
  public void aggregatingAdd() throws Exception {
    long number = useNext();
    aggregating.add(number);
    aggregated += number;
  }

  @Benchmark
  public Object aggregatingGet() throws Exception {
    useNext();
    return aggregating.get();
  }

  /** Ten adds, one read, one clear. */
  @Benchmark
  public void windowReduce() throws Exception {
    long number = useNext();
    for (int i = 0; i < ADDS; i++) {
      window.add(number);
    }
    Long sum = window.get();
    window.clear();
    if (sum != ADDS * number) {
      throw new IllegalStateException("wrong answer: a window's sum is " + sum);
    }
  }
}
