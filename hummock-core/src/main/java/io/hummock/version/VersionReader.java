package io.hummock.version;

import io.hummock.bytes.Slice;
import io.hummock.iterator.ConcatIterator;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.iterator.ScanPrefixIterator;
import io.hummock.key.ValueLookup;
import io.hummock.sstable.FilterReads;
import io.hummock.sstable.Sstable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Looks keys up in the tables of a pinned version.
 *
 * <p>Thread-safe; each iterator for one thread. Counted by references: the pin is closed with the
 * last one, and the creator has the first.
 */
public final class VersionReader {
  private final Versions.Pin pin;
  private final Run level0;
  private final Run[] deeper;
  private final AtomicInteger references = new AtomicInteger(1);

  /** The tables of a level in its order, side by side with their readers. */
  private static final class Run {
    final TableFile[] files;
    final Sstable[] tables;

    Run(Level level, OpenTables open) {
      files = level.tables().toArray(TableFile[]::new);
      tables = new Sstable[files.length];
      for (int i = 0; i < files.length; i++) {
        tables[i] = open.table(files[i]);
      }
    }

    /** Of disjoint tables the first that ends at or behind the key; their count if none does. */
    int firstEndingAtOrAfter(Slice key) {
      int low = 0;
      int high = files.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (files[middle].largest().compareTo(key) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }

  private record Source(TableFile file, Sstable table) implements ConcatIterator.Source {
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
      return table.iterator(direction, file.clip());
    }
  }

  /**
   * @param pin closed with the last reference
   * @param open the readers of the pin's tables
   */
  public VersionReader(Versions.Pin pin, OpenTables open) {
    this.pin = pin;
    Version version = pin.version();
    this.level0 = new Run(version.level0(), open);
    List<Run> runs = new ArrayList<>();
    for (int i = 1; i < version.levels(); i++) {
      if (!version.leveling(i).isEmpty()) {
        runs.add(new Run(version.leveling(i), open));
      }
    }
    this.deeper = runs.toArray(Run[]::new);
  }

  public Version version() {
    return pin.version();
  }

  /** Takes a reference; the caller has one already. */
  public void retain() {
    int before = references.getAndIncrement();
    assert before > 0;
  }

  /** Gives a reference back. */
  public void release() {
    if (references.decrementAndGet() == 0) {
      pin.close();
    }
  }

  /**
   * Adds what the tables know of a key, newest first, until the lookup is complete.
   *
   * @param hash the key's {@link io.hummock.bytes.Hash#hash64(Slice)}
   * @return how many tables were asked
   */
  public int get(Slice key, long hash, ValueLookup into) throws IOException {
    int asked = 0;
    for (int i = 0; i < level0.files.length; i++) {
      if (level0.files[i].covers(key)) {
        asked++;
        level0.tables[i].get(key, hash, into);
        if (into.isComplete()) {
          return asked;
        }
      }
    }
    for (Run run : deeper) {
      int at = run.firstEndingAtOrAfter(key);
      if (at < run.files.length && run.files[at].smallest().compareTo(key) <= 0) {
        asked++;
        run.tables[at].get(key, hash, into);
        if (into.isComplete()) {
          return asked;
        }
      }
    }
    return asked;
  }

  /**
   * Whether the tables may have entries of a key; false is certain.
   *
   * @param hash as of {@link #get}
   * @param reads what may be read for it
   */
  public boolean mayContain(Slice key, long hash, FilterReads reads) throws IOException {
    for (int i = 0; i < level0.files.length; i++) {
      if (level0.files[i].covers(key) && level0.tables[i].mayContain(key, hash, reads)) {
        return true;
      }
    }
    for (Run run : deeper) {
      int at = run.firstEndingAtOrAfter(key);
      if (at < run.files.length
          && run.files[at].smallest().compareTo(key) <= 0
          && run.tables[at].mayContain(key, hash, reads)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds iterators over all tables that may have keys from {@code lower} to {@code upper}; null for
   * no end.
   */
  public void addIterators(
      Slice lower, @Nullable Slice upper, Direction direction, List<HummockIterator> into) {
    for (int i = 0; i < level0.files.length; i++) {
      TableFile file = level0.files[i];
      if (reaches(file, lower, upper)) {
        into.add(level0.tables[i].iterator(direction, file.clip()));
      }
    }
    for (Run run : deeper) {
      List<Source> sources = new ArrayList<>();
      for (int i = run.firstEndingAtOrAfter(lower);
          i < run.files.length && reaches(run.files[i], lower, upper);
          i++) {
        sources.add(new Source(run.files[i], run.tables[i]));
      }
      if (sources.size() == 1) {
        into.add(sources.get(0).open(direction));
      } else if (!sources.isEmpty()) {
        into.add(new ConcatIterator(sources, direction));
      }
    }
  }

  private static boolean reaches(TableFile file, Slice lower, @Nullable Slice upper) {
    return lower.compareTo(file.largest()) <= 0
        && (upper == null || file.smallest().compareTo(upper) < 0);
  }

  /**
   * Adds iterators over all tables that may have keys with this scan prefix, with none but such
   * entries.
   *
   * @param hash the prefix's {@link io.hummock.bytes.Hash#hash64(Slice)}
   */
  public void addPrefixIterators(
      Slice prefix, long hash, Direction direction, List<HummockIterator> into) throws IOException {
    Slice end = ScanPrefixIterator.endOf(prefix);
    for (int i = 0; i < level0.files.length; i++) {
      addPrefixIterator(level0, i, prefix, hash, end, direction, into);
    }
    for (Run run : deeper) {
      for (int i = run.firstEndingAtOrAfter(prefix);
          i < run.files.length && reaches(run.files[i], prefix, end);
          i++) {
        addPrefixIterator(run, i, prefix, hash, end, direction, into);
      }
    }
  }

  private static void addPrefixIterator(
      Run run,
      int index,
      Slice prefix,
      long hash,
      @Nullable Slice end,
      Direction direction,
      List<HummockIterator> into)
      throws IOException {
    TableFile file = run.files[index];
    if (reaches(file, prefix, end) && run.tables[index].mayContainPrefix(prefix, hash)) {
      into.add(
          new ScanPrefixIterator(
              run.tables[index].iterator(direction, file.clip()), prefix, direction));
    }
  }
}
