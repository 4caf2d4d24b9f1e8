package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.ConcatIterator;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.iterator.MergeIterator;
import io.hummock.sstable.SstableOptions;
import io.hummock.version.OpenTables;
import io.hummock.version.TableFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Runs compactions: merges a task's tables into new ones. Thread-safe. */
public final class Compactor {
  private final OpenTables tables;
  private final CompactionFilter filter;

  public Compactor(OpenTables tables, CompactionFilter filter) {
    this.tables = tables;
    this.filter = filter;
  }

  private record Source(TableFile file, OpenTables tables) implements ConcatIterator.Source {
    @Override
    public Slice smallestKey() {
      return file.smallest();
    }

    @Override
    public Slice largestKey() {
      return file.largest();
    }

    @Override
    public HummockIterator open(Direction direction) {
      return tables.table(file).compactionIterator(file.clip());
    }
  }

  /**
   * Merges the inputs, which must stay in place meanwhile.
   *
   * @param cancelled asked now and then whether to give up
   * @return the outputs, all in the object store; where it throws, what was written is up to the
   *     caller
   */
  public List<TableFile> run(
      CompactionTask task,
      TableWriter.Target target,
      SstableOptions options,
      BooleanSupplier cancelled)
      throws IOException {
    try (HummockIterator source = open(task);
        TableWriter output = new TableWriter(target, options)) {
      new Merger(task.older(), filter, unknownExpiry(task), output, cancelled).copy(source);
      return output.finish();
    }
  }

  /**
   * What the filter does not know yet keeps the earliest time of the inputs; once that has come and
   * nobody has told the filter, nobody ever may.
   */
  private long unknownExpiry(CompactionTask task) {
    long earliest = CompactionFilter.NEVER;
    for (TableFile table : task.tables()) {
      earliest = Math.min(earliest, table.info().expiresAt());
    }
    return earliest > filter.now() ? earliest : CompactionFilter.NEVER;
  }

  private HummockIterator open(CompactionTask task) {
    List<HummockIterator> sources = new ArrayList<>();
    for (TableFile file : task.inputs().get(0)) {
      sources.add(tables.table(file).compactionIterator(file.clip()));
    }
    for (List<TableFile> level : task.inputs().subList(1, task.inputs().size())) {
      if (!level.isEmpty()) {
        sources.add(
            new ConcatIterator(
                level.stream().map(file -> new Source(file, tables)).toList(), Direction.FORWARD));
      }
    }
    return sources.size() == 1 ? sources.get(0) : new MergeIterator(sources, Direction.FORWARD);
  }
}
