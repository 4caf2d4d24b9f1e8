package io.hummock.memtable;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The entries of a memtable in an arena: one a key, changed in place.
 *
 * <p>One thread writes. Any thread that has a reference may read: it never sees a value that is
 * made of two.
 */
final class Entries {
  /*
   * An entry, little endian, at a multiple of 8:
   *
   *    0  state: version (27) | element (1) | first (1) | changing (1) | kind (2)
   *    4  key length - 10 (2)
   *    6  scan prefix length - 10 (2)
   *    8  length of the value
   *   12  capacity: of the head and of all chunks together
   *   16  reference of the head, the place of the value's first bytes
   *   20  reference of the tail, the last chunk; 0 if the head is all
   *   24  reference of the entry that was made before this one, 0 if none
   *   28  the same among those with this one's scan prefix
   *   32  key, zeros to a multiple of 8, then the first head
   *
   * A chunk: reference of the chunk before it (4), 0 for the head; capacity of all before it (4);
   * bytes. Head and chunks are full but for the last; so a value can grow without being copied, and
   * is read from its end to its begin.
   *
   * First says that no older source has a value of the key, so that a tombstone here hides nothing.
   *
   * An element never changes: a later entry of the same key takes its place, and its version is the
   * number of its writing, counted from 1. An entry that is none is older than elements of its key.
   *
   * What changes in place does so between two changes of the state, the first of which says so. A
   * reader that has read in between, or across, reads again (a sequence lock, one an entry). Only
   * the length may grow without that: bytes behind the length that a reader has seen are not read.
   * A head or chunk that is no longer used is not used for something else, so a reader that is late
   * reads stale bytes, never foreign memory.
   */
  static final int LENGTHS = 4;
  private static final int VALUE_LENGTH = 8;
  private static final int CAPACITY = 12;
  private static final int HEAD = 16;
  private static final int TAIL = 20;
  private static final int OLDER = 24;
  private static final int OLDER_OF_PREFIX = 28;
  static final int KEY = 32;

  private static final int KIND_MASK = 3;
  private static final int CHANGING = 4;
  private static final int FIRST = 8;
  private static final int ELEMENT = 16;
  private static final int VERSION_STEP = 32;

  /** So many elements can be told apart. */
  static final int MAX_NUMBER = (1 << 27) - 1;

  private static final int MAX_VALUE_LENGTH = 256 << 20;

  private static final int BEFORE = 4;
  private static final int CHUNK_BYTES = 8;
  private static final int MAX_CHUNK_CAPACITY = 32 << 10;

  private static final ValueKind[] KINDS = {ValueKind.PUT, ValueKind.TOMBSTONE, ValueKind.MERGE};
  private static final int PUT = ValueKind.PUT.tag();
  private static final int TOMBSTONE = ValueKind.TOMBSTONE.tag();
  private static final int MERGE = ValueKind.MERGE.tag();

  private final Arena arena;
  private final EntryKeys keys;

  Entries(Arena arena) {
    this.arena = arena;
    keys = new EntryKeys(arena);
  }

  /** Their keys. */
  EntryKeys keys() {
    return keys;
  }

  /**
   * A new entry that nothing names yet; {@link Arena#NONE} if there is no memory.
   *
   * @param isFirst whether no older source has a value of the key
   * @param capacity how long the value can become in place, a multiple of 8, at least its length
   */
  int create(
      Slice key, int scanPrefixLength, ValueKind kind, Slice value, boolean isFirst, int capacity) {
    int state = kind.tag() | (isFirst ? FIRST : 0);
    return create(key, scanPrefixLength, state, value, capacity);
  }

  /**
   * A new element, or what says that there is none; as {@link #create}.
   *
   * @param number greater than that of all elements before, up to {@link #MAX_NUMBER}
   */
  int createElement(Slice key, int scanPrefixLength, ValueKind kind, boolean isFirst, int number) {
    int state = number * VERSION_STEP | ELEMENT | kind.tag() | (isFirst ? FIRST : 0);
    return create(key, scanPrefixLength, state, Slice.EMPTY, 0);
  }

  private int create(Slice key, int scanPrefixLength, int state, Slice value, int capacity) {
    int keyRoom = Arena.roundUp(key.length());
    int entry = arena.allocate(KEY + keyRoom + capacity);
    if (entry == Arena.NONE) {
      return Arena.NONE;
    }
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    memory.putInt(at, state);
    memory.putInt(
        at + LENGTHS,
        (key.length() - KeySpace.LENGTH) | ((scanPrefixLength - KeySpace.LENGTH) << 16));
    memory.putInt(at + VALUE_LENGTH, value.length());
    memory.putInt(at + CAPACITY, capacity);
    memory.putInt(at + HEAD, Arena.plus(entry, KEY + keyRoom));
    memory.putLong(at + TAIL, 0);
    memory.putInt(at + OLDER_OF_PREFIX, 0);
    memory.putLong(at + KEY + keyRoom - 8, 0);
    memory.put(at + KEY, key.array(), key.offset(), key.length());
    memory.put(at + KEY + keyRoom, value.array(), value.offset(), value.length());
    return entry;
  }

  /** Gives a new entry back to the arena. */
  void undo(int entry) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int size = KEY + Arena.roundUp(keys.keyLength(entry)) + memory.getInt(at + CAPACITY);
    arena.undo(entry, size);
  }

  /** Replaces the value; false if there is no memory, and nothing is changed. */
  boolean put(int entry, Slice value) {
    int length = value.length();
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int head = memory.getInt(at + HEAD);
    int capacity = memory.getInt(at + CAPACITY);
    int state = memory.getInt(at);
    if (memory.getInt(at + TAIL) == Arena.NONE && length <= capacity) {
      begin(memory, at, state);
      memory.putInt(at + VALUE_LENGTH, length);
      arena.memory(head).put(Arena.offset(head), value.array(), value.offset(), length);
      end(memory, at, state, PUT);
      return true;
    }
    if (length > capacity) {
      // It grows, and may grow again.
      int roomy = Arena.roundUp(length + length / 4);
      int place = arena.allocate(roomy);
      if (place == Arena.NONE) {
        return false;
      }
      head = place;
      capacity = roomy;
    } else {
      long largest = largestPlace(entry);
      head = (int) (largest >>> 32);
      capacity = (int) largest;
      if (length > capacity) {
        int roomy = Arena.roundUp(length);
        head = arena.allocate(roomy);
        capacity = roomy;
        if (head == Arena.NONE) {
          return false;
        }
      }
    }
    begin(memory, at, state);
    reset(memory, at, head, capacity, length);
    arena.memory(head).put(Arena.offset(head), value.array(), value.offset(), length);
    end(memory, at, state, PUT);
    return true;
  }

  /** Turns the entry into a tombstone; what room it has is kept for what may come. */
  void delete(int entry) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int state = memory.getInt(at);
    long largest = largestPlace(entry);
    begin(memory, at, state);
    reset(memory, at, (int) (largest >>> 32), (int) largest, 0);
    end(memory, at, state, TOMBSTONE);
  }

  /** Says of an entry that was appended to that no older source has a value: it is a put. */
  void setFirst(int entry) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int state = memory.getInt(at);
    if ((state & KIND_MASK) == MERGE) {
      end(memory, at, state | FIRST, PUT);
    }
  }

  /** Appends to the value; false if there is no memory, and nothing is changed. */
  boolean append(int entry, Slice operand) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int state = memory.getInt(at);
    int length = memory.getInt(at + VALUE_LENGTH);
    int capacity = memory.getInt(at + CAPACITY);
    int tail = memory.getInt(at + TAIL);
    int kind = (state & KIND_MASK) == TOMBSTONE ? PUT : state & KIND_MASK;
    int room = capacity - length;
    int count = operand.length();
    if (count > MAX_VALUE_LENGTH - length) {
      throw new IllegalArgumentException(
          "appending " + count + " to " + length + " bytes exceeds " + MAX_VALUE_LENGTH);
    }
    int now = Math.min(room, count);
    int rest = count - now;
    int chunk = Arena.NONE;
    int chunkCapacity = 0;
    if (rest > 0) {
      // As much again as there is, so that a value of many appends is in few pieces; and a little
      // more, so that a value that is cleared and appended to anew comes to fit its largest piece.
      int again = Math.min(capacity + capacity / 4, MAX_CHUNK_CAPACITY);
      chunkCapacity = Arena.roundUp(Math.max(rest, again));
      chunk = arena.allocate(CHUNK_BYTES + chunkCapacity);
      if (chunk == Arena.NONE) {
        return false;
      }
      ByteBuffer chunkMemory = arena.memory(chunk);
      int chunkAt = Arena.offset(chunk);
      chunkMemory.putInt(chunkAt, tail);
      chunkMemory.putInt(chunkAt + BEFORE, capacity);
      chunkMemory.put(chunkAt + CHUNK_BYTES, operand.array(), operand.offset() + now, rest);
    }
    boolean onlyGrows = rest == 0 && kind == (state & KIND_MASK);
    if (!onlyGrows) {
      begin(memory, at, state);
    }
    if (now > 0) {
      write(memory, at, tail, length, operand, now);
    }
    if (onlyGrows) {
      VarHandle.releaseFence();
      memory.putInt(at + VALUE_LENGTH, length + count);
      return true;
    }
    memory.putInt(at + VALUE_LENGTH, length + count);
    if (rest > 0) {
      memory.putInt(at + CAPACITY, capacity + chunkCapacity);
      memory.putInt(at + TAIL, chunk);
    }
    end(memory, at, state, kind);
    return true;
  }

  /** Writes behind the value, into what room its last piece has. */
  private void write(ByteBuffer memory, int at, int tail, int length, Slice bytes, int count) {
    if (tail == Arena.NONE) {
      int head = memory.getInt(at + HEAD);
      arena.memory(head).put(Arena.offset(head) + length, bytes.array(), bytes.offset(), count);
    } else {
      ByteBuffer chunk = arena.memory(tail);
      int chunkAt = Arena.offset(tail);
      int used = length - chunk.getInt(chunkAt + BEFORE);
      chunk.put(chunkAt + CHUNK_BYTES + used, bytes.array(), bytes.offset(), count);
    }
  }

  /** The largest of the head and the chunks: reference in the high, capacity in the low bits. */
  private long largestPlace(int entry) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int end = memory.getInt(at + CAPACITY);
    int place = Arena.NONE;
    int largest = -1;
    int chunk = memory.getInt(at + TAIL);
    while (chunk != Arena.NONE) {
      ByteBuffer chunkMemory = arena.memory(chunk);
      int chunkAt = Arena.offset(chunk);
      int before = chunkMemory.getInt(chunkAt + BEFORE);
      if (end - before > largest) {
        largest = end - before;
        place = Arena.plus(chunk, CHUNK_BYTES);
      }
      end = before;
      chunk = chunkMemory.getInt(chunkAt);
    }
    if (end > largest) {
      largest = end;
      place = memory.getInt(at + HEAD);
    }
    return ((long) place << 32) | largest;
  }

  private static void reset(ByteBuffer memory, int at, int head, int capacity, int length) {
    memory.putInt(at + VALUE_LENGTH, length);
    memory.putInt(at + CAPACITY, capacity);
    memory.putInt(at + HEAD, head);
    memory.putInt(at + TAIL, Arena.NONE);
  }

  private static void begin(ByteBuffer memory, int at, int state) {
    memory.putInt(at, state | CHANGING);
    VarHandle.storeStoreFence();
  }

  private static void end(ByteBuffer memory, int at, int state, int kind) {
    VarHandle.releaseFence();
    memory.putInt(at, ((state & -VERSION_STEP) + VERSION_STEP) | (state & FIRST) | kind);
  }

  /** Hands kind and value to a lookup. */
  void read(int entry, ValueLookup into) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    while (true) {
      int state = memory.getInt(at);
      VarHandle.acquireFence();
      if ((state & CHANGING) == 0) {
        int kind = state & KIND_MASK;
        if (kind == TOMBSTONE) {
          into.met(ValueKind.TOMBSTONE);
          return;
        }
        int length = memory.getInt(at + VALUE_LENGTH);
        int head = memory.getInt(at + HEAD);
        int tail = memory.getInt(at + TAIL);
        VarHandle.acquireFence();
        if (memory.getInt(at) == state) {
          int start = into.prepend(length);
          copy(head, tail, length, into.array(), start);
          VarHandle.acquireFence();
          if (memory.getInt(at) == state) {
            into.met(KINDS[kind]);
            return;
          }
          into.retract(length);
        }
      }
      Thread.onSpinWait();
    }
  }

  private void copy(int head, int tail, int length, byte[] target, int start) {
    int end = length;
    int chunk = tail;
    while (chunk != Arena.NONE) {
      ByteBuffer memory = arena.memory(chunk);
      int at = Arena.offset(chunk);
      int before = memory.getInt(at + BEFORE);
      memory.get(at + CHUNK_BYTES, target, start + before, end - before);
      end = before;
      chunk = memory.getInt(at);
    }
    arena.memory(head).get(Arena.offset(head), target, start, end);
  }

  /** As {@link EntryKeys#touch}, of the last chunk of a value, from which on it is read. */
  int touchTail(int entry) {
    int tail = arena.memory(entry).getInt(Arena.offset(entry) + TAIL);
    VarHandle.acquireFence();
    return tail == Arena.NONE ? 0 : arena.memory(tail).getInt(Arena.offset(tail));
  }

  /** Which of two entries of one key was written later. */
  boolean isNewer(int entry, int other) {
    return number(entry) > number(other);
  }

  private int number(int entry) {
    int state = arena.memory(entry).getInt(Arena.offset(entry));
    return (state & ELEMENT) == 0 ? 0 : state >>> Integer.numberOfTrailingZeros(VERSION_STEP);
  }

  /** Whether no older source has a value of its key. */
  boolean isFirst(int entry) {
    return (arena.memory(entry).getInt(Arena.offset(entry)) & FIRST) != 0;
  }

  boolean isTombstone(int entry) {
    return (arena.memory(entry).getInt(Arena.offset(entry)) & KIND_MASK) == TOMBSTONE;
  }

  /** Whether it is a tombstone that hides nothing; to be asked when nothing changes any more. */
  boolean hidesNothing(int entry) {
    int state = arena.memory(entry).getInt(Arena.offset(entry));
    return (state & (FIRST | KIND_MASK)) == (FIRST | TOMBSTONE);
  }

  int older(int entry) {
    return arena.memory(entry).getInt(Arena.offset(entry) + OLDER);
  }

  int olderOfPrefix(int entry) {
    return arena.memory(entry).getInt(Arena.offset(entry) + OLDER_OF_PREFIX);
  }

  /** Sets what was made before a new entry. */
  void link(int entry, int older, int olderOfPrefix) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    memory.putInt(at + OLDER, older);
    memory.putInt(at + OLDER_OF_PREFIX, olderOfPrefix);
  }
}
