package io.hummock.flink.state;

import io.hummock.HummockStore;
import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.ValueLookup;
import io.hummock.rowcache.RowCache;
import io.hummock.rowcache.RowKind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The maps of one map state, seen as entries of the tree: a map is what has one scan prefix. Small
 * maps that have been read whole are in the row cache, and are read from there; and so are the
 * first entries of larger ones, their <em>head</em>, when an iteration has begun more than once.
 *
 * <p>Whatever changes entries of a map that has been read does it here. What comes from an older
 * schema need not: a map is read only when all of it has come. For the task's thread.
 */
final class CachedMaps {
  private final HummockStore store;
  private final ValueLookup lookup = new ValueLookup();
  private final WholeMaps wholeMaps = new WholeMaps();
  private final MapRow map = new MapRow();
  private final SliceBuilder changed = new SliceBuilder();
  private boolean anyKept;

  CachedMaps(HummockStore store) {
    this.store = store;
  }

  /**
   * An entry's value, or null; valid until the next read.
   *
   * @param isAllHere whether nothing of the map is still to come from an older schema
   */
  @Nullable Slice get(Slice key, int prefixLength, boolean isAllHere) throws IOException {
    RowCache rows = store.rowCache();
    if (rows != null) {
      Slice prefix = key.slice(0, prefixLength);
      int row = anyKept ? find(rows, prefix) : RowCache.NONE;
      if (row == RowCache.NONE && isAllHere && wholeMaps.isDue()) {
        ChunkedScan all = scan(prefix.copy());
        wholeMaps.read(all.isWhole(), all.chunkEntries(), all.chunkBytes(), rows.isFull());
        row = find(rows, prefix);
      } else if (row != RowCache.NONE && rows.kind(row) == RowKind.PREFIX) {
        wholeMaps.hit();
      }
      if (row != RowCache.NONE && rows.kind(row) == RowKind.PREFIX) {
        int entry = read(rows, row).find(key.from(prefixLength));
        return entry < 0 ? null : map.value(entry);
      }
    }
    return store.get(key, lookup) ? lookup.value() : null;
  }

  private static int find(RowCache rows, Slice prefix) {
    return rows.find(RowKind.PREFIX, prefix, Hash.hash64(prefix));
  }

  /** The row cache if any map may be in it. */
  private @Nullable RowCache rows() {
    return anyKept ? store.rowCache() : null;
  }

  private MapRow read(RowCache rows, int row) {
    map.set(rows.read(row));
    rows.use(row);
    return map;
  }

  /** Gives an entry a value. */
  void put(Slice key, int prefixLength, Slice value) throws IOException {
    store.put(key, prefixLength, value);
    changed(key, prefixLength, value);
  }

  /** Removes an entry. */
  void remove(Slice key, int prefixLength) throws IOException {
    store.delete(key, prefixLength);
    changed(key, prefixLength, null);
  }

  private void changed(Slice key, int prefixLength, @Nullable Slice value) {
    RowCache rows = rows();
    if (rows == null) {
      return;
    }
    Slice prefix = key.slice(0, prefixLength);
    long hash = Hash.hash64(prefix);
    int row = rows.find(RowKind.PREFIX, prefix, hash);
    if (row == RowCache.NONE) {
      return;
    }
    RowKind kind = rows.kind(row);
    if (kind == RowKind.PREFIX && !rows.isUsed(row)) {
      // Changed twice and not read in between: not worth the trouble.
      rows.remove(row, hash);
      return;
    }
    Slice mapKey = key.from(prefixLength);
    map.set(rows.read(row));
    if (kind == RowKind.LARGE_PREFIX && map.isBefore(mapKey)) {
      if (value == null && map.count() > 0) {
        // Perhaps the map is small by now, and the next iteration finds that out.
        rows.replace(row, kind, prefix, hash, Slice.EMPTY);
      }
      return;
    }
    int entry = map.find(mapKey);
    if (value == null) {
      if (entry >= 0) {
        map.writeWithout(entry, changed);
        rows.replace(row, kind, prefix, hash, changed.slice());
      }
    } else if (entry >= 0 && map.value(entry).length() == value.length()) {
      rows.overwrite(row, map.valueOffset(entry), value);
    } else if (map.writeWith(entry, mapKey, value, changed)) {
      rows.replace(row, kind, prefix, hash, changed.slice());
    } else {
      rows.replace(row, RowKind.LARGE_PREFIX, prefix, hash, Slice.EMPTY);
    }
  }

  /** Whether a map has no entry. */
  boolean isEmpty(Slice prefix) throws IOException {
    RowCache rows = store.rowCache();
    if (rows != null) {
      int row = rows.find(RowKind.PREFIX, prefix, Hash.hash64(prefix));
      if (row == RowCache.NONE) {
        return !scan(prefix.copy()).hasNext();
      }
      int kept = read(rows, row).count();
      if (kept > 0 || rows.kind(row) == RowKind.PREFIX) {
        return kept == 0;
      }
    }
    try (UserIterator entries = store.scanPrefix(prefix, Direction.FORWARD)) {
      entries.rewind();
      return !entries.isValid();
    }
  }

  /**
   * A map's entries, in the order of their keys.
   *
   * @param prefix never changed afterwards
   */
  ChunkedScan scan(Slice prefix) throws IOException {
    RowCache rows = store.rowCache();
    if (rows == null) {
      return new ChunkedScan(store, prefix);
    }
    long hash = Hash.hash64(prefix);
    int row = rows.find(RowKind.PREFIX, prefix, hash);
    boolean wasLarge = row != RowCache.NONE && rows.kind(row) == RowKind.LARGE_PREFIX;
    if (row != RowCache.NONE && (read(rows, row).count() > 0 || !wasLarge)) {
      return map.scan(store, prefix, wasLarge);
    }
    ChunkedScan scan =
        wasLarge
            ? new ChunkedScan(store, prefix)
            : new ChunkedScan(store, prefix, prefix, MapRow.MAX_ENTRIES + 1);
    boolean isKept = (scan.isWhole() || wasLarge) && MapRow.write(scan, changed);
    RowKind kind = isKept && scan.isWhole() ? RowKind.PREFIX : RowKind.LARGE_PREFIX;
    Slice kept = isKept ? changed.slice() : Slice.EMPTY;
    if (wasLarge) {
      rows.replace(row, kind, prefix, hash, kept);
    } else {
      rows.add(kind, prefix, hash, kept);
    }
    anyKept |= isKept;
    return scan;
  }

  /** Removes all entries of a map. */
  void clear(Slice prefix) throws IOException {
    for (ChunkedScan entries = scan(prefix); entries.next(); ) {
      store.delete(entries.key(entries.rest()), prefix.length());
    }
    RowCache rows = rows();
    if (rows != null) {
      long hash = Hash.hash64(prefix);
      int row = rows.find(RowKind.PREFIX, prefix, hash);
      if (row != RowCache.NONE) {
        MapRow.writeEmpty(changed);
        rows.replace(row, RowKind.PREFIX, prefix, hash, changed.slice());
      }
    }
  }
}
