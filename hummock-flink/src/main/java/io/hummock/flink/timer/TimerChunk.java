package io.hummock.flink.timer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A few elements in the order of their bytes, no two equal, packed into three arrays. */
final class TimerChunk {
  /*
   * Elements from..to-1 are there. Of element i words[i] has the first eight bytes, and its bytes
   * are those from starts[i] to starts[i + 1]. What is taken from the front leaves a gap there,
   * which is closed when room is needed.
   */
  static final int MAX_ELEMENTS = 64;

  private static final int MIN_ELEMENTS = 4;
  private static final int FULL_BYTES = 4 << 10;

  /** What the object and the heads of its arrays take. */
  private static final int OVERHEAD = 96;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private long[] words;
  private int[] starts;
  private byte[] bytes;
  private int from;
  private int to;

  private TimerChunk(int elements, int byteCount) {
    words = new long[elements];
    starts = new int[elements + 1];
    bytes = new byte[byteCount];
  }

  /** A chunk without elements that has room for some like this. */
  TimerChunk(int elementLength) {
    this(MIN_ELEMENTS, MIN_ELEMENTS * elementLength);
  }

  /**
   * The first eight bytes, zeros behind the end, as a number whose signed order is the order of the
   * bytes as far as these tell.
   */
  static long word(byte[] array, int offset, int length) {
    if (length >= Long.BYTES) {
      return (long) LONGS.get(array, offset) ^ Long.MIN_VALUE;
    }
    long word = 0;
    for (int i = 0; i < length; i++) {
      word |= (array[offset + i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
    }
    return word ^ Long.MIN_VALUE;
  }

  int count() {
    return to - from;
  }

  boolean isEmpty() {
    return from == to;
  }

  /** Whether another element of this length should go elsewhere. */
  boolean isFull(int length) {
    return to - from == MAX_ELEMENTS
        || (to - from > 1 && starts[to] - starts[from] + length > FULL_BYTES);
  }

  /** The bytes of heap that it takes, about. */
  int memory() {
    return OVERHEAD + words.length * (Long.BYTES + Integer.BYTES) + bytes.length;
  }

  /** The index of the first element. */
  int first() {
    return from;
  }

  /** The index of the last element. Requires one. */
  int last() {
    return to - 1;
  }

  /** See {@link #word(byte[], int, int)}, of an element. */
  long word(int index) {
    return words[index];
  }

  /** Where in {@link #bytes} an element begins. */
  int start(int index) {
    return starts[index];
  }

  int length(int index) {
    return starts[index + 1] - starts[index];
  }

  /** Valid until the chunk is changed. */
  byte[] bytes() {
    return bytes;
  }

  /** Whether there is an element at an index, and it has these bytes. */
  boolean has(int index, long word, byte[] array, int offset, int length) {
    return index >= from && index < to && compare(index, word, array, offset, length) == 0;
  }

  /** The order of an element and another one. */
  int compare(int index, long word, byte[] array, int offset, int length) {
    int order = Long.compare(words[index], word);
    return order != 0
        ? order
        : Arrays.compareUnsigned(
            bytes, starts[index], starts[index + 1], array, offset, offset + length);
  }

  /** The index of an element, or {@code -1 - index} of where it would go. */
  int find(long word, byte[] array, int offset, int length) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = compare(middle, word, array, offset, length);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -1 - low;
  }

  /** Inserts an element where {@link #find} said, and returns its index; the chunk is not full. */
  int insert(int index, long word, byte[] array, int offset, int length) {
    int at = index - from;
    makeRoom(length);
    at += from;
    int start = starts[at];
    System.arraycopy(words, at, words, at + 1, to - at);
    System.arraycopy(bytes, start, bytes, start + length, starts[to] - start);
    for (int i = to; i >= at; i--) {
      starts[i + 1] = starts[i] + length;
    }
    words[at] = word;
    System.arraycopy(array, offset, bytes, start, length);
    to++;
    return at;
  }

  private void makeRoom(int length) {
    int used = starts[to] - starts[from];
    int count = to - from;
    boolean hasSlot = to < words.length;
    boolean hasBytes = bytes.length - starts[to] >= length;
    if (hasSlot && hasBytes) {
      return;
    }
    int slots = words.length;
    if (!hasSlot && count > slots - slots / 4) {
      slots = Math.min(2 * slots, MAX_ELEMENTS);
    }
    int size = bytes.length;
    if (!hasBytes && used + length > size - size / 4) {
      size = Math.max(2 * size, used + length);
    }
    move(slots, size);
  }

  /** Closes the gap in front. */
  private void move(int slots, int size) {
    int count = to - from;
    int base = starts[from];
    int used = starts[to] - base;
    long[] newWords = slots == words.length ? words : new long[slots];
    int[] newStarts = slots == words.length ? starts : new int[slots + 1];
    byte[] newBytes = size == bytes.length ? bytes : new byte[size];
    System.arraycopy(words, from, newWords, 0, count);
    for (int i = 0; i <= count; i++) {
      newStarts[i] = starts[from + i] - base;
    }
    System.arraycopy(bytes, base, newBytes, 0, used);
    words = newWords;
    starts = newStarts;
    bytes = newBytes;
    from = 0;
    to = count;
  }

  void removeFirst() {
    from++;
    if (from == to) {
      clear();
    }
  }

  /** Removes an element. */
  void remove(int index) {
    if (index == from) {
      removeFirst();
      return;
    }
    int start = starts[index];
    int end = starts[index + 1];
    System.arraycopy(words, index + 1, words, index, to - index - 1);
    System.arraycopy(bytes, end, bytes, start, starts[to] - end);
    for (int i = index + 1; i < to; i++) {
      starts[i] = starts[i + 1] - (end - start);
    }
    to--;
  }

  /** Moves the elements from an index on to a new chunk. */
  TimerChunk split(int index) {
    int count = to - index;
    int base = starts[index];
    int used = starts[to] - base;
    TimerChunk behind = new TimerChunk(MAX_ELEMENTS, used + used / 2);
    System.arraycopy(words, index, behind.words, 0, count);
    for (int i = 0; i <= count; i++) {
      behind.starts[i] = starts[index + i] - base;
    }
    System.arraycopy(bytes, base, behind.bytes, 0, used);
    behind.to = count;
    to = index;
    return behind;
  }

  /** Keeps the first elements only, and no more room than these need. */
  void keep(int count) {
    to = from + count;
    move(Math.max(MIN_ELEMENTS, count), Math.max(1, starts[to] - starts[from]));
  }

  private void clear() {
    from = 0;
    to = 0;
    starts[0] = 0;
  }
}
