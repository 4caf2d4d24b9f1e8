package io.hummock.examples.benchmark.pipeline;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Adds up all results, in whatever order they come. Without failures only: it has no state. */
final class Checksum extends RichMapFunction<Long, Long> {
  /** The accumulators. */
  static final String SUM = "sum";

  static final String COUNT = "count";

  private static final long serialVersionUID = 1L;

  private final LongCounter sum = new LongCounter();
  private final LongCounter count = new LongCounter();

  @Override
  public void open(OpenContext context) {
    getRuntimeContext().addAccumulator(SUM, sum);
    getRuntimeContext().addAccumulator(COUNT, count);
  }

  @Override
  public Long map(Long result) {
    sum.add(result);
    count.add(1);
    return result;
  }
}
