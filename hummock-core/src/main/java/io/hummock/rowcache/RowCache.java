package io.hummock.rowcache;

import io.hummock.bytes.PageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/**
 * A bounded cache of rows, by the bytes of their keys. It may forget any row whenever one is
 * written, and takes no memory but pages.
 *
 * <p>Of two families: what the tree has of a key below the running epoch's memtable, which the
 * store keeps right; and what a caller keeps of a scan prefix, and keeps right itself.
 *
 * <p>For one thread. A row is named by a number that lasts until the next call that may add one.
 */
public final class RowCache {
  /*
   * A lookup asks the running epoch's memtable before the rows, so a write need not change a row:
   * the first write of a key in an epoch takes its row away, and until the next epoch begins the
   * memtable answers. What is appended does not end a lookup, which comes to need what lies below:
   * then the row stays, and is marked as lacking what this epoch appends. In a later epoch, when
   * that has left the running memtable, such a row is no longer right.
   */

  /** Names no row. */
  public static final int NONE = 0;

  /* So many pages at least, where the budget allows for pages of at least the least size. */
  private static final int PAGES = 16;

  private static final int ADDED_PER_FIT = 1 << 10;
  private static final int LOOKUPS_PER_REPORT = 1 << 10;

  private final PageAllocator pages;
  private final LongSupplier maxBytes;
  private final RowIndex index;
  private final RowLog log;
  private final int maxRowBytes;
  private long budget;
  private int added;
  private byte[] value = new byte[256];

  private final HummockMetrics metrics;
  private long hits;
  private long misses;

  /**
   * @param maxBytes what it may take at most, asked for now and then; and never more than half of
   *     the allocator's limit
   */
  public RowCache(PageAllocator pages, LongSupplier maxBytes, HummockMetrics metrics) {
    this.pages = pages;
    this.metrics = metrics;
    this.maxBytes = maxBytes;
    budget = budget();
    int pageBytes = RowLog.MAX_PAGE_BYTES;
    while (pageBytes > RowLog.MIN_PAGE_BYTES && (long) pageBytes * PAGES > budget) {
      pageBytes /= 2;
    }
    index = new RowIndex(pages);
    log = new RowLog(pages, index, pageBytes);
    maxRowBytes = Math.min(RowLog.MAX_VALUE_LENGTH, pageBytes / 4);
  }

  /** The bytes of its pages. */
  public long bytes() {
    return index.bytes() + log.bytes();
  }

  private long budget() {
    return Math.min(maxBytes.getAsLong(), pages.limit() / 2);
  }

  /** Forgets what is beyond the budget, if that has become less than what it has. */
  public void fit() {
    budget = budget();
    giveBack(bytes() - budget);
  }

  /**
   * Gives memory back, and forgets the rows that were there.
   *
   * @return false if there was none
   */
  public boolean giveBack(long wanted) {
    long before = bytes();
    while (bytes() > before - wanted) {
      if (!log.releaseNext()) {
        clear();
        break;
      }
    }
    return bytes() < before;
  }

  /** Forgets everything and gives all pages back. */
  public void clear() {
    index.release();
    log.release();
  }

  // What the store keeps.

  /**
   * Completes a lookup that has met what the running epoch has of the key, if there is a row.
   *
   * @param epoch the running epoch
   */
  public boolean get(Slice key, long hash, long epoch, ValueLookup into) {
    if (hits + misses >= LOOKUPS_PER_REPORT) {
      report();
    }
    int row = find(RowKind.VALUE, key, hash);
    if (row == NONE) {
      misses++;
      return false;
    }
    if (log.isIncomplete(row) && log.epoch(row) != (int) epoch) {
      misses++;
      remove(row, hash);
      return false;
    }
    hits++;
    log.use(row);
    if (log.kind(row) == RowKind.VALUE) {
      int at = into.prepend(log.valueLength(row));
      log.read(row, into.array(), at);
      into.met(ValueKind.PUT);
    } else {
      into.met(ValueKind.TOMBSTONE);
    }
    return true;
  }

  private void report() {
    metrics.rowCacheLookups(hits, misses);
    hits = 0;
    misses = 0;
  }

  /**
   * Adds what lies below the running epoch, after {@link #get} has found no row.
   *
   * @param lacksEpoch whether the running epoch has appended something
   */
  public void add(RowKind kind, Slice key, long hash, Slice bytes, boolean lacksEpoch, long epoch) {
    int row = insert(kind, key, hash, bytes, bytes.length());
    if (lacksEpoch && row != NONE) {
      log.setIncomplete(row, (int) epoch);
    }
  }

  /** Must be told of the first write of a key in each epoch. */
  public void written(ValueKind kind, Slice key, long hash, long epoch) {
    if (kind != ValueKind.MERGE) {
      index.removeAll(RowIndex.fragment(hash));
      return;
    }
    int row = find(RowKind.VALUE, key, hash);
    if (row != NONE) {
      if (log.isIncomplete(row) && log.epoch(row) != (int) epoch) {
        remove(row, hash);
      } else {
        log.setIncomplete(row, (int) epoch);
      }
    }
  }

  // What callers keep.

  /** The row of a key, of this kind or the other of its family; or {@link #NONE}. */
  public int find(RowKind family, Slice key, long hash) {
    int fragment = RowIndex.fragment(hash);
    ByteBuffer slots = index.slots(fragment);
    if (slots == null) {
      return NONE;
    }
    int line = RowIndex.line(fragment);
    int row = find(family, key, fragment, slots, line);
    return row != NONE ? row : find(family, key, fragment, slots, RowIndex.otherLine(line));
  }

  private int find(RowKind family, Slice key, int fragment, ByteBuffer slots, int line) {
    for (int rest = RowIndex.matches(slots, line, fragment); rest != 0; rest &= rest - 1) {
      int row = RowIndex.reference(slots, line, Integer.numberOfTrailingZeros(rest));
      if (row != NONE && log.matches(row, family, key)) {
        return row;
      }
    }
    return NONE;
  }

  public RowKind kind(int row) {
    return log.kind(row);
  }

  /** The row's value, valid until the next value is read. */
  public Slice read(int row) {
    int length = log.valueLength(row);
    if (length > value.length) {
      value = new byte[Math.max(length, 2 * value.length)];
    }
    log.read(row, value, 0);
    return Slice.of(value, 0, length);
  }

  /** Says that a row was of use. */
  public void use(int row) {
    log.use(row);
  }

  /** Whether a row was of use since its value was last written. */
  public boolean isUsed(int row) {
    return log.isUsed(row);
  }

  /** Adds a row that is not there yet. */
  public void add(RowKind kind, Slice key, long hash, Slice bytes) {
    insert(kind, key, hash, bytes, bytes.length());
  }

  /** Whether a row that is added takes the place of others. */
  public boolean isFull() {
    return !mayGrow();
  }

  private boolean mayGrow() {
    return bytes() + log.pageBytes() + RowIndex.SEGMENT_BYTES <= budget;
  }

  private int insert(RowKind kind, Slice key, long hash, Slice bytes, int capacity) {
    if (RowLog.size(key.length(), capacity) > maxRowBytes) {
      return NONE;
    }
    if (++added >= ADDED_PER_FIT) {
      added = 0;
      fit();
    }
    int fragment = RowIndex.fragment(hash);
    boolean mayGrow = mayGrow();
    int row = log.create(kind, key, fragment, bytes, capacity, mayGrow);
    return row != NONE && index.add(fragment, row, mayGrow) ? row : NONE;
  }

  /** Gives the row of a key another kind and value, or forgets it. */
  public void replace(int row, RowKind kind, Slice key, long hash, Slice bytes) {
    if (bytes.length() <= log.capacity(row)) {
      log.write(row, kind, bytes);
    } else {
      remove(row, hash);
      // It grows, and may grow again.
      insert(kind, key, hash, bytes, bytes.length() + bytes.length() / 4);
    }
  }

  /** Replaces bytes of a row's value. */
  public void overwrite(int row, int from, Slice bytes) {
    log.overwrite(row, from, bytes);
  }

  /** Forgets a row. */
  public void remove(int row, long hash) {
    index.remove(RowIndex.fragment(hash), row);
  }
}
