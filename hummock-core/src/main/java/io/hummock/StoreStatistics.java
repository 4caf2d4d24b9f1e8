package io.hummock;

import java.util.List;

/**
 * The shape of a tree at one moment, and what it has done since it was opened.
 *
 * @param levels files and bytes by level, level 0 first
 * @param level0Depth the largest number of level 0's tables that may hold one key
 * @param entries the entries of all tables: more than there are keys, where keys lie twice or are
 *     hidden by tombstones or a clip
 * @param deepestEntries the entries of the deepest level that has any
 * @param memtableBytes the pages of the running memtable
 * @param frozenMemtables memtables that wait for their flush
 * @param frozenBytes their pages
 * @param cacheBytes the pages of cached blocks, filters and indexes
 * @param compactionBacklogBytes what compaction has to read until the tree is in shape, roughly
 * @param userBytes keys and values that were written
 * @param flushedBytes what flushes wrote to the object store
 * @param compactedBytesRead what compactions read
 * @param compactedBytesWritten what compactions wrote
 * @param estimatedKeys the keys that there are, roughly: entries of tables and memtables without
 *     tombstones and what these may hide; a clip is not taken into account
 * @param liveBytes the bytes of tables that no table below overlaps, roughly what a full compaction
 *     would leave
 * @param tableBytes the bytes of all tables that are in use, also by readers of older versions
 * @param memory the memory of the tree
 * @param work what goes on in the background
 * @param filesDeleted objects that were deleted because nothing used them any more
 * @param deleteFailures deletions that failed; they are tried again
 * @param filesToDelete objects that wait for their deletion
 */
public record StoreStatistics(
    List<LevelStatistics> levels,
    int level0Depth,
    long entries,
    long deepestEntries,
    long memtableBytes,
    int frozenMemtables,
    long frozenBytes,
    long cacheBytes,
    long compactionBacklogBytes,
    long userBytes,
    long flushedBytes,
    long compactedBytesRead,
    long compactedBytesWritten,
    long estimatedKeys,
    long liveBytes,
    long tableBytes,
    MemoryStatistics memory,
    WorkStatistics work,
    long filesDeleted,
    long deleteFailures,
    int filesToDelete) {
  /**
   * One level.
   *
   * @param files its tables
   * @param bytes of their objects
   */
  public record LevelStatistics(int files, long bytes) {}

  /**
   * Memory.
   *
   * @param limit what the page allocator may give at most
   * @param used what it has given
   * @param cacheLimit what cached blocks, filters and indexes may take of it
   * @param sectionBytes what filters and indexes take, a part of the cache's bytes
   * @param memtableEntries the keys in the running memtable
   * @param frozenEntries the keys in the frozen memtables
   */
  public record MemoryStatistics(
      long limit,
      long used,
      long cacheLimit,
      long sectionBytes,
      long memtableEntries,
      long frozenEntries) {}

  /**
   * Background work.
   *
   * @param runningFlushes flushes that run now
   * @param runningCompactions compactions that run now
   * @param isCompactionNeeded whether the tree is out of shape
   * @param isStopped whether a write would have to wait
   * @param hasFailed whether it has ended for good
   */
  public record WorkStatistics(
      int runningFlushes,
      int runningCompactions,
      boolean isCompactionNeeded,
      boolean isStopped,
      boolean hasFailed) {}

  /** The bytes of all tables of the current version. */
  public long versionBytes() {
    return levels.stream().mapToLong(LevelStatistics::bytes).sum();
  }

  /** Bytes written to the object store for each byte that the user wrote; 0 before the first. */
  public double writeAmplification() {
    return userBytes == 0 ? 0 : (double) (flushedBytes + compactedBytesWritten) / userBytes;
  }

  /** Entries kept for each entry of the deepest level: 1 when nothing is kept twice; 0 if empty. */
  public double spaceAmplification() {
    return deepestEntries == 0 ? 0 : (double) entries / deepestEntries;
  }

  /** The sorted runs that a lookup has to ask at worst, memtables included. */
  public int readAmplification() {
    int runs = (memtableBytes > 0 ? 1 : 0) + frozenMemtables + level0Depth;
    for (LevelStatistics level : levels.subList(1, levels.size())) {
      runs += level.files > 0 ? 1 : 0;
    }
    return runs;
  }
}
