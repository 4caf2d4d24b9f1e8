package io.hummock.flush;

import io.hummock.compaction.DeeperTables;
import io.hummock.compaction.Merger;
import io.hummock.compaction.TableWriter;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.memtable.MemTable;
import io.hummock.sstable.SstableOptions;
import io.hummock.version.TableFile;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Writes frozen memtables into tables for level 0. */
public final class Flush {
  private Flush() {}

  /**
   * Writes all entries of a memtable. What is older is not looked at, so tombstones and merge
   * operands stay what they are; whole values go through the filter.
   *
   * @param memtable frozen, and retained by the caller
   * @param cancelled asked now and then whether to give up
   * @return the tables, in key order, all in the object store; where it throws, what was written is
   *     up to the caller
   */
  public static List<TableFile> run(
      MemTable memtable,
      TableWriter.Target target,
      SstableOptions options,
      CompactionFilter filter,
      BooleanSupplier cancelled)
      throws IOException {
    try (HummockIterator entries = memtable.iterator(Direction.FORWARD);
        TableWriter output = new TableWriter(target, options)) {
      new Merger(DeeperTables.unknown(), filter, CompactionFilter.NEVER, output, cancelled)
          .copy(entries);
      return output.finish();
    }
  }
}
