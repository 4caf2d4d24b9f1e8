package io.hummock.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Command;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanTest {
  static Stream<Plan> plans() {
    return Stream.of(Plan.quick(), Plan.within(15), Plan.within(25), Plan.within(90));
  }

  @ParameterizedTest
  @MethodSource("plans")
  void everyBenchmarkUnderstandsItsOptions(Plan plan) {
    for (Command benchmark : Benchmarks.benchmarks()) {
      for (List<String> line : plan.lines(benchmark.name())) {
        Arguments arguments = new Arguments(line, benchmark.options());
        assertThat(Peer.listOf(arguments.list("backends"))).anyMatch(Peer::isHummock);
        for (int i = 0; i < line.size(); i += 2) {
          assertThat(arguments.text(line.get(i).substring(2))).isEqualTo(line.get(i + 1));
        }
      }
    }
  }

  @Test
  void tooLittleTimeIsRefused() {
    assertThatThrownBy(() -> Plan.within(14))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("15 at least");
  }
}
