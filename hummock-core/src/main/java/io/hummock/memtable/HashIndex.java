package io.hummock.memtable;

import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the hash of a key to the reference of what has that key; only ever grows.
 *
 * <p>One thread writes, any thread reads.
 */
abstract class HashIndex {
  /*
   * Extendible hashing (Fagin and others, 1979). A directory, indexed by the first bits of the
   * hash fragment, names segments; a full segment is split in two, and the directory doubled where
   * needed, so that no insertion pays for more than one segment. Until the only segment has
   * MAX_SEGMENT_BYTES it is replaced by a larger one instead.
   *
   *   hash fragment, 32 bits:  directory (0-13) ... | first slot (3) | line (16)
   *   segment:  lines of 64 bytes, a cache line each, of 8 slots
   *   slot:     reference (4) | fragment (4), little endian; 0 where empty
   *
   * A probe goes round the slots of its line from the first slot on, and to the next line only if
   * the whole line is taken. It ends at an empty slot, so a miss mostly touches one cache line.
   *
   * Nothing is ever removed, and a slot is written with one store when what it names is complete.
   * So a reader that finds is right. Only a split takes slots away and puts them elsewhere; it is
   * enclosed in two steps of `changes`, and a reader that misses looks again if that has moved.
   */
  private static final int LINE_BYTES = 64;
  private static final int SLOT_BYTES = Long.BYTES;
  private static final int SLOTS_PER_LINE = LINE_BYTES / SLOT_BYTES;
  private static final int LINE_BITS = 16;
  private static final int FIRST_SEGMENT_BYTES = 256;
  private static final int MAX_SEGMENT_BYTES = 64 << 10;
  private static final int MAX_DEPTH = 13;

  /** What only the writer needs to know of a segment. */
  private static final class Segment {
    final ByteBuffer slots;
    final int depth;
    int count;

    Segment(ByteBuffer slots, int depth) {
      this.slots = slots;
      this.depth = depth;
    }

    boolean isFull() {
      int capacity = slots.limit() / SLOT_BYTES;
      return count >= capacity - capacity / 8;
    }
  }

  private static final class Directory {
    final ByteBuffer[] slots;
    final int shift;

    Directory(ByteBuffer[] slots, int shift) {
      this.slots = slots;
      this.shift = shift;
    }

    ByteBuffer of(int fragment) {
      return slots[(int) ((fragment & 0xFFFF_FFFFL) >>> shift)];
    }
  }

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final PageAllocator allocator;
  private final List<Page> pages = new ArrayList<>();
  private Segment[] segments = {};

  /** Written by the writer alone; others may ask for it. */
  private volatile long bytes;

  private Directory directory = new Directory(new ByteBuffer[] {NOTHING}, Integer.SIZE);
  private int changes;

  HashIndex(PageAllocator allocator) {
    this.allocator = allocator;
  }

  /** The part of a key's hash that the index works with. */
  static int fragment(long hash) {
    return (int) (hash >>> 32);
  }

  /** Whether what {@code reference} names has this key of at least 8 bytes. */
  abstract boolean matches(int reference, byte[] key, int offset, int length);

  /** The reference of what has this key, or {@link Arena#NONE}. */
  final int find(int fragment, byte[] key, int offset, int length) {
    while (true) {
      int before = changes;
      VarHandle.acquireFence();
      if ((before & 1) == 0) {
        int found = probe(directory.of(fragment), fragment, key, offset, length);
        if (found != Arena.NONE) {
          return found;
        }
        VarHandle.acquireFence();
        if (changes == before) {
          return Arena.NONE;
        }
      }
      Thread.onSpinWait();
    }
  }

  private int probe(ByteBuffer slots, int fragment, byte[] key, int offset, int length) {
    int lines = slots.limit() / LINE_BYTES;
    if (lines == 0) {
      return Arena.NONE;
    }
    int line = line(fragment, lines);
    int first = fragment >>> LINE_BITS;
    while (true) {
      for (int i = 0; i < SLOTS_PER_LINE; i++) {
        long slot = slots.getLong(line * LINE_BYTES + ((first + i) & 7) * SLOT_BYTES);
        if (slot == 0) {
          return Arena.NONE;
        }
        if ((int) (slot >>> 32) == fragment) {
          VarHandle.acquireFence();
          if (matches((int) slot, key, offset, length)) {
            return (int) slot;
          }
        }
      }
      line = line + 1 == lines ? 0 : line + 1;
    }
  }

  private static int line(int fragment, int lines) {
    return (int) (((fragment & 0xFFFFL) * lines) >>> LINE_BITS);
  }

  /** Makes room for one more; false if there is no memory. */
  final boolean reserve(int fragment) {
    if (segments.length == 0) {
      return addFirst();
    }
    while (true) {
      Segment segment = segments[indexOf(fragment)];
      if (!segment.isFull()) {
        return true;
      }
      if (!grow(segment)) {
        return false;
      }
    }
  }

  private boolean grow(Segment segment) {
    // What aligning took away counts as there.
    int size = 2 * Integer.highestOneBit(segment.slots.limit() - 1);
    if (size < MAX_SEGMENT_BYTES) {
      return replace(segment, Math.min(4 * size, MAX_SEGMENT_BYTES));
    }
    return segment.depth < MAX_DEPTH ? split(segment) : replace(segment, 2 * size);
  }

  /** Adds a reference whose key is not there yet, and for which room was reserved. */
  final void add(int fragment, int reference) {
    Segment segment = segments[indexOf(fragment)];
    VarHandle.releaseFence();
    place(segment, fragment, slot(fragment, reference));
  }

  private static long slot(int fragment, int reference) {
    return ((long) fragment << 32) | (reference & 0xFFFF_FFFFL);
  }

  private static void place(Segment segment, int fragment, long slot) {
    ByteBuffer slots = segment.slots;
    int lines = slots.limit() / LINE_BYTES;
    int line = line(fragment, lines);
    int first = fragment >>> LINE_BITS;
    while (true) {
      for (int i = 0; i < SLOTS_PER_LINE; i++) {
        int at = line * LINE_BYTES + ((first + i) & 7) * SLOT_BYTES;
        if (slots.getLong(at) == 0) {
          slots.putLong(at, slot);
          segment.count++;
          return;
        }
      }
      line = line + 1 == lines ? 0 : line + 1;
    }
  }

  private int indexOf(int fragment) {
    return (int) ((fragment & 0xFFFF_FFFFL) >>> directory.shift);
  }

  private boolean addFirst() {
    ByteBuffer slots = allocate(FIRST_SEGMENT_BYTES);
    if (slots == null) {
      return false;
    }
    segments = new Segment[] {new Segment(slots, 0)};
    publish(Integer.SIZE);
    return true;
  }

  /** Puts a larger segment in the place of one; its page stays, as others may be reading it. */
  private boolean replace(Segment old, int size) {
    ByteBuffer slots = allocate(size);
    if (slots == null) {
      return false;
    }
    Segment larger = new Segment(slots, old.depth);
    for (int at = 0; at < old.slots.limit(); at += SLOT_BYTES) {
      long slot = old.slots.getLong(at);
      if (slot != 0) {
        place(larger, (int) (slot >>> 32), slot);
      }
    }
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] == old) {
        segments[i] = larger;
      }
    }
    // Who still reads the old one may miss what is added to the new one, and must look again.
    changes++;
    VarHandle.storeStoreFence();
    publish(directory.shift);
    VarHandle.releaseFence();
    changes++;
    return true;
  }

  /** Moves those of a segment whose next bit is set to a new segment. */
  private boolean split(Segment old) {
    ByteBuffer slots = allocate(old.slots.limit());
    if (slots == null) {
      return false;
    }
    Segment low = new Segment(old.slots, old.depth + 1);
    Segment high = new Segment(slots, old.depth + 1);
    int shift = directory.shift;
    if (old.depth == Integer.SIZE - shift) {
      Segment[] doubled = new Segment[2 * segments.length];
      for (int i = 0; i < doubled.length; i++) {
        doubled[i] = segments[i / 2];
      }
      segments = doubled;
      shift--;
    }
    int bit = Integer.MIN_VALUE >>> old.depth;
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] == old) {
        segments[i] = ((i << shift) & bit) == 0 ? low : high;
      }
    }
    long[] moving = new long[old.slots.limit() / SLOT_BYTES];
    for (int i = 0; i < moving.length; i++) {
      moving[i] = old.slots.getLong(i * SLOT_BYTES);
    }
    changes++;
    VarHandle.storeStoreFence();
    clear(old.slots);
    for (long slot : moving) {
      if (slot != 0) {
        int fragment = (int) (slot >>> 32);
        place((fragment & bit) == 0 ? low : high, fragment, slot);
      }
    }
    publish(shift);
    VarHandle.releaseFence();
    changes++;
    return true;
  }

  private void publish(int shift) {
    ByteBuffer[] slots = new ByteBuffer[segments.length];
    Arrays.setAll(slots, i -> segments[i].slots);
    VarHandle.releaseFence();
    directory = new Directory(slots, shift);
  }

  /** Empty slots, at the begin of a cache line if possible; null if there is no memory. */
  private @Nullable ByteBuffer allocate(int size) {
    Page page = allocator.allocate(size);
    if (page == null) {
      return null;
    }
    pages.add(page);
    long sum = bytes + page.size();
    bytes = sum;
    ByteBuffer memory = page.memory();
    int start = 0;
    if (memory.isDirect()) {
      start = (LINE_BYTES - memory.alignmentOffset(0, LINE_BYTES)) % LINE_BYTES;
    }
    int lines = (memory.limit() - start) / LINE_BYTES;
    ByteBuffer slots = memory.slice(start, lines * LINE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    clear(slots);
    return slots;
  }

  private static void clear(ByteBuffer slots) {
    for (int at = 0; at < slots.limit(); at += SLOT_BYTES) {
      slots.putLong(at, 0);
    }
  }

  final long bytes() {
    return bytes;
  }

  /** Gives all pages back; nothing may be used any more. */
  final void release() {
    pages.forEach(Page::release);
    pages.clear();
  }
}
