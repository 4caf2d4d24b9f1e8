package io.hummock.flink.ownership;

import io.hummock.testing.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Over random lives of jobs: each object of each completed snapshot that nobody has discarded is
 * there and verifies, and in the end nothing is left but what a killed process or a lost
 * acknowledgement left behind, which the listing of orphans finds.
 *
 * <p>{@code -Dhummock.ownership.seeds} says how many lives, {@code -Dhummock.ownership.steps} how
 * many steps each; {@code -Dhummock.seed} where the seeds begin.
 */
class OwnershipModelTest {
  private static final int SEEDS = Integer.getInteger("hummock.ownership.seeds", 400);
  private static final int STEPS = Integer.getInteger("hummock.ownership.steps", 250);

  @Test
  void noLiveFileIsDeletedAndNoneIsLeftBehind() throws Exception {
    long base = Seeds.base();
    long ofKilled = 0;
    long ofLost = 0;
    for (long seed = base; seed < base + SEEDS; seed++) {
      OwnershipRun run = new OwnershipRun(seed);
      try {
        run.run(STEPS);
        run.finish();
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "seed %d (number %d), replay with -Dhummock.seed=%d -Dhummock.ownership.seeds=1%n%s"
                .formatted(seed, seed - base + 1, seed, lines(run.history())),
            e);
      } finally {
        MemoryFileSystem.clear("memory:/run-" + Long.toHexString(seed));
      }
      ofKilled += run.files().leftOfKilled();
      ofLost += run.files().leftOfLost();
    }
    System.out.printf(
        "%d lives of %d steps; left behind: %d files of killed processes, %d of lost"
            + " acknowledgements%n",
        SEEDS, STEPS, ofKilled, ofLost);
  }

  private static String lines(List<String> history) {
    return String.join("\n", history);
  }
}
