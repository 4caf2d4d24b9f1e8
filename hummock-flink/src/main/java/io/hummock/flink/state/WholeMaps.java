package io.hummock.flink.state;

/**
 * Decides whether the lookup of one entry reads the whole map, so that the next ones of the same
 * map find it in the row cache: a small map takes less memory there as one row than entry by entry,
 * and fewer cache misses.
 *
 * <p>Now and then a lookup is a sample. If most maps are small, all others read their maps too, for
 * as long as enough of these are asked for again; little is enough at first, while the cache fills.
 * For one thread.
 */
final class WholeMaps {
  private static final int FIRST_INTERVAL = 64;
  private static final int MAX_INTERVAL = 1 << 20;
  private static final int SAMPLES = 16;
  private static final int SMALL_SAMPLES = 12;

  /** Larger maps are better looked up entry by entry. */
  private static final int SMALL_ENTRIES = 16;

  private static final int SMALL_BYTES = 1 << 10;

  /** What reading a map costs that was not small, in small ones. */
  private static final int LARGE_COST = 4;

  private static final int COST_PER_REVIEW = 1 << 12;
  private static final int FIRST_REVIEWS = 16;

  /** What a hit must save, in reading small maps: at first, and later. */
  private static final int FIRST_WORTH = 64;

  private static final int WORTH = 2;

  private boolean always;
  private int interval = FIRST_INTERVAL;
  private int untilSample = FIRST_INTERVAL;
  private int samples;
  private int smallSamples;
  private int reviews;
  private int cost;
  private int hits;

  /** Whether a lookup that has not found the map in the cache is to read it whole. */
  boolean isDue() {
    return always || --untilSample <= 0;
  }

  /** A lookup has found the whole map in the cache. */
  void hit() {
    hits++;
  }

  /**
   * A lookup has read a map.
   *
   * @param isWhole whether it was read to its end
   * @param entries that were read
   * @param bytes of these
   */
  void read(boolean isWhole, int entries, int bytes) {
    boolean isSmall = isWhole && entries <= SMALL_ENTRIES && bytes <= SMALL_BYTES;
    if (always) {
      cost += isSmall ? 1 : LARGE_COST;
      if (cost >= COST_PER_REVIEW) {
        review();
      }
      return;
    }
    untilSample = interval;
    samples++;
    smallSamples += isSmall ? 1 : 0;
    if (samples == SAMPLES) {
      always = smallSamples >= SMALL_SAMPLES;
      interval = Math.min(2 * interval, MAX_INTERVAL);
      samples = 0;
      smallSamples = 0;
      reviews = 0;
      cost = 0;
      hits = 0;
    }
  }

  private void review() {
    reviews++;
    long saved = (long) hits * (reviews <= FIRST_REVIEWS ? FIRST_WORTH : WORTH);
    if (saved < cost) {
      always = false;
      interval = Math.min(16 * interval, MAX_INTERVAL);
      untilSample = interval;
    }
    cost = 0;
    hits = 0;
  }
}
