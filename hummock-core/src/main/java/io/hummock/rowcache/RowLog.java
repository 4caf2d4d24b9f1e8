package io.hummock.rowcache;

import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import io.hummock.bytes.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows, in a ring of pages that is written round and round. For one thread.
 *
 * <p>A place is named by a reference of 32 bits: {@code page (17) | offset in units of 8 bytes
 * (15)}; 0 names none.
 */
final class RowLog {
  /*
   * A row, little endian, at a multiple of 8:
   *
   *    0  kind (8) | used (1), incomplete (1), 0 (6) | key length (16)
   *    4  fragment of the key's hash
   *    8  length of the value (16) | its capacity, in units of 8 bytes (16)
   *   12  of an incomplete row the epoch, its last 32 bits
   *   16  key, to a multiple of 8, then the value
   *
   * Rows are written at `position`. In the page that is being written, what lies from `hand` on is
   * of the last round:
   *
   *   | rows of this round | gap | rows of the last round | unused |
   *   0                 position hand                    end
   *
   * The gap is widened by stepping the hand over the next row. One that was used since it was
   * written is given a second chance, and moves to the position; any other one is forgotten (CLOCK,
   * with a log for the ring). A row that the index does not name is no longer one.
   */
  static final int MIN_PAGE_BYTES = 8 << 10;
  static final int MAX_PAGE_BYTES = 256 << 10;

  private static final int UNIT_BITS = 3;
  private static final int OFFSET_BITS = 15;
  private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
  private static final int MAX_PAGES = 1 << (Integer.SIZE - OFFSET_BITS);

  private static final int USED = 1 << 8;
  private static final int INCOMPLETE = 1 << 9;
  private static final int FRAGMENT = 4;
  private static final int LENGTHS = 8;
  private static final int EPOCH = 12;
  private static final int KEY = 16;

  /** The longest value. */
  static final int MAX_VALUE_LENGTH = 0xFFF8;

  /* Where the rows of a page begin: reference 0 stays free. */
  private static final int FIRST = 1 << UNIT_BITS;

  /* So many rows in a row get a second chance before one is forgotten all the same. */
  private static final int MAX_CHANCES = 8;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final PageAllocator allocator;
  private final RowIndex index;
  private final int pageBytes;
  private Page[] pages = new Page[4];
  private ByteBuffer[] memory = new ByteBuffer[4];
  private int[] ends = new int[4];
  private int pageCount;

  /** How many of these numbers name no page, which has been given back. */
  private int holes;

  private int page = -1;
  private int position;
  private int hand;
  private int end;

  /**
   * @param pageBytes a power of two from {@link #MIN_PAGE_BYTES} to {@link #MAX_PAGE_BYTES}
   */
  RowLog(PageAllocator allocator, RowIndex index, int pageBytes) {
    this.allocator = allocator;
    this.index = index;
    this.pageBytes = pageBytes;
  }

  /** The bytes of its pages. */
  long bytes() {
    return (long) (pageCount - holes) * pageBytes;
  }

  int pageBytes() {
    return pageBytes;
  }

  private ByteBuffer memory(int row) {
    return memory[row >>> OFFSET_BITS];
  }

  private static int offset(int row) {
    return (row & OFFSET_MASK) << UNIT_BITS;
  }

  private static int roundUp(int count) {
    return (count + 7) & -8;
  }

  /** The bytes of a row. */
  static int size(int keyLength, int capacity) {
    return KEY + roundUp(keyLength) + roundUp(capacity);
  }

  private static int sizeAt(ByteBuffer rows, int at) {
    return size(rows.getInt(at) >>> 16, capacityOf(rows.getInt(at + LENGTHS)));
  }

  /** Whether this is the row's key, and the row's kind is of the same family. */
  boolean matches(int row, RowKind family, Slice key) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    int head = rows.getInt(at);
    int length = key.length();
    return head >>> 16 == length
        && RowKind.sameFamily(head & 0xFF, family)
        && startsWith(rows, at + KEY, key.array(), key.offset(), length);
  }

  /** Whether these bytes, at least 8, lie there. Compares words; the last two may overlap. */
  private static boolean startsWith(
      ByteBuffer memory, int at, byte[] bytes, int offset, int length) {
    int last = length - Long.BYTES;
    for (int i = 0; i < last; i += Long.BYTES) {
      if (memory.getLong(at + i) != (long) LONGS.get(bytes, offset + i)) {
        return false;
      }
    }
    return memory.getLong(at + last) == (long) LONGS.get(bytes, offset + last);
  }

  RowKind kind(int row) {
    return RowKind.of(memory(row).getInt(offset(row)) & 0xFF);
  }

  int valueLength(int row) {
    return length(memory(row).getInt(offset(row) + LENGTHS));
  }

  int capacity(int row) {
    return capacityOf(memory(row).getInt(offset(row) + LENGTHS));
  }

  private static int length(int lengths) {
    return lengths & 0xFFFF;
  }

  private static int capacityOf(int lengths) {
    return (lengths >>> 16) << UNIT_BITS;
  }

  /** Whether the row lacks what was appended in some epoch. */
  boolean isIncomplete(int row) {
    return (memory(row).getInt(offset(row)) & INCOMPLETE) != 0;
  }

  /** The last 32 bits of the epoch in which an incomplete row lacks something. */
  int epoch(int row) {
    return memory(row).getInt(offset(row) + EPOCH);
  }

  /** Says that the row lacks what was appended in an epoch. */
  void setIncomplete(int row, int epoch) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    rows.putInt(at, rows.getInt(at) | INCOMPLETE);
    rows.putInt(at + EPOCH, epoch);
  }

  /** Copies the value. */
  void read(int row, byte[] target, int from) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    int length = length(rows.getInt(at + LENGTHS));
    rows.get(at + KEY + roundUp(rows.getInt(at) >>> 16), target, from, length);
  }

  /** Whether the row was of use since it was written. */
  boolean isUsed(int row) {
    return (memory(row).getInt(offset(row)) & USED) != 0;
  }

  /** Says that a row was of use. */
  void use(int row) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    int head = rows.getInt(at);
    if ((head & USED) == 0) {
      rows.putInt(at, head | USED);
    }
  }

  /** Replaces the value, which fits; the row is complete then, and was not of use. */
  void write(int row, RowKind kind, Slice value) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    int head = rows.getInt(at);
    int lengths = rows.getInt(at + LENGTHS);
    rows.putInt(at, (head & 0xFFFF_0000) | kind.tag());
    rows.putInt(at + LENGTHS, (lengths & 0xFFFF_0000) | value.length());
    rows.put(at + KEY + roundUp(head >>> 16), value.array(), value.offset(), value.length());
  }

  /** Writes over a part of the value; the row was not of use then. */
  void overwrite(int row, int from, Slice bytes) {
    ByteBuffer rows = memory(row);
    int at = offset(row);
    int head = rows.getInt(at);
    rows.putInt(at, head & ~USED);
    int start = at + KEY + roundUp(head >>> 16);
    rows.put(start + from, bytes.array(), bytes.offset(), bytes.length());
  }

  /**
   * A new row, which the index does not name yet; 0 if there is no memory at all.
   *
   * @param capacity how long the value may become in place, at least its length
   * @param mayGrow whether it may take another page
   */
  int create(RowKind kind, Slice key, int fragment, Slice value, int capacity, boolean mayGrow) {
    int size = size(key.length(), capacity);
    if (!makeGap(size, mayGrow)) {
      return 0;
    }
    ByteBuffer rows = memory[page];
    int at = position;
    position += size;
    rows.putInt(at, (key.length() << 16) | kind.tag());
    rows.putInt(at + FRAGMENT, fragment);
    rows.putInt(at + LENGTHS, ((roundUp(capacity) >>> UNIT_BITS) << 16) | value.length());
    rows.put(at + KEY, key.array(), key.offset(), key.length());
    int valueAt = at + KEY + roundUp(key.length());
    rows.put(valueAt, value.array(), value.offset(), value.length());
    return reference(page, at);
  }

  private static int reference(int page, int at) {
    return (page << OFFSET_BITS) | (at >>> UNIT_BITS);
  }

  private boolean makeGap(int size, boolean mayGrow) {
    assert size <= pageBytes - FIRST;
    int chances = 0;
    while (page < 0 || size > hand - position) {
      if (page >= 0 && hand < end) {
        chances += step(chances < MAX_CHANCES);
      } else if (!nextPage(mayGrow)) {
        return false;
      }
    }
    return true;
  }

  /** Moves the hand over a row; 1 if that got its second chance. */
  private int step(boolean mayStay) {
    ByteBuffer rows = memory[page];
    int at = hand;
    int head = rows.getInt(at);
    int fragment = rows.getInt(at + FRAGMENT);
    int size = sizeAt(rows, at);
    hand += size;
    if (hand == end) {
      hand = pageBytes;
    }
    int row = reference(page, at);
    if (mayStay && (head & USED) != 0) {
      int moved = reference(page, position);
      if (index.replace(fragment, row, moved)) {
        rows.put(position, rows, at, size);
        rows.putInt(position, head & ~USED);
        position += size;
        return 1;
      }
    } else {
      index.remove(fragment, row);
    }
    return 0;
  }

  private boolean nextPage(boolean mayGrow) {
    if (page >= 0) {
      ends[page] = position;
    }
    if (mayGrow) {
      int added = addPage();
      if (added >= 0) {
        page = added;
        position = FIRST;
        hand = pageBytes;
        end = pageBytes;
        return true;
      }
    }
    if (pageCount == holes) {
      return false;
    }
    page = pageAfter(page);
    position = FIRST;
    end = ends[page];
    hand = end == FIRST ? pageBytes : FIRST;
    return true;
  }

  private int pageAfter(int number) {
    int next = number;
    do {
      next = next + 1 >= pageCount ? 0 : next + 1;
    } while (pages[next] == null);
    return next;
  }

  /** Returns the number of a new page; -1 if there is none to be had. */
  private int addPage() {
    int number = holes > 0 ? hole() : pageCount;
    if (number == MAX_PAGES) {
      return -1;
    }
    Page added = allocator.allocate(pageBytes);
    if (added == null) {
      return -1;
    }
    if (number == pages.length) {
      pages = Arrays.copyOf(pages, 2 * number);
      memory = Arrays.copyOf(memory, 2 * number);
      ends = Arrays.copyOf(ends, 2 * number);
    }
    pages[number] = added;
    memory[number] = added.memory();
    if (number == pageCount) {
      pageCount++;
    } else {
      holes--;
    }
    return number;
  }

  private int hole() {
    int number = 0;
    while (pages[number] != null) {
      number++;
    }
    return number;
  }

  /**
   * Forgets the rows of the page that comes next in the ring, and gives it back.
   *
   * @return false if there is none but the one that is being written
   */
  boolean releaseNext() {
    if (pageCount - holes < 2) {
      return false;
    }
    int next = pageAfter(page);
    ByteBuffer rows = memory[next];
    for (int at = FIRST; at < ends[next]; ) {
      index.remove(rows.getInt(at + FRAGMENT), reference(next, at));
      at += sizeAt(rows, at);
    }
    Page released = pages[next];
    pages[next] = null;
    memory[next] = null;
    ends[next] = 0;
    holes++;
    released.release();
    return true;
  }

  /** Forgets everything and gives all pages back. */
  void release() {
    for (int i = 0; i < pageCount; i++) {
      @Nullable Page last = pages[i];
      if (last != null) {
        last.release();
      }
    }
    pages = new Page[4];
    memory = new ByteBuffer[4];
    ends = new int[4];
    pageCount = 0;
    holes = 0;
    page = -1;
    position = 0;
    hand = 0;
    end = 0;
  }
}
