package io.hummock.version;

import static io.hummock.version.TestTables.clipped;
import static io.hummock.version.TestTables.key;
import static io.hummock.version.TestTables.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LevelTest {
  @Test
  void tieringTakesOverlappingTablesNewestFirst() {
    Tiering level = new Tiering(List.of(table(2, 5, "a", "m", 1), table(1, 4, "c", "z", 1)));
    assertThat(level.depth()).isEqualTo(2);
    assertThat(level.depthAt(key("b"))).isEqualTo(1);
    assertThat(level.depthAt(key("d"))).isEqualTo(2);
  }

  @Test
  void tieringRefusesAnOlderTableBeforeANewerOne() {
    assertThatThrownBy(
            () -> new Tiering(List.of(table(1, 4, "a", "b", 1), table(2, 5, "c", "d", 1))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tieringRefusesOverlappingTablesOfOneEpoch() {
    TableFile first = table(1, 4, "a", "c", 1);
    assertThatThrownBy(() -> new Tiering(List.of(first, table(2, 4, "c", "d", 1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new Tiering(List.of(first, table(2, 4, "d", "e", 1))).depth()).isEqualTo(1);
  }

  @Test
  void tieringComparesAllTablesOfOneEpoch() {
    assertThatThrownBy(
            () ->
                new Tiering(
                    List.of(
                        table(1, 4, "a", "c", 1),
                        table(2, 4, "x", "z", 1),
                        table(3, 4, "b", "d", 1))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void levelingRefusesOverlapAndDisorder() {
    TableFile first = table(1, 4, "a", "c", 1);
    assertThatThrownBy(() -> new Leveling(List.of(first, table(2, 4, "c", "d", 1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Leveling(List.of(table(2, 4, "d", "e", 1), first)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void levelingFindsWhatOverlaps() {
    TableFile a = table(1, 1, "a", "c", 1);
    TableFile b = table(2, 1, "e", "g", 1);
    TableFile c = table(3, 1, "i", "k", 1);
    Leveling level = new Leveling(List.of(a, b, c));
    assertThat(level.overlapping(key("d"), key("d"))).isEmpty();
    assertThat(level.overlapping(key("c"), key("e"))).containsExactly(a, b);
    assertThat(level.overlapping(key("f"), key("z"))).containsExactly(b, c);
    assertThat(level.overlapping(key("l"), key("z"))).isEmpty();
  }

  @Test
  void aClippedTableCoversItsPartitionsOnly() {
    TableFile table = table(1, 1, key(2, "x"), key(9, "y"), 1);
    TableFile middle = clipped(table, 4, 6);
    assertThat(middle.covers(key(3, "z"))).isFalse();
    assertThat(middle.covers(key(4, ""))).isTrue();
    assertThat(middle.covers(key(6, "\uffff"))).isTrue();
    assertThat(middle.covers(key(7, ""))).isFalse();
    assertThat(middle.isClipped()).isTrue();
    assertThat(clipped(table, 0, 9).isClipped()).isFalse();
  }

  @Test
  void neighbouringClipsOfOneTableAreDisjoint() {
    TableFile table = table(1, 1, key(2, "x"), key(9, "y"), 1);
    TableFile left = clipped(table, 0, 4);
    TableFile right = clipped(table, 5, 9);
    assertThat(left.overlaps(right)).isFalse();
    assertThat(new Leveling(List.of(left, right)).tables()).containsExactly(left, right);
  }

  @Test
  void aClipThatLeavesNothingIsRefused() {
    TableFile table = table(1, 1, key(2, "x"), key(9, "y"), 1);
    assertThatThrownBy(() -> clipped(table, 10, 20)).isInstanceOf(IllegalArgumentException.class);
  }
}
