package io.hummock.flink.state;

/**
 * Decides whether the lookup of one entry reads the whole map, so that the next ones of the same
 * map find it in the row cache: a small map takes less memory there as one row than entry by entry,
 * and fewer cache misses.
 *
 * <p>Now and then a lookup is a sample. If most maps are small, all others read their maps too: as
 * long as there is room for them, each is read once; from then on as long as enough of them are
 * asked for again. For one thread.
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

  /** What a hit saves, in reading small maps. */
  private static final int SAVED_BY_HIT = 2;

  private boolean always;
  private int interval = FIRST_INTERVAL;
  private int untilSample = FIRST_INTERVAL;
  private int samples;
  private int smallSamples;
  private int cost;
  private int largeReads;
  private long hits;

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
   * @param isCacheFull whether it has taken the place of something else in the cache
   */
  void read(boolean isWhole, int entries, int bytes, boolean isCacheFull) {
    boolean isSmall = isWhole && entries <= SMALL_ENTRIES && bytes <= SMALL_BYTES;
    if (always) {
      cost += isSmall ? 1 : LARGE_COST;
      largeReads += isSmall ? 0 : 1;
      if (cost >= COST_PER_REVIEW) {
        review(isCacheFull);
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
      cost = 0;
      largeReads = 0;
      hits = 0;
    }
  }

  private void review(boolean isCacheFull) {
    // A map that is not small is not worth its reading, whatever room there is.
    boolean isWorthIt = !isCacheFull && largeReads < COST_PER_REVIEW / LARGE_COST / 2;
    if (!isWorthIt && hits * SAVED_BY_HIT < cost) {
      always = false;
      interval = Math.min(16 * interval, MAX_INTERVAL);
      untilSample = interval;
    }
    cost = 0;
    largeReads = 0;
    hits = 0;
  }
}
