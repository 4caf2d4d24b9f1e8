package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which fetches serve a number of ranges: ranges that lie near each other come with one fetch, gap
 * included, as a call costs more than a few bytes nobody asked for.
 */
final class RangePlan {
  private final List<Range> ranges;
  private final List<Range> fetches;

  /** For each range the index of the fetch that brings it. */
  private final int[] fetchOf;

  private RangePlan(List<Range> ranges, List<Range> fetches, int[] fetchOf) {
    this.ranges = ranges;
    this.fetches = fetches;
    this.fetchOf = fetchOf;
  }

  /**
   * Plans the reading of ranges in any order, which may overlap.
   *
   * @param maxGap how many bytes nobody asked for may lie between two ranges of one fetch
   * @param maxBytes how long a fetch of more than one range may become
   */
  static RangePlan of(List<Range> ranges, int maxGap, int maxBytes) {
    Integer[] order = new Integer[ranges.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(i -> ranges.get(i).offset()));
    List<Range> fetches = new ArrayList<>();
    int[] fetchOf = new int[order.length];
    for (int index : order) {
      Range range = ranges.get(index);
      int last = fetches.size() - 1;
      if (last >= 0) {
        Range fetch = fetches.get(last);
        long distance = range.offset() - fetch.offset();
        if (distance - fetch.length() <= maxGap) {
          long length = Math.max(fetch.length(), distance + range.length());
          if (length == fetch.length() || length <= maxBytes) {
            fetches.set(last, new Range(fetch.offset(), (int) length));
            fetchOf[index] = last;
            continue;
          }
        }
      }
      fetchOf[index] = fetches.size();
      fetches.add(range);
    }
    return new RangePlan(List.copyOf(ranges), List.copyOf(fetches), fetchOf);
  }

  /** What to fetch, by ascending offset. */
  List<Range> fetches() {
    return fetches;
  }

  /** The ranges in the order asked for, as parts of what was fetched. */
  List<Slice> cut(List<Slice> fetched) {
    List<Slice> slices = new ArrayList<>(ranges.size());
    for (int i = 0; i < fetchOf.length; i++) {
      Range range = ranges.get(i);
      int fetch = fetchOf[i];
      int from = (int) (range.offset() - fetches.get(fetch).offset());
      slices.add(fetched.get(fetch).slice(from, range.length()));
    }
    return slices;
  }
}
