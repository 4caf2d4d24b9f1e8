package io.hummock.compaction;

import io.hummock.iterator.CompactionFilter;
import java.util.Map;
import java.util.TreeMap;

/**
 * When the bytes of a table expire, as a histogram of bounded size over time: its buckets become
 * coarser as the times lie further apart. Not thread-safe.
 */
final class ExpiryHistogram {
  private static final int MAX_BUCKETS = 256;

  /** Bytes by time, divided by two to the power of {@code shift}. */
  private TreeMap<Long, Long> buckets = new TreeMap<>();

  private int shift;
  private long total;

  /**
   * Adds an entry.
   *
   * @param expiry when it expires, or {@link CompactionFilter#NEVER}
   * @param bytes how many it has
   */
  void add(long expiry, int bytes) {
    total += bytes;
    if (expiry != CompactionFilter.NEVER) {
      buckets.merge(expiry >> shift, (long) bytes, Long::sum);
      while (buckets.size() > MAX_BUCKETS) {
        coarsen();
      }
    }
  }

  private void coarsen() {
    TreeMap<Long, Long> coarser = new TreeMap<>();
    buckets.forEach((time, bytes) -> coarser.merge(time >> 1, bytes, Long::sum));
    buckets = coarser;
    shift++;
  }

  /**
   * When half of the bytes will have expired, or a little later; {@link CompactionFilter#NEVER} if
   * more than half never will.
   */
  long half() {
    long expired = 0;
    for (Map.Entry<Long, Long> bucket : buckets.entrySet()) {
      expired += bucket.getValue();
      if (2 * expired >= total) {
        long last = (bucket.getKey() << shift) | ((1L << shift) - 1);
        return Math.min(last, CompactionFilter.NEVER - 1);
      }
    }
    return CompactionFilter.NEVER;
  }

  /** Forgets everything, for the next table. */
  void clear() {
    buckets.clear();
    shift = 0;
    total = 0;
  }
}
