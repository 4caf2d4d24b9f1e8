package io.hummock.flink.state;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import java.io.IOException;
import java.util.Arrays;

/**
 * A cursor over the entries of one map that needs no closing and stands while the map changes: it
 * copies a chunk of entries, closes the scan, and goes on behind the last one when the chunk is
 * used up. What is written to the map meanwhile may be met or not.
 *
 * <p>Slices that it hands out last for ever. Not thread-safe.
 */
final class MapEntries {
  private static final int FIRST_CHUNK_ENTRIES = 128;
  private static final int CHUNK_BYTES = 1 << 20;

  private final HummockStore store;
  private final Slice prefix;

  private byte[] chunk = new byte[0];
  /* Of entry i: the map key begins at 2 i, its value at 2 i + 1, which ends at 2 i + 2. */
  private int[] starts = new int[2];
  private int count;
  private int current = -1;
  private int chunkEntries = FIRST_CHUNK_ENTRIES;
  private boolean more = true;

  /**
   * @param prefix {@code key group | state id | key | namespace}, never changed afterwards
   */
  MapEntries(HummockStore store, Slice prefix) {
    this.store = store;
    this.prefix = prefix;
  }

  /** Whether {@link #next} would find an entry. */
  boolean hasNext() throws IOException {
    if (current + 1 == count && more) {
      load();
    }
    return current + 1 < count;
  }

  /** Goes to the next entry, the first one at first; false if there is none. */
  boolean next() throws IOException {
    if (!hasNext()) {
      return false;
    }
    current++;
    return true;
  }

  /** The part of the entry's key behind the prefix. */
  Slice mapKey() {
    int start = starts[2 * current];
    return Slice.of(chunk, start, starts[2 * current + 1] - start);
  }

  /** The entry's value. */
  Slice value() {
    int start = starts[2 * current + 1];
    return Slice.of(chunk, start, starts[2 * current + 2] - start);
  }

  /** Takes the entry out of the map. */
  void remove() throws IOException {
    remove(mapKey());
  }

  /** Takes an entry that was handed out before out of the map. */
  void remove(Slice mapKey) throws IOException {
    store.delete(key(mapKey), prefix.length());
  }

  /** Gives an entry that was handed out before another value. */
  void put(Slice mapKey, Slice value) throws IOException {
    store.put(key(mapKey), prefix.length(), value);
  }

  private Slice key(Slice mapKey) {
    return new SliceBuilder(prefix.length() + mapKey.length()).write(prefix).write(mapKey).slice();
  }

  private void load() throws IOException {
    SliceBuilder bytes = new SliceBuilder(256);
    int[] newStarts = new int[2 * 8 + 1];
    int found = 0;
    try (UserIterator entries = store.scanPrefix(prefix, Direction.FORWARD)) {
      if (count == 0) {
        entries.rewind();
      } else {
        Slice last = key(mapKey());
        entries.seek(last);
        if (entries.isValid() && entries.key().equals(last)) {
          entries.next();
        }
      }
      while (entries.isValid() && found < chunkEntries && bytes.length() < CHUNK_BYTES) {
        if (2 * found + 2 == newStarts.length - 1) {
          newStarts = Arrays.copyOf(newStarts, 2 * newStarts.length);
        }
        newStarts[2 * found] = bytes.length();
        bytes.write(entries.key().from(prefix.length()));
        newStarts[2 * found + 1] = bytes.length();
        bytes.write(entries.value());
        newStarts[2 * found + 2] = bytes.length();
        found++;
        entries.next();
      }
      more = entries.isValid();
    }
    chunk = bytes.array();
    starts = newStarts;
    count = found;
    current = -1;
    chunkEntries *= 2;
  }
}
