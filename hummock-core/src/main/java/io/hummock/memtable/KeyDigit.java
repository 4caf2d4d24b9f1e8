package io.hummock.memtable;

import org.jspecify.annotations.Nullable;

/**
 * Which bytes of keys to sort them by: the first four in which they differ, the most significant
 * first.
 *
 * @param first the index of the first, and so on; {@link #NONE} where fewer bytes tell something
 * @param end keys of one digit share so many leading bytes
 */
record KeyDigit(int first, int second, int third, int fourth, int end) {
  private static final int NONE = Integer.MAX_VALUE;

  /** How many bytes of all keys are looked at together. */
  private static final int WINDOW = 4 * Long.BYTES;

  /**
   * The digit of some entries' keys.
   *
   * @param references entries in the low halves
   * @param known how many leading bytes the keys share surely
   * @return null if no byte tells them apart, so that at most their lengths do
   */
  static @Nullable KeyDigit of(EntryKeys keys, long[] references, int from, int to, int known) {
    int window = known & -Long.BYTES;
    int longest;
    do {
      int example = (int) references[from];
      long word0 = keys.keyWord(example, window);
      long word1 = keys.keyWord(example, window + Long.BYTES);
      long word2 = keys.keyWord(example, window + 2 * Long.BYTES);
      long word3 = keys.keyWord(example, window + 3 * Long.BYTES);
      long different0 = 0;
      long different1 = 0;
      long different2 = 0;
      long different3 = 0;
      longest = keys.keyLength(example);
      for (int i = from + 1; i < to; i++) {
        int entry = (int) references[i];
        longest = Math.max(longest, keys.keyLength(entry));
        different0 |= word0 ^ keys.keyWord(entry, window);
        different1 |= word1 ^ keys.keyWord(entry, window + Long.BYTES);
        different2 |= word2 ^ keys.keyWord(entry, window + 2 * Long.BYTES);
        different3 |= word3 ^ keys.keyWord(entry, window + 3 * Long.BYTES);
      }
      if ((different0 | different1 | different2 | different3) != 0) {
        return of(window, different0, different1, different2, different3);
      }
      window += WINDOW;
    } while (window < longest);
    return null;
  }

  private static KeyDigit of(int window, long... different) {
    int[] indexes = {NONE, NONE, NONE, NONE};
    int found = 0;
    for (int i = 0; i < WINDOW && found < indexes.length; i++) {
      if ((different[i / Long.BYTES] >>> (Byte.SIZE * (i % Long.BYTES)) & 0xFF) != 0) {
        indexes[found++] = window + i;
      }
    }
    int end = found == indexes.length ? indexes[found - 1] + 1 : window + WINDOW;
    return new KeyDigit(indexes[0], indexes[1], indexes[2], indexes[3], end);
  }

  /** The digit of one key; its unsigned order is that of the keys, as far as these bytes tell. */
  int of(EntryKeys keys, int entry) {
    return keys.keyByte(entry, first) << 24
        | keys.keyByte(entry, second) << 16
        | keys.keyByte(entry, third) << 8
        | keys.keyByte(entry, fourth);
  }
}
