package io.hummock.memtable;

import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hands out places in pages, one behind the other, and takes them back all at once.
 *
 * <p>A place is named by a <em>reference</em> of 32 bits: {@code page (15) | offset in the page in
 * units of 8 bytes (17)}. So every place begins at a multiple of 8 within the first MB of its page,
 * and 0 names none. Large places have a page of their own.
 *
 * <p>One thread at a time allocates. Any thread that has a reference, and has seen it published
 * with release and acquire, may use {@link #memory}.
 */
final class Arena {
  static final int NONE = 0;

  private static final int UNIT_BITS = 3;
  private static final int OFFSET_BITS = 17;
  private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
  private static final int MAX_PAGES = 1 << (Integer.SIZE - OFFSET_BITS);
  private static final int MIN_PAGE_BYTES = 1 << 10;
  private static final int MAX_PAGE_BYTES = 1 << (OFFSET_BITS + UNIT_BITS);

  private final PageAllocator allocator;
  private Page[] pages = new Page[8];
  private ByteBuffer[] memory = new ByteBuffer[8];
  private int pageCount;

  /** Written by the writer alone; others may ask for it. */
  private volatile long bytes;

  private int currentPage;
  private int position;
  private int limit;

  Arena(PageAllocator allocator) {
    this.allocator = allocator;
  }

  /** The page of a place; the place begins at {@link #offset}. */
  ByteBuffer memory(int reference) {
    return memory[reference >>> OFFSET_BITS];
  }

  /** Where in its page a place begins, in bytes. */
  static int offset(int reference) {
    return (reference & OFFSET_MASK) << UNIT_BITS;
  }

  /** The reference of what lies {@code count} bytes, a multiple of 8, behind a place's begin. */
  static int plus(int reference, int count) {
    return reference + (count >>> UNIT_BITS);
  }

  /** The least multiple of 8 that is not less. */
  static int roundUp(int count) {
    return (count + 7) & -8;
  }

  /**
   * A new place of {@code size} bytes, a multiple of 8, with undefined content; {@link #NONE} if
   * there is no memory.
   */
  int allocate(int size) {
    if (size > limit - position) {
      int pageBytes = nextPageBytes();
      if (size > pageBytes / 4 && limit > 0) {
        return addPage(size) ? (pageCount - 1) << OFFSET_BITS : NONE;
      }
      if (!addCurrentPage(pageBytes, size)) {
        return NONE;
      }
    }
    int reference = (currentPage << OFFSET_BITS) | (position >>> UNIT_BITS);
    position += size;
    return reference;
  }

  /** Gives the place back that was allocated last, if that is still possible. */
  void undo(int reference, int size) {
    if (reference >>> OFFSET_BITS == currentPage && offset(reference) + size == position) {
      position -= size;
    }
  }

  /** A quarter more each time, so that little of the budget is taken and not used. */
  private int nextPageBytes() {
    long wanted = Long.highestOneBit(Math.max(1, bytes / 4));
    return (int) Math.max(MIN_PAGE_BYTES, Math.min(MAX_PAGE_BYTES, wanted));
  }

  private boolean addCurrentPage(int preferred, int size) {
    // Reference 0 must stay free.
    int start = pageCount == 0 ? 1 << UNIT_BITS : 0;
    int least = size + start;
    for (int wanted = Math.max(preferred, least); ; wanted = Math.max(wanted / 2, least)) {
      if (addPage(wanted)) {
        break;
      }
      if (wanted == least) {
        return false;
      }
    }
    currentPage = pageCount - 1;
    position = start;
    // What lies behind the first MB of a page cannot be named, but a place may extend there.
    limit = Math.max(least, Math.min(memory[currentPage].limit() & -8, MAX_PAGE_BYTES));
    return true;
  }

  private boolean addPage(int size) {
    if (pageCount == MAX_PAGES) {
      return false;
    }
    Page page = allocator.allocate(size);
    if (page == null) {
      return false;
    }
    if (pageCount == pages.length) {
      pages = Arrays.copyOf(pages, 2 * pageCount);
      memory = Arrays.copyOf(memory, 2 * pageCount);
    }
    pages[pageCount] = page;
    memory[pageCount] = page.memory();
    pageCount++;
    long sum = bytes + page.size();
    bytes = sum;
    return true;
  }

  /** The bytes of all its pages. */
  long bytes() {
    return bytes;
  }

  /** Gives all pages back; nothing may be used any more. */
  void release() {
    for (int i = 0; i < pageCount; i++) {
      @Nullable Page page = pages[i];
      page.release();
    }
    pageCount = 0;
    position = 0;
    limit = 0;
  }
}
