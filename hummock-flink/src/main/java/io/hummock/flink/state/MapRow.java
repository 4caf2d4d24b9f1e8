package io.hummock.flink.state;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.flink.encoding.ChunkedScan;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * All entries of a small map, or the first ones of a larger map, in the order of their keys, as one
 * row:
 *
 * <pre>
 *   count (2) | for each entry: end of key (2), end of value (2) | for each entry: key, value
 * </pre>
 *
 * <p>little endian, ends counted from where the first key begins. An empty row has no entries.
 */
final class MapRow {
  /** Larger maps are not kept whole: looking an entry up reads all ends before it. */
  static final int MAX_ENTRIES = 64;

  static final int MAX_BYTES = 8 << 10;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = {};
  private int start;
  private int length;
  private int count;
  private int content;

  /** Begins with a row, whose bytes must last while it is used. */
  void set(Slice row) {
    bytes = row.array();
    start = row.offset();
    length = row.length();
    count = length == 0 ? 0 : unsigned(start);
    content = start + Short.BYTES + 2 * Short.BYTES * count;
  }

  private int unsigned(int at) {
    return (short) SHORT.get(bytes, at) & 0xFFFF;
  }

  int count() {
    return count;
  }

  /** Where part {@code i} ends, keys and values counted. */
  private int end(int part) {
    return content + unsigned(start + Short.BYTES + Short.BYTES * part);
  }

  /** The index of the entry with this key; {@code -1 - index} of where it belongs if none has. */
  int find(Slice key) {
    byte[] wanted = key.array();
    int from = key.offset();
    int to = from + key.length();
    int at = content;
    for (int i = 0; i < count; i++) {
      int keyEnd = end(2 * i);
      int order = Arrays.compareUnsigned(bytes, at, keyEnd, wanted, from, to);
      if (order >= 0) {
        return order == 0 ? i : -1 - i;
      }
      at = end(2 * i + 1);
    }
    return -1 - count;
  }

  /** Whether all entries stand before this key. */
  boolean isBefore(Slice key) {
    return count == 0 || key(count - 1).compareTo(key) < 0;
  }

  /** An entry's key. */
  Slice key(int entry) {
    int at = entry == 0 ? content : end(2 * entry - 1);
    return Slice.of(bytes, at, end(2 * entry) - at);
  }

  /** An entry's value. */
  Slice value(int entry) {
    int at = end(2 * entry);
    return Slice.of(bytes, at, end(2 * entry + 1) - at);
  }

  /** Where an entry's value begins in the row. */
  int valueOffset(int entry) {
    return end(2 * entry) - start;
  }

  /**
   * A cursor over the map, with a copy of the entries.
   *
   * @param prefix of the map, never changed afterwards
   * @param more whether the map may have entries behind these
   */
  ChunkedScan scan(HummockStore store, Slice prefix, boolean more) {
    int[] starts = new int[2 * count + 1];
    for (int i = 0; i < 2 * count; i++) {
      starts[i + 1] = end(i) - content;
    }
    byte[] copy = Arrays.copyOfRange(bytes, content, start + length);
    return ChunkedScan.of(store, prefix, copy, starts, more);
  }

  /** Writes the row with one entry added or replaced; false if it becomes too large. */
  boolean writeWith(int found, Slice key, Slice value, SliceBuilder into) {
    boolean isNew = found < 0;
    int entry = isNew ? -1 - found : found;
    int newCount = isNew ? count + 1 : count;
    begin(newCount, into);
    for (int i = 0; i < entry; i++) {
      copy(i, into, i, newCount);
    }
    add(into, entry, newCount, key, value);
    for (int i = isNew ? entry : entry + 1; i < count; i++) {
      copy(i, into, isNew ? i + 1 : i, newCount);
    }
    return newCount <= MAX_ENTRIES && into.length() <= MAX_BYTES;
  }

  /** Writes the row without one of its entries. */
  void writeWithout(int entry, SliceBuilder into) {
    begin(count - 1, into);
    for (int i = 0; i < count; i++) {
      if (i != entry) {
        copy(i, into, i < entry ? i : i - 1, count - 1);
      }
    }
  }

  private void copy(int entry, SliceBuilder into, int as, int newCount) {
    add(into, as, newCount, key(entry), value(entry));
  }

  private static void begin(int count, SliceBuilder into) {
    into.clear();
    into.reserve(Short.BYTES + 2 * Short.BYTES * count);
    SHORT.set(into.array(), 0, (short) count);
  }

  private static void add(SliceBuilder into, int entry, int count, Slice key, Slice value) {
    int content = Short.BYTES + 2 * Short.BYTES * count;
    into.write(key);
    int at = Short.BYTES + 2 * Short.BYTES * entry;
    SHORT.set(into.array(), at, (short) (into.length() - content));
    into.write(value);
    SHORT.set(into.array(), at + Short.BYTES, (short) (into.length() - content));
  }

  /** Writes the row of an empty map. */
  static void writeEmpty(SliceBuilder into) {
    begin(0, into);
  }

  /** Writes the entries that a scan read first; false if they are too many or too large. */
  static boolean write(ChunkedScan scan, SliceBuilder into) {
    if (scan.chunkEntries() > MAX_ENTRIES || scan.chunkBytes() > MAX_BYTES / 2) {
      return false;
    }
    int count = scan.chunkEntries();
    begin(count, into);
    for (int i = 0; i < count; i++) {
      add(into, i, count, scan.rest(i), scan.value(i));
    }
    return true;
  }
}
