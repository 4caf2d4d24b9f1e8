package io.hummock.compaction;

import static io.hummock.version.TestTables.clipped;
import static io.hummock.version.TestTables.expiring;
import static io.hummock.version.TestTables.key;
import static io.hummock.version.TestTables.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.iterator.CompactionFilter;
import io.hummock.sstable.SstableInfo;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.VersionDelta;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sizes in KB: four to eight tables at level 0, 10 at the base, ten times more a level. */
class CompactionPickerTest {
  private static final TreeShape SHAPE = new TreeShape(4, 8, 10 << 10, 10, 2 << 10);

  private Version version = Version.empty(5);

  private void add(int level, TableFile... tables) {
    version = version.apply(VersionDelta.add(level, List.of(tables)));
  }

  private CompactionTask pick() {
    return Objects.requireNonNull(CompactionPicker.pick(version, SHAPE));
  }

  @Test
  void anEmptyTreeIsInShape() {
    assertThat(CompactionPicker.pick(version, SHAPE)).isNull();
    assertThat(CompactionPicker.isNeeded(version, SHAPE)).isFalse();
  }

  @Test
  void disjointTablesOfLevel0AreInShapeHoweverMany() {
    for (int i = 0; i < 20; i++) {
      char letter = (char) ('a' + i);
      add(0, table(i, i, letter + "0", letter + "9", 1));
    }
    assertThat(CompactionPicker.pick(version, SHAPE)).isNull();
  }

  @Test
  void overlappingTablesOfLevel0GoToTheDeepestLevelWhileTheTreeIsSmall() {
    for (int i = 0; i < 4; i++) {
      add(0, table(i, i, "a", "z", 1));
    }
    add(4, table(9, 0, "m", "n", 5));
    CompactionTask task = pick();
    assertThat(CompactionPicker.isNeeded(version, SHAPE)).isTrue();
    assertThat(task.outputLevel()).isEqualTo(4);
    assertThat(task.inputs().get(0)).hasSize(4);
    assertThat(task.inputs().get(4)).hasSize(1);
    assertThat(task.isTrivialMove(0)).isFalse();
  }

  @Test
  void smallTablesOfLevel0AreMergedWithEachOtherBeforeALargeBaseIsRewritten() {
    add(4, table(9, 0, "a", "z", 100));
    TableFile larger = table(1, 1, "a", "z", 5);
    add(0, larger);
    for (int i = 2; i < 5; i++) {
      add(0, table(i, i, "a", "z", 1));
    }
    assertThat(pickWithLargeBase()).isNull();

    add(0, table(5, 5, "a", "z", 1));
    CompactionTask task = Objects.requireNonNull(pickWithLargeBase());
    assertThat(task.outputLevel()).isZero();
    assertThat(task.tables()).hasSize(4).doesNotContain(larger);
    assertThat(task.isTrivialMove(0)).isFalse();
    assertThat(task.older().mayHold(key("a"))).isTrue();

    version = version.apply(task.replacedBy(List.of(table(6, 2, 5, "a", "z", 4))));
    assertThat(version.level0().depth()).isEqualTo(2);
    add(0, table(7, 6, "a", "z", 4));
    add(0, table(8, 7, "a", "z", 4));
    assertThat(Objects.requireNonNull(pickWithLargeBase()).tables()).hasSize(4);
  }

  @Test
  void oneTableOfLevel0IsNotMergedWithItself() {
    TreeShape shape = new TreeShape(1, 8, 1000 << 10, 10, 2 << 10);
    add(4, table(9, 0, "a", "z", 100));
    add(0, table(1, 1, "a", "z", 1));
    assertThat(CompactionPicker.pick(version, shape)).isNull();
    add(0, table(2, 2, "a", "z", 1));
    assertThat(Objects.requireNonNull(CompactionPicker.pick(version, shape)).tables()).hasSize(2);
  }

  @Test
  void tablesThatHaveEpochsInCommonAreMergedTogether() {
    add(4, table(9, 0, "a", "z", 100));
    TableFile other = table(1, 3, 4, "n", "z", 8);
    add(0, table(2, 2, 5, "a", "m", 1), other);
    for (int i = 6; i < 9; i++) {
      add(0, table(i, i, "a", "z", 1));
    }
    assertThat(Objects.requireNonNull(pickWithLargeBase()).tables()).hasSize(5).contains(other);
  }

  @Test
  void level0GoesToALargeBaseWhenItIsWorthItOrTooDeep() {
    add(4, table(9, 0, "a", "z", 100));
    for (int i = 1; i < 5; i++) {
      add(0, table(i, i, "a", "z", 7));
    }
    assertThat(Objects.requireNonNull(pickWithLargeBase()).outputLevel()).isEqualTo(4);

    version = Version.empty(5);
    add(4, table(9, 0, "a", "z", 200));
    for (int i = 1; i < 9; i++) {
      assertThat(pickWithLargeBase()).isNull();
      add(0, table(i, i, "a", "z", 9 - i));
    }
    assertThat(Objects.requireNonNull(pickWithLargeBase()).outputLevel()).isEqualTo(4);
  }

  private @Nullable CompactionTask pickWithLargeBase() {
    TreeShape shape = new TreeShape(4, 8, 1000 << 10, 10, 2 << 10);
    CompactionTask task = CompactionPicker.pick(version, shape);
    assertThat(CompactionPicker.isNeeded(version, shape)).isEqualTo(task != null);
    return task;
  }

  @Test
  void level0GoesToTheFirstLevelWhoseTargetIsSmall() {
    add(4, table(9, 0, "a", "z", 3000));
    for (int i = 0; i < 4; i++) {
      add(0, table(i, i, "a", "z", 1));
    }
    // 3000 KB at level 4, so 300 at level 3, 30 at level 2 and 3 at level 1.
    assertThat(LevelTargets.of(version, SHAPE).base()).isEqualTo(1);
    assertThat(LevelTargets.of(version, SHAPE).target(2)).isEqualTo(30 << 10);
    assertThat(pick().outputLevel()).isEqualTo(1);
  }

  @Test
  void level0IsNeverMergedPastALevelThatHasTables() {
    add(2, table(9, 0, "a", "b", 1));
    for (int i = 1; i < 9; i++) {
      add(0, table(i, i, "x", "z", 1));
    }
    CompactionTask first = pick();
    // Level 2 lies above the base, so it is emptied first, one level at a time.
    assertThat(first.inputs().get(2)).hasSize(1);
    assertThat(first.outputLevel()).isEqualTo(3);
    assertThat(first.isTrivialMove(0)).isTrue();
    CompactionTask full = Objects.requireNonNull(CompactionPicker.pickAll(version, SHAPE, false));
    assertThat(full.tables()).hasSize(9);
  }

  @Test
  void level0GivesTheDeepestPlaceWithAllThatItOverlaps() {
    TableFile alone = table(1, 1, "a", "b", 1);
    add(0, alone);
    for (int i = 2; i < 6; i++) {
      add(0, table(i, i, "m", "p", 1));
    }
    TableFile bridge = table(7, 7, "p", "q", 1);
    TableFile behindBridge = table(6, 6, "q", "s", 1);
    add(0, bridge, behindBridge);
    List<TableFile> picked = pick().inputs().get(0);
    assertThat(picked).hasSize(6).contains(bridge, behindBridge).doesNotContain(alone);
    assertThat(picked.get(0)).isSameAs(bridge);
  }

  @Test
  void aLevelAboveItsTargetGivesTheTableThatRewritesLeastForItsSize() {
    add(4, table(9, 0, "a", "f", 60), table(8, 0, "g", "m", 40), table(7, 0, "n", "z", 100));
    add(3, table(1, 1, "a", "c", 15), table(2, 1, "d", "k", 16));
    TableFile cheapest = table(3, 1, "l", "o", 40);
    add(3, cheapest);
    assertThat(LevelTargets.of(version, SHAPE).target(3)).isEqualTo(20 << 10);
    assertThat(pick().inputs().get(3)).containsExactly(cheapest);
    assertThat(pick().inputs().get(4)).hasSize(2);
  }

  @Test
  void ofTablesThatRewriteAsMuchTheFirstGoesFirst() {
    add(4, table(9, 0, "a", "z", 200));
    TableFile first = table(1, 1, "a", "c", 15);
    add(3, first, table(2, 1, "d", "f", 15));
    assertThat(pick().inputs().get(3)).containsExactly(first);
  }

  @Test
  void aTableThatMeetsNothingIsMoved() {
    add(2, table(1, 1, "a", "c", 1));
    CompactionTask task = pick();
    assertThat(task.isTrivialMove(0)).isTrue();
    Version next = version.apply(task.replacedBy(task.tables()));
    assertThat(next.leveling(2).isEmpty()).isTrue();
    assertThat(next.leveling(3).tables()).hasSize(1);
  }

  @Test
  void aTableOfTombstonesIsRewrittenWhereTheyCanBeDropped() {
    SstableInfo info =
        new SstableInfo(
            new UUID(0, 1), 10, 1, 0, key("a"), key("c"), 1, 1, 10, 9, 0, CompactionFilter.NEVER);
    add(2, TableFile.whole(info, "dir"));
    assertThat(pick().isTrivialMove(0)).isFalse();
    add(4, table(2, 0, "b", "b", 1));
    assertThat(pick().isTrivialMove(0)).isTrue();
  }

  private @Nullable CompactionTask pickExpired(long now) {
    return CompactionPicker.pickExpired(version, SHAPE, now);
  }

  @Test
  void aTableThatHasExpiredIsRewrittenWhereItLiesIfNothingLiesBelow() {
    add(3, expiring(table(1, 1, "a", "c", 1), 100), table(2, 1, "d", "f", 1));
    add(4, table(3, 0, "d", "f", 1));
    assertThat(pickExpired(99)).isNull();
    assertThat(CompactionPicker.isExpired(version, 99)).isFalse();
    assertThat(CompactionPicker.isExpired(version, 100)).isTrue();
    CompactionTask task = Objects.requireNonNull(pickExpired(100));
    assertThat(task.outputLevel()).isEqualTo(3);
    assertThat(task.tables()).extracting(TableFile::file).containsExactly(new UUID(0, 1));
    assertThat(task.isTrivialMove(100)).isFalse();
  }

  @Test
  void aTableThatHasExpiredIsMergedWithWhatItHides() {
    add(2, expiring(table(1, 1, "a", "e", 1), 100));
    add(4, table(2, 0, "a", "c", 1), table(3, 0, "d", "f", 1), table(4, 0, "g", "h", 1));
    CompactionTask task = Objects.requireNonNull(pickExpired(100));
    assertThat(task.outputLevel()).isEqualTo(4);
    assertThat(task.tables())
        .extracting(TableFile::file)
        .containsExactly(new UUID(0, 1), new UUID(0, 2), new UUID(0, 3));
  }

  @Test
  void ofTablesThatHaveExpiredTheDeepestGoesFirst() {
    add(0, expiring(table(1, 2, "a", "e", 1), 100), table(2, 1, "b", "f", 1));
    add(4, expiring(table(3, 0, "a", "c", 1), 100));
    CompactionTask first = Objects.requireNonNull(pickExpired(100));
    assertThat(first.tables()).extracting(TableFile::file).containsExactly(new UUID(0, 3));
    version = version.apply(first.replacedBy(List.of()));
    CompactionTask second = Objects.requireNonNull(pickExpired(100));
    assertThat(second.tables()).as("with the table that it overlaps").hasSize(2);
    assertThat(second.isTrivialMove(100)).isFalse();
  }

  @Test
  void aTableThatHasExpiredIsNotMovedButRewritten() {
    add(0, expiring(table(1, 1, "a", "c", 1), 100));
    CompactionTask task = Objects.requireNonNull(pickExpired(100));
    assertThat(task.isTrivialMove(99)).isTrue();
    assertThat(task.isTrivialMove(100)).isFalse();
  }

  @Test
  void fullCompactionHasNothingToDoForOneLevelOfPlainTables() {
    add(4, table(1, 1, "a", "c", 1), table(2, 1, "d", "f", 1));
    assertThat(CompactionPicker.pickAll(version, SHAPE, false)).isNull();
    assertThat(CompactionPicker.pickAll(version, SHAPE, true)).as("with a filter").isNotNull();
  }

  @Test
  void fullCompactionRewritesClippedTables() {
    add(4, clipped(table(1, 1, key(1, "a"), key(5, "c"), 1), 2, 5));
    assertThat(CompactionPicker.pickAll(version, SHAPE, false)).isNotNull();
  }

  @Test
  void deeperTablesAreFoundByTheirClippedRange() {
    add(4, clipped(table(1, 1, key(1, "a"), key(9, "c"), 1), 3, 5));
    DeeperTables deeper = DeeperTables.below(version, 3);
    assertThat(deeper.mayHold(key(2, "z"))).isFalse();
    assertThat(deeper.mayHold(key(3, ""))).isTrue();
    assertThat(deeper.mayHold(key(5, "z"))).isTrue();
    assertThat(deeper.mayHold(key(6, ""))).isFalse();
    assertThat(DeeperTables.below(version, 4).mayHold(key(4, ""))).isFalse();
    assertThat(OlderEntries.UNKNOWN.mayHold(key(4, ""))).isTrue();
  }
}
