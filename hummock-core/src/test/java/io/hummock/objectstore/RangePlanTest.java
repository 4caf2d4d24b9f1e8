package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RangePlanTest {
  @Test
  void nearRangesComeTogether() {
    assertThat(fetches(10, 100, new Range(0, 5), new Range(5, 5), new Range(20, 1)))
        .containsExactly(new Range(0, 21));
    assertThat(fetches(9, 100, new Range(0, 10), new Range(20, 1)))
        .containsExactly(new Range(0, 10), new Range(20, 1));
  }

  @Test
  void orderDoesNotMatter() {
    assertThat(fetches(10, 100, new Range(20, 1), new Range(0, 5), new Range(5, 5)))
        .containsExactly(new Range(0, 5 + 5 + 11));
  }

  @Test
  void fetchDoesNotGrowAboveItsLimit() {
    assertThat(fetches(10, 20, new Range(0, 10), new Range(10, 10), new Range(20, 10)))
        .containsExactly(new Range(0, 20), new Range(20, 10));
    assertThat(fetches(10, 20, new Range(0, 50), new Range(10, 10), new Range(50, 10)))
        .containsExactly(new Range(0, 50), new Range(50, 10));
  }

  @Test
  void rangesAtTheEndsOfTheWorldAreNotMixedUp() {
    Range last = new Range(Long.MAX_VALUE, Integer.MAX_VALUE);
    assertThat(fetches(10, 100, last, new Range(0, 1), new Range(Long.MAX_VALUE - 5, 10)))
        .containsExactly(new Range(0, 1), new Range(Long.MAX_VALUE - 5, 10), last);
  }

  @Test
  void noRangeNeedsNoFetch() {
    assertThat(fetches(10, 100)).isEmpty();
  }

  @Test
  void everyRangeGetsItsBytes() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    byte[] object = new byte[1000];
    random.nextBytes(object);
    for (int round = 0; round < 2000; round++) {
      List<Range> ranges = new ArrayList<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        int offset = random.nextInt(object.length);
        ranges.add(new Range(offset, random.nextInt(Math.min(100, object.length - offset) + 1)));
      }
      int maxBytes = random.nextInt(300);
      RangePlan plan = RangePlan.of(ranges, random.nextInt(60), maxBytes);

      List<Slice> fetched = new ArrayList<>();
      for (Range fetch : plan.fetches()) {
        assertThat(fetch.length()).isLessThanOrEqualTo(Math.max(100, maxBytes));
        fetched.add(Slice.of(object, (int) fetch.offset(), fetch.length()));
      }
      List<Slice> slices = plan.cut(fetched);
      for (int i = 0; i < ranges.size(); i++) {
        Range range = ranges.get(i);
        assertThat(slices.get(i)).isEqualTo(Slice.of(object, (int) range.offset(), range.length()));
      }
    }
  }

  private static List<Range> fetches(int maxGap, int maxBytes, Range... ranges) {
    return RangePlan.of(List.of(ranges), maxGap, maxBytes).fetches();
  }
}
