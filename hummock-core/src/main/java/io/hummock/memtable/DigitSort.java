package io.hummock.memtable;

import java.util.Arrays;

/** Sorts longs by their high halves, as signed numbers; what is in their low halves goes along. */
final class DigitSort {
  /*
   * From so many on by counting, from the least significant bits on: that takes the same few steps
   * for each, where comparing takes as many as the logarithm of their number.
   */
  private static final int MIN_COUNTED = 1 << 12;

  private static final int BITS = 11;
  private static final int BUCKETS = 1 << BITS;
  private static final int PASSES = (Integer.SIZE + BITS - 1) / BITS;

  private DigitSort() {}

  /** Sorts a range; takes a transient array of the same length if it is long. */
  static void sort(long[] array, int from, int to) {
    if (to - from < MIN_COUNTED) {
      Arrays.sort(array, from, to);
      return;
    }
    int[] counts = new int[PASSES * BUCKETS];
    for (int i = from; i < to; i++) {
      for (int pass = 0; pass < PASSES; pass++) {
        counts[bucket(array[i], pass)]++;
      }
    }
    long[] source = array;
    int sourceFrom = from;
    long[] target = new long[to - from];
    int targetFrom = 0;
    for (int pass = 0; pass < PASSES; pass++) {
      if (counts[bucket(source[sourceFrom], pass)] == to - from) {
        continue;
      }
      int next = targetFrom;
      for (int bucket = pass * BUCKETS; bucket < (pass + 1) * BUCKETS; bucket++) {
        int count = counts[bucket];
        counts[bucket] = next;
        next += count;
      }
      for (int i = sourceFrom; i < sourceFrom + (to - from); i++) {
        target[counts[bucket(source[i], pass)]++] = source[i];
      }
      long[] emptied = source;
      source = target;
      target = emptied;
      int emptiedFrom = sourceFrom;
      sourceFrom = targetFrom;
      targetFrom = emptiedFrom;
    }
    if (source != array) {
      System.arraycopy(source, sourceFrom, array, from, to - from);
    }
  }

  private static int bucket(long value, int pass) {
    // The sign bit turned, so that negative numbers come first.
    long digit = (value ^ Long.MIN_VALUE) >>> Integer.SIZE;
    return pass * BUCKETS + ((int) (digit >>> (pass * BITS)) & (BUCKETS - 1));
  }
}
