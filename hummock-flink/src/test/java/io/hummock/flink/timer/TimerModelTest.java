package io.hummock.flink.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.testing.Seeds;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Does the same random things to timer queues and to sorted sets, with caches and memtables so
 * small that both run over all the time; checkpoints, restores and rescales on the way.
 */
class TimerModelTest {
  private static final int SEEDS = Integer.getInteger("hummock.model.seeds", 24);
  private static final int OPERATIONS = Integer.getInteger("hummock.model.operations", 4_000);

  @Test
  void answersLikeSortedSets() throws IOException {
    long base = Seeds.base();
    for (int i = 0; i < SEEDS; i++) {
      try (TimerModelRun run = new TimerModelRun(base + i)) {
        run.run(OPERATIONS);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with -Dhummock.seed=" + (base + i), e);
      }
    }
  }

  /** Nothing is ever compacted, so that all tombstones stay. */
  private static final HummockOptions WITHOUT_COMPACTION =
      new HummockOptions(
          16 << 20, 2, 8 << 10, 64 << 20, 1_000, 1_000, 1_000, 256 << 20, 10, 7, 10, 2, 64 << 20,
          0);

  @Test
  void pollsPassFewEntriesHoweverManyTombstonesPileUp() throws IOException {
    int timers = 1_000_000;
    try (TimerTrees trees = new TimerTrees(Seeds.base(), 512 << 10, WITHOUT_COMPACTION, 1)) {
      TimerTrees.Subtask subtask = trees.subtasks().get(0);
      for (long key = 0; key < timers; key++) {
        subtask.queue(0).add(TimerTrees.timer(key, "" + key));
      }
      for (int round = 1; round <= 3; round++) {
        long before = trees.entriesPassed();
        for (long i = 0; i < timers; i++) {
          var first = subtask.queue(0).poll();
          assertThat(first).isNotNull();
          subtask.queue(0).add(TimerTrees.timer(first.getTimestamp() + timers, first.getKey()));
          if (i % 4 == 0) {
            // One that never fires, and leaves a tombstone in front of the others.
            var deleted = TimerTrees.timer(first.getTimestamp() + timers / 2, first.getKey());
            subtask.queue(0).add(deleted);
            subtask.queue(0).remove(deleted);
          }
        }
        double passed = (double) (trees.entriesPassed() - before) / timers;
        assertThat(passed).as("entries passed a poll in round %d", round).isBetween(1.0, 1.5);
      }
    }
  }
}
