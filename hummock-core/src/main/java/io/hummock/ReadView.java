package io.hummock;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.iterator.MergeIterator;
import io.hummock.iterator.ScanPrefixIterator;
import io.hummock.iterator.UserIterator;
import io.hummock.key.FullKey;
import io.hummock.key.ValueLookup;
import io.hummock.memtable.MemTable;
import io.hummock.rowcache.RowCache;
import io.hummock.rowcache.RowKind;
import io.hummock.version.VersionReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All places where a key may be, newest first: the memtable of the running epoch, those that wait
 * for their flush, the tables of a version. Immutable but for what goes on in the first.
 *
 * <p>Thread-safe. Counted by references; with the last one the memory and the pin go back.
 */
final class ReadView {
  /** So many filters are asked at the price of a row that says that there is nothing. */
  private static final int FILTERS_BEFORE_ROW = 2;

  private final @Nullable MemTable active;
  private final MemTable[] frozen;
  private final VersionReader tables;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Takes references of its own.
   *
   * @param active the memtable of the running epoch; null to leave it out
   * @param frozen the sealed memtables, newest first
   * @param tables the tables that are older than these
   */
  ReadView(@Nullable MemTable active, List<MemTable> frozen, VersionReader tables) {
    this.active = active;
    this.frozen = frozen.toArray(MemTable[]::new);
    this.tables = tables;
    if (active != null) {
      retain(active);
    }
    for (MemTable memtable : this.frozen) {
      retain(memtable);
    }
    tables.retain();
  }

  private static void retain(MemTable memtable) {
    if (!memtable.retain()) {
      throw new IllegalStateException("memtable of epoch " + memtable.epoch() + " is gone");
    }
  }

  /** Takes a reference; false if the last one is gone. */
  boolean retain() {
    while (true) {
      int now = references.get();
      if (now == 0) {
        return false;
      }
      if (references.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives a reference back; true if it was the last one, and the caller has to {@link #free}. */
  boolean release() {
    return references.decrementAndGet() == 0;
  }

  /** Gives back what the view keeps. To be called once, after the last reference. */
  void free() {
    if (active != null) {
      active.release();
    }
    for (MemTable memtable : frozen) {
      memtable.release();
    }
    tables.release();
  }

  /**
   * Looks a key up; {@code lookup} has been reset.
   *
   * @param rows what is known of the frozen memtables and the tables; null for none
   * @return whether all of the value was appended in the running epoch: no older source has any
   */
  boolean get(Slice key, long hash, @Nullable RowCache rows, ValueLookup lookup)
      throws IOException {
    if (active == null) {
      getBelow(key, hash, lookup);
      return false;
    }
    active.get(key, hash, lookup);
    if (lookup.isComplete()) {
      return false;
    }
    int appended = lookup.values();
    if (rows == null) {
      getBelow(key, hash, lookup);
    } else if (!rows.get(key, hash, active.epoch(), lookup)) {
      getAndKeep(key, hash, active.epoch(), rows, lookup);
    }
    return appended > 0 && lookup.values() == appended;
  }

  private void getAndKeep(Slice key, long hash, long epoch, RowCache rows, ValueLookup lookup)
      throws IOException {
    int values = lookup.values();
    boolean isAppendedTo = values > 0;
    int appended = isAppendedTo ? lookup.value().length() : 0;
    int asked = getBelow(key, hash, lookup);
    if (lookup.values() > values) {
      Slice value = lookup.value();
      Slice below = value.slice(0, value.length() - appended);
      rows.add(RowKind.VALUE, key, hash, below, isAppendedTo, epoch);
    } else if (!isAppendedTo && (lookup.isComplete() || asked > FILTERS_BEFORE_ROW)) {
      rows.add(RowKind.ABSENT, key, hash, Slice.EMPTY, false, epoch);
    }
  }

  /** Returns how many memtables and tables were asked. */
  private int getBelow(Slice key, long hash, ValueLookup lookup) throws IOException {
    for (int i = 0; i < frozen.length; i++) {
      frozen[i].get(key, hash, lookup);
      if (lookup.isComplete()) {
        return i + 1;
      }
    }
    return frozen.length + tables.get(key, hash, lookup);
  }

  /** See {@link HummockStore#scan}; {@code onClose} is run when the iterator is closed. */
  UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction, LongConsumer onClose)
      throws IOException {
    List<HummockIterator> sources = new ArrayList<>();
    boolean opened = false;
    try {
      if (active != null && !active.isEmpty()) {
        sources.add(active.iterator(direction));
      }
      for (MemTable memtable : frozen) {
        sources.add(memtable.iterator(direction));
      }
      tables.addIterators(lower, upper, direction, sources);
      opened = true;
    } finally {
      if (!opened) {
        giveUp(sources, onClose);
      }
    }
    return merge(sources, lower, upper, direction, onClose);
  }

  /** See {@link HummockStore#scanPrefix}; {@code onClose} is run when the iterator is closed. */
  UserIterator scanPrefix(Slice prefix, Direction direction, LongConsumer onClose)
      throws IOException {
    long hash = Hash.hash64(prefix);
    List<HummockIterator> sources = new ArrayList<>();
    boolean opened = false;
    try {
      if (active != null) {
        addPrefix(active, prefix, hash, direction, sources);
      }
      for (MemTable memtable : frozen) {
        addPrefix(memtable, prefix, hash, direction, sources);
      }
      tables.addPrefixIterators(prefix, hash, direction, sources);
      opened = true;
    } finally {
      if (!opened) {
        giveUp(sources, onClose);
      }
    }
    return merge(sources, prefix, ScanPrefixIterator.endOf(prefix), direction, onClose);
  }

  private static void addPrefix(
      MemTable memtable,
      Slice prefix,
      long hash,
      Direction direction,
      List<HummockIterator> sources) {
    HummockIterator iterator = memtable.prefixIterator(prefix, hash, direction);
    if (iterator != null) {
      sources.add(iterator);
    }
  }

  private static UserIterator merge(
      List<HummockIterator> sources,
      Slice lower,
      @Nullable Slice upper,
      Direction direction,
      LongConsumer onClose) {
    HummockIterator all =
        sources.size() == 1 ? sources.get(0) : new MergeIterator(sources, direction);
    return new UserIterator(all, FullKey.MAX_EPOCH, lower, upper, direction, onClose);
  }

  private static void giveUp(List<HummockIterator> sources, LongConsumer onClose)
      throws IOException {
    try {
      for (HummockIterator source : sources) {
        source.close();
      }
    } finally {
      onClose.accept(0);
    }
  }
}
