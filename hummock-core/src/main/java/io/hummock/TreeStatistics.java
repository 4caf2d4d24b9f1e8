package io.hummock;

import io.hummock.compaction.CompactionPicker;
import io.hummock.ownership.FileOwnership;
import io.hummock.version.Level;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import java.util.ArrayList;
import java.util.List;

/** Asks all parts of a tree for its {@link StoreStatistics}. */
final class TreeStatistics {
  private TreeStatistics() {}

  /**
   * Any thread may call it.
   *
   * @param userBytes what users have written
   */
  static StoreStatistics of(Tree tree, long userBytes) {
    Version version = tree.versions.current();
    Tree.Memtables memtables = tree.memtables();
    FileOwnership.Counts files = tree.ownership.counts();
    return new StoreStatistics(
        levels(version),
        version.level0().depth(),
        entries(version.tables()),
        entries(version.level(version.deepestLevel()).tables()),
        memtables.activeBytes(),
        tree.sealedCount(),
        memtables.frozenBytes(),
        tree.cache.bytes(),
        CompactionPicker.backlog(version, tree.shape),
        userBytes,
        tree.flushWork().bytes(),
        tree.compactionWork().bytesRead(),
        tree.compactionWork().bytesWritten(),
        memtables.activeEntries() + memtables.frozenEntries() + visibleEntries(version.tables()),
        version.uncoveredBytes(),
        tree.versions.bytes(),
        new StoreStatistics.MemoryStatistics(
            tree.environment.pages().limit(),
            tree.environment.pages().used(),
            tree.cache.limit(),
            tree.cache.sectionBytes(),
            memtables.activeEntries(),
            memtables.frozenEntries()),
        work(tree, version),
        files.deleted(),
        files.failures(),
        files.waiting());
  }

  private static List<StoreStatistics.LevelStatistics> levels(Version version) {
    List<StoreStatistics.LevelStatistics> levels = new ArrayList<>();
    for (int i = 0; i < version.levels(); i++) {
      Level level = version.level(i);
      levels.add(new StoreStatistics.LevelStatistics(level.tables().size(), level.bytes()));
    }
    return levels;
  }

  private static StoreStatistics.WorkStatistics work(Tree tree, Version version) {
    return new StoreStatistics.WorkStatistics(
        tree.flushWork().running(),
        tree.compactionWork().running(),
        CompactionPicker.isNeeded(version, tree.shape),
        tree.sealedCount() > tree.options.maxFrozenMemtables()
            || tree.level0Depth() >= tree.options.level0Stop(),
        tree.work.hasFailed());
  }

  private static long entries(List<TableFile> tables) {
    return tables.stream().mapToLong(table -> table.info().entryCount()).sum();
  }

  /** A tombstone is an entry itself, and hides another. */
  private static long visibleEntries(List<TableFile> tables) {
    long sum = 0;
    for (TableFile table : tables) {
      sum += table.info().entryCount() - 2L * table.info().tombstoneCount();
    }
    return Math.max(0, sum);
  }
}
