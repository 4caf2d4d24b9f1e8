package io.hummock.flush;

import io.hummock.compaction.Merger;
import io.hummock.compaction.OlderEntries;
import io.hummock.compaction.TableWriter;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.memtable.MemTable;
import io.hummock.metrics.Clock;
import io.hummock.sstable.SstableOptions;
import io.hummock.version.TableFile;
import io.hummock.version.VersionReader;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Writes frozen memtables into tables for level 0. */
public final class Flush {
  private Flush() {}

  /**
   * Writes the entries of a memtable; whole values go through the filter. Of what is older only the
   * filters are looked at: a tombstone that surely hides nothing is left out, and merge operands
   * that surely are all of their value become one.
   *
   * @param memtable frozen, and retained by the caller
   * @param below all that is older, retained by the caller; null if older memtables are not in
   *     tables yet, so that nothing is known
   * @param clock says how long it has waited for filters
   * @param cancelled asked now and then whether to give up
   * @return the tables, in key order, all in the object store; where it throws, what was written is
   *     up to the caller
   */
  public static List<TableFile> run(
      MemTable memtable,
      @Nullable VersionReader below,
      Clock clock,
      TableWriter.Target target,
      SstableOptions options,
      CompactionFilter filter,
      BooleanSupplier cancelled)
      throws IOException {
    OlderEntries older = below == null ? OlderEntries.UNKNOWN : new TablesBelow(below, clock);
    try (HummockIterator entries = memtable.iterator(Direction.FORWARD);
        TableWriter output = new TableWriter(target, options)) {
      new Merger(older, filter, CompactionFilter.NEVER, output, cancelled).copy(entries);
      return output.finish();
    }
  }
}
