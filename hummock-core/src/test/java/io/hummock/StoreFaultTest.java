package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.FaultyObjectStore.Mode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The object store fails at every call of a life with flushes, compactions, checkpoints of both
 * kinds and restores.
 */
class StoreFaultTest {
  private static long calls() throws Exception {
    FaultScenario scenario = new FaultScenario();
    scenario.run();
    assertThat(scenario.failures()).isZero();
    assertThat(scenario.objectsLeft()).isEmpty();
    assertThat(scenario.objects().calls()).isGreaterThan(100);
    return scenario.objects().calls();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void anyOneCallMayFail(Mode mode) throws Exception {
    long calls = calls();
    long recovered = 0;
    for (long n = 1; n <= calls; n++) {
      FaultScenario scenario = new FaultScenario();
      scenario.objects().failCall(n, mode);
      scenario.run();
      assertThat(scenario.objectsLeft()).as("left after %s at call %d", mode, n).isEmpty();
      recovered += scenario.failures();
    }
    System.out.printf("%s: %d calls, %d recoveries from a checkpoint%n", mode, calls, recovered);
    assertThat(recovered).as("failures that were not absorbed").isLessThan(calls);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void allCallsMayFailFromAnyOneOn(Mode mode) throws Exception {
    long calls = calls();
    for (long n = 1; n <= calls; n++) {
      FaultScenario scenario = new FaultScenario();
      scenario.objects().failFromCall(n, mode);
      scenario.run();
      assertThat(scenario.objectsLeft()).as("left after %s from call %d", mode, n).isEmpty();
    }
  }
}
