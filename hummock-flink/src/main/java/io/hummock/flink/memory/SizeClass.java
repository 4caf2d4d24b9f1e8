package io.hummock.flink.memory;

/**
 * The sizes that pages are rounded up to: 1 KB, and four in each doubling above, so that at most a
 * fifth of a page above 1 KB is lost.
 */
final class SizeClass {
  static final int MIN_BYTES = 1 << 10;

  private static final int MIN_SHIFT = 10;

  private SizeClass() {}

  /** The index of the least class of at least {@code bytes} bytes. */
  static int of(int bytes) {
    if (bytes <= MIN_BYTES) {
      return 0;
    }
    int shift = 31 - Integer.numberOfLeadingZeros(bytes - 1);
    int quarter = (bytes - 1) >>> (shift - 2) & 3;
    return 4 * (shift - MIN_SHIFT) + quarter + 1;
  }

  /** The bytes of a page of this class. */
  static long bytes(int sizeClass) {
    int quarter = sizeClass % 4;
    int shift = MIN_SHIFT + sizeClass / 4;
    return (4L + quarter) << (shift - 2);
  }
}
