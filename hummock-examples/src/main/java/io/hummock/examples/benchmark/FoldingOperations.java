package io.hummock.examples.benchmark;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** Reducing and aggregating state that sum longs. */
public class FoldingOperations extends StateOperations {
  @SuppressWarnings("NullAway.Init")
  private ReducingState<Long> reducing;

  @SuppressWarnings("NullAway.Init")
  private AggregatingState<Long, Long> aggregating;

  private static final class Sum implements AggregateFunction<Long, Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Long value, Long accumulator) {
      return accumulator + value;
    }

    @Override
    public Long getResult(Long accumulator) {
      return accumulator;
    }

    @Override
    public Long merge(Long a, Long b) {
      return a + b;
    }
  }

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    reducing =
        fixture.state(
            new ReducingStateDescriptor<>("reducing", Long::sum, LongSerializer.INSTANCE));
    aggregating =
        fixture.state(
            new AggregatingStateDescriptor<>("aggregating", new Sum(), LongSerializer.INSTANCE));
    for (long key = 0; key < keys; key++) {
      use(key);
      reducing.add(key);
      aggregating.add(key);
    }
  }

  @Benchmark
  public void reducingAdd() throws Exception {
    reducing.add(useNext());
  }

  @Benchmark
  public Object reducingGet() throws Exception {
    useNext();
    return reducing.get();
  }

  @Benchmark
  public void aggregatingAdd() throws Exception {
    aggregating.add(useNext());
  }

  /** Ten adds, one read, one clear. */
  @Benchmark
  public Object windowReduce() throws Exception {
    long key = useNext();
    for (int i = 0; i < 10; i++) {
      reducing.add(key);
    }
    Long sum = reducing.get();
    reducing.clear();
    return sum;
  }
}
