package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.Seeds;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Does the same random things to stores and to a sorted map, and expects the same answers.
 *
 * <p>{@code -Dhummock.model.seeds} says how many runs, {@code -Dhummock.model.operations} how many
 * operations each.
 */
class StoreModelTest {
  private static final int SEEDS = Integer.getInteger("hummock.model.seeds", 40);
  private static final int OPERATIONS = Integer.getInteger("hummock.model.operations", 2_000);

  private static final LongAdder done = new LongAdder();

  static LongStream seeds() {
    long base = Seeds.base();
    return LongStream.range(base, base + SEEDS);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void answersLikeASortedMap(long seed) throws Exception {
    try (ModelRun run = new ModelRun(seed)) {
      run.run(OPERATIONS);
      run.finish();
      assertThat(run.objectsLeft()).as("objects that nobody deleted").isEmpty();
    }
    done.add(OPERATIONS);
  }

  @AfterAll
  static void report() {
    System.out.println(done + " operations over " + SEEDS + " seeds without a difference");
  }
}
