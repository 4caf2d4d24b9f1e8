package io.hummock.examples.benchmark.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.AverageTimeResult;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.ScalarResult;

class OperationsBenchmarkTest {
  private static IterationResult iteration(long nanos, double collectorMillis) {
    IterationResult iteration = new IterationResult(null, null, null);
    iteration.addResult(
        new AverageTimeResult(ResultRole.PRIMARY, "append", 1, nanos, TimeUnit.NANOSECONDS));
    iteration.addResult(new ScalarResult("gc.time", collectorMillis, "ms", AggregationPolicy.SUM));
    return iteration;
  }

  private static double collectorMillis(RunResult result) {
    return Objects.requireNonNull(result.getSecondaryResults().get("gc.time")).getScore();
  }

  @Test
  void whatTheTeardownTakesIsNotThatOfTheOperations() {
    RunResult all =
        new RunResult(
            null,
            List.of(
                new BenchmarkResult(
                    null, List.of(iteration(300, 5), iteration(400, 6), iteration(500, 700)))));
    assertThat(collectorMillis(all)).isEqualTo(711);
    RunResult measured = OperationsBenchmark.withoutTeardown(all);
    assertThat(collectorMillis(measured)).isEqualTo(11);
    assertThat(measured.getPrimaryResult().getScore()).isEqualTo(350);
    assertThat(measured.getAggregatedResult().getIterationResults()).hasSize(2);
  }
}
