package io.hummock.testing;

/** The seed of random tests. */
public final class Seeds {
  private static final long DEFAULT = 0x48756D6D6F636BL;

  private Seeds() {}

  /**
   * The seed that {@code -Dhummock.seed=} names, or a fixed one; printed, so that a failed run can
   * be run again.
   */
  public static long base() {
    long seed = Long.getLong("hummock.seed", DEFAULT);
    System.out.println("replay with -Dhummock.seed=" + seed);
    return seed;
  }
}
