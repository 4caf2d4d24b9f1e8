package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.version.Leveling;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells whether older entries of a key may lie below what is being merged. Asked with ascending
 * keys only, so that it walks along with the merge. Not thread-safe.
 */
public final class DeeperTables implements OlderEntries {
  private final List<List<TableFile>> levels = new ArrayList<>();
  private final int[] at;

  private DeeperTables(List<Leveling> deeper) {
    for (Leveling level : deeper) {
      levels.add(level.tables());
    }
    this.at = new int[levels.size()];
  }

  /** The tables of a version below a level. */
  public static DeeperTables below(Version version, int level) {
    List<Leveling> deeper = new ArrayList<>();
    for (int i = level + 1; i < version.levels(); i++) {
      deeper.add(version.leveling(i));
    }
    return new DeeperTables(deeper);
  }

  @Override
  public boolean mayHold(Slice key) {
    for (int i = 0; i < at.length; i++) {
      List<TableFile> tables = levels.get(i);
      while (at[i] < tables.size() && tables.get(at[i]).largest().compareTo(key) < 0) {
        at[i]++;
      }
      if (at[i] < tables.size() && tables.get(at[i]).smallest().compareTo(key) <= 0) {
        return true;
      }
    }
    return false;
  }
}
