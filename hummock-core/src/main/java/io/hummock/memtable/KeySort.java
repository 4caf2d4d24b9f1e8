package io.hummock.memtable;

/**
 * Sorts references of entries by their keys, and drops those that newer ones replace.
 *
 * <p>Radix sort from the most significant digit on, of four bytes: the digit stands in the high
 * half of a long and the reference in the low half, so that an array of longs is sorted and the
 * entries are only touched for the next digit. A digit has the first four of those bytes in which
 * the keys of a range differ, wherever they are: of a key that has few bytes that tell something
 * between many that all keys share, one digit is mostly enough.
 */
final class KeySort {
  private static final long REFERENCE = 0xFFFF_FFFFL;

  /** In the high half of a sorted entry: it has the key of the one before. */
  private static final long REPEATED = 1L << Integer.SIZE;

  private static final int FEW = 8;
  private static final int MAX_DEPTH = 64;

  /** So many entries are touched together, so that cache misses overlap. */
  private static final int TOUCH = 64;

  private final Entries entries;
  private final EntryKeys keys;

  @SuppressWarnings("UnusedVariable") // so that the loads are not left out
  private int touched;

  KeySort(Entries entries) {
    this.entries = entries;
    keys = entries.keys();
  }

  /** Sorts entries by their keys; the high halves are undefined before and afterwards. */
  void sort(long[] references, int count) {
    sort(references, 0, count, 0, 0);
  }

  /**
   * As {@link #sort}, where keys may have several entries: of each only the newest is left.
   *
   * @param isAll whether these are all entries of their keys, and nothing changes any more: then a
   *     tombstone goes as well if the oldest says that it hides nothing
   * @return how many are left
   */
  int sortNewest(long[] references, int count, boolean isAll) {
    sort(references, count);
    int left = 0;
    for (int i = 0, end; i < count; i = end) {
      int newest = (int) references[i];
      int oldest = newest;
      for (end = i + 1; end < count && references[end] >= REPEATED; end++) {
        int entry = (int) references[end];
        newest = entries.isNewer(entry, newest) ? entry : newest;
        oldest = entries.isNewer(oldest, entry) ? entry : oldest;
      }
      boolean hidesNothing = end > i + 1 && entries.isTombstone(newest) && entries.isFirst(oldest);
      if (!isAll || !hidesNothing) {
        references[left++] = newest & REFERENCE;
      }
    }
    return left;
  }

  /**
   * @param known how many leading bytes all keys of the range are known to share
   */
  private void sort(long[] references, int from, int to, int known, int depth) {
    if (to - from <= FEW) {
      insertionSort(references, from, to, known);
      markRepeated(references, from, to, known);
      return;
    }
    KeyDigit digit = depth < MAX_DEPTH ? KeyDigit.of(keys, references, from, to, known) : null;
    if (digit == null) {
      // Keys that differ by zeros at their ends, or by very little at a time.
      heapSort(references, from, to, known);
      markRepeated(references, from, to, known);
      return;
    }
    for (int i = from; i < to; i++) {
      int value = digit.of(keys, (int) references[i]);
      references[i] =
          ((long) (value ^ Integer.MIN_VALUE) << Integer.SIZE) | (references[i] & REFERENCE);
    }
    DigitSort.sort(references, from, to);
    int start = from;
    int touchedEnd = from;
    for (int i = from + 1; i <= to; i++) {
      if (i > touchedEnd) {
        touchedEnd = touchOfEqualDigits(references, touchedEnd, to);
      }
      if (i == to || references[i] >> Integer.SIZE != references[start] >> Integer.SIZE) {
        if (i - start > 1) {
          sort(references, start, i, digit.end(), depth + 1);
        } else {
          references[start] &= REFERENCE;
        }
        start = i;
      }
    }
  }

  /** Touches the next entries that will have to be compared, and returns where it has come to. */
  private int touchOfEqualDigits(long[] references, int from, int to) {
    int end = Math.min(from + TOUCH, to);
    int sum = 0;
    for (int i = from; i < end; i++) {
      long digit = references[i] >> Integer.SIZE;
      if ((i + 1 < to && references[i + 1] >> Integer.SIZE == digit)
          || (i > from && references[i - 1] >> Integer.SIZE == digit)) {
        sum += keys.touch((int) references[i]);
      }
    }
    touched = sum;
    return end;
  }

  private void markRepeated(long[] references, int from, int to, int known) {
    for (int i = to - 1; i >= from; i--) {
      references[i] &= REFERENCE;
      if (i > from && keys.compareKeys((int) references[i - 1], (int) references[i], known) == 0) {
        references[i] |= REPEATED;
      }
    }
  }

  private void insertionSort(long[] references, int from, int to, int known) {
    for (int i = from + 1; i < to; i++) {
      long moving = references[i];
      int at = i;
      while (at > from && isLess(moving, references[at - 1], known)) {
        references[at] = references[at - 1];
        at--;
      }
      references[at] = moving;
    }
  }

  private void heapSort(long[] references, int from, int to, int known) {
    int count = to - from;
    for (int i = count / 2 - 1; i >= 0; i--) {
      siftDown(references, from, i, count, known);
    }
    for (int end = count - 1; end > 0; end--) {
      long greatest = references[from];
      references[from] = references[from + end];
      references[from + end] = greatest;
      siftDown(references, from, 0, end, known);
    }
  }

  private void siftDown(long[] references, int from, int start, int count, int known) {
    int parent = start;
    long moving = references[from + parent];
    while (2 * parent + 1 < count) {
      int child = 2 * parent + 1;
      if (child + 1 < count
          && isLess(references[from + child], references[from + child + 1], known)) {
        child++;
      }
      if (!isLess(moving, references[from + child], known)) {
        break;
      }
      references[from + parent] = references[from + child];
      parent = child;
    }
    references[from + parent] = moving;
  }

  private boolean isLess(long reference, long other, int known) {
    return keys.compareKeys((int) reference, (int) other, known) < 0;
  }
}
