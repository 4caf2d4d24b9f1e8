package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.version.Leveling;
import io.hummock.version.TableFile;
import io.hummock.version.Tiering;
import io.hummock.version.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to compact next, as plain functions of a version. */
public final class CompactionPicker {
  /** How many bytes of the base level a merge may rewrite for each that level 0 brings. */
  private static final int MAX_REWRITTEN = 4;

  private CompactionPicker() {}

  /** The most urgent compaction, or null if the tree is in shape. */
  public static @Nullable CompactionTask pick(Version version, TreeShape shape) {
    LevelTargets targets = LevelTargets.of(version, shape);
    CompactionTask level0 = pickLevel0(version, shape, targets);
    double best = level0 == null ? 0 : level0Score(version, shape);
    int level = 0;
    for (int i = 1; i < version.levels() - 1; i++) {
      double score = targets.score(version, i);
      if (score > best) {
        best = score;
        level = i;
      }
    }
    if (best < 1) {
      return null;
    }
    return level == 0 ? level0 : pickLeveling(version, level);
  }

  /**
   * A table that has expired by half, with what has to be merged with it so that what it loses is
   * gone; null if there is none. Tables of deeper levels come first: where those have gone, the
   * ones above have nothing to hide.
   *
   * @param now the time on the compaction filter's clock
   */
  public static @Nullable CompactionTask pickExpired(Version version, TreeShape shape, long now) {
    for (int level = version.levels() - 1; level >= 0; level--) {
      for (TableFile table : version.level(level).tables()) {
        if (table.info().expiresAt() <= now) {
          return level == 0
              ? pickLevel0(version, LevelTargets.of(version, shape), table)
              : CompactionTask.of(
                  version, level, List.of(table), overlapped(version, level, table));
        }
      }
    }
    return null;
  }

  /** Whether {@link #pickExpired} finds something. */
  public static boolean isExpired(Version version, long now) {
    for (int level = 0; level < version.levels(); level++) {
      for (TableFile table : version.level(level).tables()) {
        if (table.info().expiresAt() <= now) {
          return true;
        }
      }
    }
    return false;
  }

  /** The first level below that meets the table, or its own if none does. */
  private static int overlapped(Version version, int level, TableFile table) {
    for (int i = level + 1; i < version.levels(); i++) {
      if (!version.leveling(i).overlapping(table.smallest(), table.largest()).isEmpty()) {
        return i;
      }
    }
    return level;
  }

  /** Whether {@link #pick} finds something. */
  public static boolean isNeeded(Version version, TreeShape shape) {
    LevelTargets targets = LevelTargets.of(version, shape);
    boolean needed = pickLevel0(version, shape, targets) != null;
    for (int i = 1; i < version.levels() - 1; i++) {
      needed |= targets.score(version, i) >= 1;
    }
    return needed;
  }

  /** How urgently level 0 has to be merged: from 1 on it should, if it can be cheaply. */
  private static double level0Score(Version version, TreeShape shape) {
    return (double) version.level0().depth() / shape.level0Trigger();
  }

  /**
   * What brings level 0 into shape, or null if it is.
   *
   * <p>Its tables at the deepest point, with all that they overlap, go into the base level or the
   * first level above it that has tables. Where that rewrites far more than it brings, since
   * flushes are small and the base is large, they are first merged with each other, those of
   * similar size, until they are worth it or too many. (The sizes are compared as in RocksDB's
   * universal compaction.)
   */
  private static @Nullable CompactionTask pickLevel0(
      Version version, TreeShape shape, LevelTargets targets) {
    Tiering level0 = version.level0();
    if (level0.depth() < shape.level0Trigger()) {
      return null;
    }
    CompactionTask intoBase = pickLevel0(version, targets, atDeepestPoint(level0));
    long brought = intoBase.inputs().get(0).stream().mapToLong(TableFile::bytes).sum();
    boolean worthIt = intoBase.bytes() - brought <= MAX_REWRITTEN * brought;
    if (worthIt || level0.depth() >= shape.level0Limit()) {
      return intoBase;
    }
    List<TableFile> similar = newestOfSimilarSize(level0);
    // One table alone would be merged into itself for ever.
    return new Tiering(similar).depth() >= Math.max(2, shape.level0Trigger())
        ? new CompactionTask(version, List.of(similar), 0)
        : null;
  }

  private static TableFile atDeepestPoint(Tiering level0) {
    TableFile start = level0.tables().get(level0.tables().size() - 1);
    int deepest = 0;
    for (TableFile table : level0.tables()) {
      int depth = level0.depthAt(table.smallest());
      if (depth > deepest) {
        deepest = depth;
        start = table;
      }
    }
    return start;
  }

  /**
   * The newest tables, as long as each is no larger than all newer ones together. No older table
   * has an epoch between theirs.
   */
  private static List<TableFile> newestOfSimilarSize(Tiering level0) {
    List<TableFile> tables = level0.tables();
    long bytes = 0;
    long oldest = Long.MAX_VALUE;
    int count = 0;
    for (TableFile table : tables) {
      boolean sameEpoch = table.info().largestEpoch() >= oldest;
      if (count > 0 && !sameEpoch && table.bytes() > bytes) {
        break;
      }
      bytes += table.bytes();
      oldest = Math.min(oldest, table.info().smallestEpoch());
      count++;
    }
    return tables.subList(0, count);
  }

  private static CompactionTask pickLevel0(Version version, LevelTargets targets, TableFile start) {
    int output = 1;
    while (output < targets.base() && version.leveling(output).isEmpty()) {
      output++;
    }
    return CompactionTask.of(version, 0, connected(version.level0(), start), output);
  }

  /** A table and all that it overlaps, and all that these overlap, and so on, newest first. */
  static List<TableFile> connected(Tiering level0, TableFile start) {
    Slice smallest = start.smallest();
    Slice largest = start.largest();
    List<TableFile> found = List.of(start);
    while (true) {
      List<TableFile> more = level0.overlapping(smallest, largest);
      if (more.size() == found.size()) {
        return more;
      }
      found = more;
      for (TableFile table : found) {
        smallest = table.smallest().compareTo(smallest) < 0 ? table.smallest() : smallest;
        largest = table.largest().compareTo(largest) > 0 ? table.largest() : largest;
      }
    }
  }

  /**
   * The table that rewrites least of the next level for each of its bytes. (RocksDB's "minimal
   * overlapping ratio".)
   */
  private static CompactionTask pickLeveling(Version version, int level) {
    List<TableFile> tables = version.leveling(level).tables();
    TableFile cheapest = tables.get(0);
    double least = Double.MAX_VALUE;
    for (TableFile table : tables) {
      double ratio = (double) overlappedBytes(version.leveling(level + 1), table) / table.bytes();
      if (ratio < least) {
        least = ratio;
        cheapest = table;
      }
    }
    return CompactionTask.of(version, level, List.of(cheapest), level + 1);
  }

  private static long overlappedBytes(Leveling tables, TableFile table) {
    return tables.overlapping(table.smallest(), table.largest()).stream()
        .mapToLong(TableFile::bytes)
        .sum();
  }

  /**
   * All tables into one level, the deepest that has any, or null if there is nothing to gain: no
   * two levels with tables, no tombstone, no merge operand and no clipped table.
   *
   * @param hasFilter whether values may be dropped, so that there is always something to gain
   */
  public static @Nullable CompactionTask pickAll(
      Version version, TreeShape shape, boolean hasFilter) {
    int output = Math.max(version.deepestLevel(), LevelTargets.of(version, shape).base());
    List<List<TableFile>> inputs = new ArrayList<>(Collections.nCopies(output + 1, List.of()));
    boolean gain = hasFilter && !version.tables().isEmpty();
    for (int i = 0; i <= output; i++) {
      inputs.set(i, version.level(i).tables());
      gain |= i < output && !version.level(i).isEmpty();
    }
    for (TableFile table : version.leveling(output).tables()) {
      gain |=
          table.info().tombstoneCount() > 0 || table.info().mergeCount() > 0 || table.isClipped();
    }
    return gain ? new CompactionTask(version, inputs, output) : null;
  }

  /** The bytes that compactions have to read until the tree is in shape, roughly. */
  public static long backlog(Version version, TreeShape shape) {
    LevelTargets targets = LevelTargets.of(version, shape);
    long bytes = pickLevel0(version, shape, targets) != null ? version.level0().bytes() : 0;
    for (int i = 1; i < version.levels() - 1; i++) {
      bytes += Math.max(0, version.leveling(i).bytes() - targets.target(i));
    }
    return bytes;
  }
}
