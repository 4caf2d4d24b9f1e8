package io.hummock.examples.benchmark.operations;

import org.apache.flink.api.common.functions.AggregateFunction;

/** The sum of longs. */
final class Sum implements AggregateFunction<Long, Long, Long> {
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
