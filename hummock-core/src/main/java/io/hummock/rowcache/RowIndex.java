package io.hummock.rowcache;

import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From a key's hash to the references of the rows that may have that key. For one thread.
 *
 * <p>A cache's index: where there is no room for a reference, another one is forgotten.
 */
final class RowIndex {
  /*
   * Extendible hashing (Fagin and others, 1979) over segments that are set-associative:
   *
   *   fragment, 32 bits of the hash:  directory (0-16), the first bits ... | line (16), the last
   *   segment:  lines of 64 bytes, a cache line each, of 8 slots
   *   slot:     reference (4) | fragment (4), little endian; 0 where empty
   *
   * A fragment belongs into one line, or where that is full, into the other one of a pair of lines;
   * so a probe touches one cache line, or two neighbours, and a slot is taken away by clearing it.
   * Segments are split before many of their pairs are full.
   */
  static final int SEGMENT_BYTES = 32 << 10;

  /** How many slots a line has. */
  static final int SLOTS = 8;

  private static final int LINE_BYTES = 64;
  private static final int PAIR_BYTES = 2 * LINE_BYTES;
  private static final int SLOT_BYTES = Long.BYTES;
  private static final int FRAGMENT = Integer.BYTES;
  private static final int LINES = SEGMENT_BYTES / LINE_BYTES;
  private static final int SPLIT_AT = LINES * SLOTS * 5 / 8;
  private static final int LINE_BITS = 16;
  private static final int MAX_DEPTH = 16;

  private static final class Segment {
    final Page page;
    final ByteBuffer slots;
    int depth;
    int count;

    Segment(Page page, int depth) {
      this.page = page;
      this.slots = page.memory();
      this.depth = depth;
    }
  }

  private final PageAllocator pages;
  private Segment[] segments = {};
  private ByteBuffer[] directory = {};
  private int shift = Integer.SIZE;
  private int segmentCount;
  private int victim;

  RowIndex(PageAllocator pages) {
    this.pages = pages;
  }

  /** The part of a key's hash that the index works with. */
  static int fragment(long hash) {
    return (int) (hash >>> 32);
  }

  /** The bytes of its pages. */
  long bytes() {
    return (long) segmentCount * SEGMENT_BYTES;
  }

  /** The segment of a fragment, to be used with {@link #line}; null if nothing is there at all. */
  @Nullable ByteBuffer slots(int fragment) {
    return directory.length == 0 ? null : directory[directoryIndex(fragment)];
  }

  /** Where the 8 slots of the fragment's line begin in its segment. */
  static int line(int fragment) {
    return (((fragment & 0xFFFF) * LINES) >>> LINE_BITS) * LINE_BYTES;
  }

  /** Where the slots of the other line of a pair begin. */
  static int otherLine(int line) {
    return line ^ LINE_BYTES;
  }

  /** Where the first slot with this content is in the fragment's two lines; -1 if there is none. */
  private static int find(ByteBuffer slots, int fragment, long content) {
    int line = line(fragment);
    for (int i = 0; i < PAIR_BYTES; i += SLOT_BYTES) {
      if (slots.getLong(line ^ i) == content) {
        return line ^ i;
      }
    }
    return -1;
  }

  /**
   * Which of the 8 slots of a line are of this fragment, a bit each. Without branches: which slot
   * it is cannot be predicted.
   */
  static int matches(ByteBuffer slots, int line, int fragment) {
    int found = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      int other = slots.getInt(line + slot * SLOT_BYTES + FRAGMENT) ^ fragment;
      found |= (~(other | -other) >>> 31) << slot;
    }
    return found;
  }

  /** The reference in one of the 8 slots of a line; 0 if it is empty. */
  static int reference(ByteBuffer slots, int line, int slot) {
    return slots.getInt(line + slot * SLOT_BYTES);
  }

  private int directoryIndex(int fragment) {
    return shift == Integer.SIZE ? 0 : fragment >>> shift;
  }

  private static long content(int fragment, int reference) {
    return ((long) fragment << 32) | (reference & 0xFFFF_FFFFL);
  }

  /**
   * Adds a reference.
   *
   * @param mayGrow whether it may take another page
   * @return false if there is no memory at all
   */
  boolean add(int fragment, int reference, boolean mayGrow) {
    if (directory.length == 0 && !addFirst()) {
      return false;
    }
    while (mayGrow) {
      Segment segment = segments[directoryIndex(fragment)];
      if (segment.count < SPLIT_AT || segment.depth == MAX_DEPTH || !split(segment)) {
        break;
      }
    }
    Segment segment = segments[directoryIndex(fragment)];
    int at = find(segment.slots, fragment, 0);
    if (at >= 0) {
      segment.count++;
    } else {
      victim = (victim + SLOT_BYTES) % PAIR_BYTES;
      at = line(fragment) ^ victim;
    }
    segment.slots.putLong(at, content(fragment, reference));
    return true;
  }

  /** Puts a reference in the place of another; false if that is not there. */
  boolean replace(int fragment, int reference, int replacement) {
    ByteBuffer slots = slots(fragment);
    if (slots == null) {
      return false;
    }
    int at = find(slots, fragment, content(fragment, reference));
    if (at < 0) {
      return false;
    }
    slots.putLong(at, content(fragment, replacement));
    return true;
  }

  /** Whether a reference is there. */
  boolean contains(int fragment, int reference) {
    return replace(fragment, reference, reference);
  }

  /** Takes a reference away, if it is there. */
  void remove(int fragment, int reference) {
    if (directory.length == 0) {
      return;
    }
    Segment segment = segments[directoryIndex(fragment)];
    int at = find(segment.slots, fragment, content(fragment, reference));
    if (at >= 0) {
      segment.slots.putLong(at, 0);
      segment.count--;
    }
  }

  /** Takes all references of a fragment away. */
  void removeAll(int fragment) {
    if (directory.length == 0) {
      return;
    }
    Segment segment = segments[directoryIndex(fragment)];
    int line = line(fragment);
    for (int i = 0; i < PAIR_BYTES; i += SLOT_BYTES) {
      long content = segment.slots.getLong(line ^ i);
      if (content != 0 && (int) (content >>> 32) == fragment) {
        segment.slots.putLong(line ^ i, 0);
        segment.count--;
      }
    }
  }

  private boolean addFirst() {
    Segment first = allocate(0);
    if (first == null) {
      return false;
    }
    segments = new Segment[] {first};
    directory = new ByteBuffer[] {first.slots};
    shift = Integer.SIZE;
    return true;
  }

  /** Moves those of a segment whose next bit is set to a new segment; false without memory. */
  private boolean split(Segment low) {
    Segment high = allocate(low.depth + 1);
    if (high == null) {
      return false;
    }
    if (low.depth == Integer.SIZE - shift) {
      Segment[] doubled = new Segment[2 * segments.length];
      Arrays.setAll(doubled, i -> segments[i / 2]);
      segments = doubled;
      shift--;
    }
    int bit = Integer.MIN_VALUE >>> low.depth;
    low.depth++;
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] == low && ((i << shift) & bit) != 0) {
        segments[i] = high;
      }
    }
    for (int at = 0; at < SEGMENT_BYTES; at += SLOT_BYTES) {
      long content = low.slots.getLong(at);
      if (content != 0 && ((int) (content >>> 32) & bit) != 0) {
        high.slots.putLong(at, content);
        high.count++;
        low.slots.putLong(at, 0);
        low.count--;
      }
    }
    directory = new ByteBuffer[segments.length];
    Arrays.setAll(directory, i -> segments[i].slots);
    return true;
  }

  private @Nullable Segment allocate(int depth) {
    Page page = pages.allocate(SEGMENT_BYTES);
    if (page == null) {
      return null;
    }
    Segment segment = new Segment(page, depth);
    for (int at = 0; at < SEGMENT_BYTES; at += SLOT_BYTES) {
      segment.slots.putLong(at, 0);
    }
    segmentCount++;
    return segment;
  }

  /** Forgets everything and gives all pages back. */
  void release() {
    Segment last = null;
    for (Segment segment : segments) {
      // The directory names a segment in a run of neighbours.
      if (segment != last) {
        segment.page.release();
      }
      last = segment;
    }
    segments = new Segment[0];
    directory = new ByteBuffer[0];
    shift = Integer.SIZE;
    segmentCount = 0;
  }
}
