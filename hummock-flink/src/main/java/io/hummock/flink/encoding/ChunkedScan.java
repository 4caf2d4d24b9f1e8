package io.hummock.flink.encoding;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import java.io.IOException;
import java.util.Arrays;

/**
 * A cursor over the entries of one scan prefix that needs no closing and stands while they change:
 * it copies a chunk of entries, closes the scan, and goes on behind the last one when the chunk is
 * used up. What is written meanwhile may be met or not.
 *
 * <p>Slices that it hands out last for ever. Not thread-safe.
 */
public final class ChunkedScan {
  /* Often the first entries are all that is asked for; whoever goes on gets more at a time. */
  private static final int FIRST_CHUNK_ENTRIES = 16;
  private static final int MAX_CHUNK_ENTRIES = 4096;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final byte[] NO_BYTES = {};
  private static final int[] NO_STARTS = {0};

  private final HummockStore store;
  private final Slice prefix;
  private Slice start;

  private byte[] chunk = NO_BYTES;
  /* Of entry i: the rest of its key begins at 2 i, its value at 2 i + 1, which ends at 2 i + 2. */
  private int[] starts = NO_STARTS;
  private int count;
  private int current = -1;
  private int nextEntries;
  private boolean more = true;

  /**
   * A scan of all entries of a prefix.
   *
   * @param prefix never changed afterwards
   */
  public ChunkedScan(HummockStore store, Slice prefix) {
    this(store, prefix, prefix, FIRST_CHUNK_ENTRIES);
  }

  /**
   * A scan of the entries from some key on.
   *
   * @param prefix never changed afterwards
   * @param start where to begin, never changed afterwards
   * @param firstEntries how many are read at first
   */
  public ChunkedScan(HummockStore store, Slice prefix, Slice start, int firstEntries) {
    this.store = store;
    this.prefix = prefix;
    this.start = start;
    this.nextEntries = firstEntries;
  }

  /**
   * A scan of which the first entries are known.
   *
   * @param prefix never changed afterwards
   * @param chunk keys, without the prefix, and values, one behind the other
   * @param starts where the keys and values begin, and the last one's end
   * @param more whether there may be entries behind these, which are some then
   */
  public static ChunkedScan of(
      HummockStore store, Slice prefix, byte[] chunk, int[] starts, boolean more) {
    ChunkedScan scan = new ChunkedScan(store, prefix);
    scan.chunk = chunk;
    scan.starts = starts;
    scan.count = starts.length / 2;
    scan.more = more;
    scan.nextEntries = 4 * FIRST_CHUNK_ENTRIES;
    return scan;
  }

  /** Whether {@link #next} would find an entry. */
  public boolean hasNext() throws IOException {
    if (current + 1 == count && more) {
      load();
    }
    return current + 1 < count;
  }

  /** Goes to the next entry, the first one at first; false if there is none. */
  public boolean next() throws IOException {
    if (!hasNext()) {
      return false;
    }
    current++;
    return true;
  }

  /** What follows the prefix in the entry's key. */
  public Slice rest() {
    return rest(current);
  }

  /** The entry's value. */
  public Slice value() {
    return value(current);
  }

  /** The length of the prefix. */
  public int prefixLength() {
    return prefix.length();
  }

  /** The key of an entry that was met before, in a fresh array. */
  public Slice key(Slice rest) {
    return new SliceBuilder(prefix.length() + rest.length()).write(prefix).write(rest).slice();
  }

  /** Whether the entries that were read first are all there are; reads them if need be. */
  @SuppressWarnings("ReferenceEquality") // the very object, until a second chunk is read
  public boolean isWhole() throws IOException {
    hasNext();
    return start == prefix && !more;
  }

  /** How many entries the chunk has that was read last. */
  public int chunkEntries() {
    return count;
  }

  /** How many bytes the entries have that were read last. */
  public int chunkBytes() {
    return starts[2 * count];
  }

  /** What follows the prefix in the key of an entry of the chunk. */
  public Slice rest(int entry) {
    int from = starts[2 * entry];
    return Slice.of(chunk, from, starts[2 * entry + 1] - from);
  }

  /** The value of an entry of the chunk. */
  public Slice value(int entry) {
    int from = starts[2 * entry + 1];
    return Slice.of(chunk, from, starts[2 * entry + 2] - from);
  }

  private void load() throws IOException {
    boolean continues = count > 0;
    if (continues) {
      start = key(rest());
    }
    SliceBuilder bytes = new SliceBuilder(256);
    int[] newStarts = new int[2 * 8 + 1];
    int found = 0;
    try (UserIterator entries = store.scanPrefix(prefix, Direction.FORWARD)) {
      entries.seek(start);
      if (continues && entries.isValid() && entries.key().equals(start)) {
        entries.next();
      }
      while (entries.isValid() && found < nextEntries && bytes.length() < CHUNK_BYTES) {
        if (2 * found + 2 >= newStarts.length) {
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
    nextEntries = Math.min(4 * nextEntries, MAX_CHUNK_ENTRIES);
  }
}
