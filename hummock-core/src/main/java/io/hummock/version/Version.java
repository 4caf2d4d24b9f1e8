package io.hummock.version;

import io.hummock.bytes.Slice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** All tables of the tree at one moment, by level. Immutable. */
public final class Version {
  private final Tiering level0;
  private final List<Leveling> deeper;

  /**
   * @param level0 the newest tables
   * @param deeper level 1 and what is below, each older than the one before
   */
  public Version(Tiering level0, List<Leveling> deeper) {
    this.level0 = level0;
    this.deeper = List.copyOf(deeper);
  }

  /** A version without tables, of {@code levels} levels, level 0 included. */
  public static Version empty(int levels) {
    List<Leveling> deeper = new ArrayList<>();
    for (int i = 1; i < levels; i++) {
      deeper.add(Leveling.EMPTY);
    }
    return new Version(Tiering.EMPTY, deeper);
  }

  /** A version of these tables, by level; each level is put in order. */
  public static Version of(List<List<TableFile>> tables) {
    List<Leveling> deeper = new ArrayList<>();
    for (List<TableFile> level : tables.subList(1, tables.size())) {
      deeper.add(Leveling.sorted(level));
    }
    return new Version(Tiering.sorted(tables.get(0)), deeper);
  }

  /** The number of levels, level 0 included. */
  public int levels() {
    return 1 + deeper.size();
  }

  public Level level(int level) {
    return level == 0 ? level0 : deeper.get(level - 1);
  }

  public Tiering level0() {
    return level0;
  }

  /** Level {@code level}, 1 or more. */
  public Leveling leveling(int level) {
    Objects.checkIndex(level, levels());
    return deeper.get(level - 1);
  }

  /** All tables, the newest level first. */
  public List<TableFile> tables() {
    List<TableFile> all = new ArrayList<>(level0.tables());
    for (Leveling level : deeper) {
      all.addAll(level.tables());
    }
    return all;
  }

  /** The bytes of all tables. */
  public long bytes() {
    long sum = level0.bytes();
    for (Leveling level : deeper) {
      sum += level.bytes();
    }
    return sum;
  }

  /** The bytes of the filters and indexes of all tables. */
  public long metaBytes() {
    return tables().stream().mapToLong(table -> table.info().metaBytes()).sum();
  }

  /** The bytes of the tables that no table below overlaps. */
  public long uncoveredBytes() {
    long sum = 0;
    for (int i = 0; i < levels(); i++) {
      for (TableFile table : level(i).tables()) {
        sum += hasBelow(i, table.smallest(), table.largest()) ? 0 : table.bytes();
      }
    }
    return sum;
  }

  /** The deepest level that has a table; 0 if none below level 0 has. */
  public int deepestLevel() {
    int level = deeper.size();
    while (level > 0 && leveling(level).isEmpty()) {
      level--;
    }
    return level;
  }

  /** Whether a table below {@code level} may have a key between both bounds, included. */
  public boolean hasBelow(int level, Slice smallest, Slice largest) {
    for (int i = level + 1; i < levels(); i++) {
      if (!leveling(i).overlapping(smallest, largest).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * The next version.
   *
   * @throws IllegalArgumentException if a table that goes is not here, or one that comes does not
   *     fit into its level
   */
  public Version apply(VersionDelta delta) {
    Set<TableFile.Content> missing = new HashSet<>(delta.removed());
    List<List<TableFile>> tables = new ArrayList<>();
    for (int i = 0; i < levels(); i++) {
      List<TableFile> kept = new ArrayList<>(delta.added().getOrDefault(i, List.of()));
      for (TableFile table : level(i).tables()) {
        if (!missing.remove(table.content())) {
          kept.add(table);
        }
      }
      tables.add(kept);
    }
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException("tables to remove are not in the version: " + missing);
    }
    if (!delta.added().isEmpty() && delta.added().lastKey() >= levels()) {
      throw new IllegalArgumentException(
          "level " + delta.added().lastKey() + " of " + levels() + " levels");
    }
    return of(tables);
  }
}
