package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.version.Leveling;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.VersionDelta;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Tables of one or more levels that are merged into one level.
 *
 * <p>Whoever makes one sees to it that merging is right: no table that stays above the output level
 * is older than one that goes, for any key of theirs.
 *
 * @param version the version that they were picked from
 * @param inputs by level, the newest first; level 0's are in its order, the others in key order
 * @param outputLevel the level that gets the outputs; 0 if level 0's newest tables are merged with
 *     each other
 */
public record CompactionTask(Version version, List<List<TableFile>> inputs, int outputLevel) {
  public CompactionTask {
    if (outputLevel < 0 || outputLevel >= version.levels()) {
      throw new IllegalArgumentException("output to level " + outputLevel);
    }
    if (inputs.size() != outputLevel + 1) {
      throw new IllegalArgumentException(
          "inputs from " + inputs.size() + " levels to level " + outputLevel);
    }
    inputs = inputs.stream().map(List::copyOf).toList();
  }

  /**
   * The tables of some level, and all that they meet at the output level.
   *
   * @param from the tables; where they are of level 0, with each older one that they overlap
   */
  static CompactionTask of(Version version, int level, List<TableFile> from, int outputLevel) {
    List<List<TableFile>> inputs = new ArrayList<>(Collections.nCopies(outputLevel + 1, List.of()));
    inputs.set(level, from);
    Slice smallest = Collections.min(from.stream().map(TableFile::smallest).toList());
    Slice largest = Collections.max(from.stream().map(TableFile::largest).toList());
    inputs.set(outputLevel, version.leveling(outputLevel).overlapping(smallest, largest));
    return new CompactionTask(version, inputs, outputLevel);
  }

  /** All inputs, the newest level first. */
  public List<TableFile> tables() {
    return inputs.stream().flatMap(List::stream).toList();
  }

  /** The bytes of all inputs. */
  public long bytes() {
    return tables().stream().mapToLong(TableFile::bytes).sum();
  }

  /**
   * Whether it is enough to call the tables tables of the output level: they meet nothing there,
   * nor each other, and to rewrite them would not drop anything much.
   *
   * @param now the time on the compaction filter's clock
   */
  public boolean isTrivialMove(long now) {
    if (outputLevel == 0 || !inputs.get(outputLevel).isEmpty()) {
      return false;
    }
    List<TableFile> tables = tables();
    for (TableFile table : tables) {
      boolean rewritingPays =
          2 * (table.info().tombstoneCount() + table.info().mergeCount())
                  > table.info().entryCount()
              || table.info().expiresAt() <= now;
      if (rewritingPays && !version.hasBelow(outputLevel, table.smallest(), table.largest())) {
        return false;
      }
    }
    return areDisjoint(tables);
  }

  private static boolean areDisjoint(List<TableFile> tables) {
    try {
      return Leveling.sorted(tables).tables().size() == tables.size();
    } catch (IllegalArgumentException overlapping) {
      return false;
    }
  }

  /** Where older entries of the inputs' keys may lie. */
  OlderEntries older() {
    return outputLevel == 0 ? OlderEntries.UNKNOWN : DeeperTables.below(version, outputLevel);
  }

  /** What the tree gains by the outputs. */
  public VersionDelta replacedBy(List<TableFile> outputs) {
    return VersionDelta.replace(tables(), outputLevel, outputs);
  }
}
