package io.hummock.examples.job;

import org.apache.flink.api.common.functions.AggregateFunction;

/** Mean of the last {@value #LENGTH} values. */
final class RollingDelay implements AggregateFunction<Integer, RollingDelay.Last, Double> {
  static final int LENGTH = 10;

  private static final long serialVersionUID = 1;

  /** The last values in a ring. Flink serialises it by its public fields. */
  public static final class Last {
    public int[] values = new int[LENGTH];
    public int added;
  }

  @Override
  public Last createAccumulator() {
    return new Last();
  }

  @Override
  public Last add(Integer value, Last last) {
    last.values[last.added % LENGTH] = value;
    last.added++;
    return last;
  }

  @Override
  public Double getResult(Last last) {
    int count = Math.min(last.added, LENGTH);
    int sum = 0;
    for (int i = 0; i < count; i++) {
      sum += last.values[i];
    }
    return (double) sum / count;
  }

  /**
   * The last values of both, those of {@code second} taken as the later ones. The job has no
   * merging windows over it, but state that is asked to merge namespaces calls this.
   */
  @Override
  public Last merge(Last first, Last second) {
    int start = Math.max(0, second.added - LENGTH);
    for (int i = start; i < second.added; i++) {
      add(second.values[i % LENGTH], first);
    }
    return first;
  }
}
