package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WholeMapsTest {
  private static final int SMALL = 10;
  private static final int LARGE = 65;

  private final WholeMaps maps = new WholeMaps();

  @Test
  void smallMapsThatAreAskedForAgainAreReadWhole() {
    readsOf(10_000, SMALL, 20, true);
    assertThat(readsOf(1_000, SMALL, 20, true)).isEqualTo(1_000);
  }

  @Test
  void smallMapsAreReadWholeAsLongAsThereIsRoomForThem() {
    readsOf(10_000, SMALL, 0, false);
    assertThat(readsOf(100_000, SMALL, 0, false)).isEqualTo(100_000);
    assertThat(readsOf(1_000_000, SMALL, 0, true)).isLessThan(50_000);
  }

  @Test
  void largeMapsAreSampledOnly() {
    readsOf(10_000, LARGE, 0, false);
    assertThat(readsOf(100_000, LARGE, 0, false)).isLessThan(2_000);
  }

  @Test
  void readingEndsWhenMapsHaveBecomeLarge() {
    readsOf(10_000, SMALL, 20, false);
    readsOf(100_000, LARGE, 0, false);
    assertThat(readsOf(100_000, LARGE, 0, false)).isLessThan(2_000);
  }

  /** Looks maps up, each of which is found so many times in the cache after it was read. */
  private int readsOf(int lookups, int entries, int hits, boolean isCacheFull) {
    int reads = 0;
    for (int i = 0; i < lookups; i++) {
      if (maps.isDue()) {
        reads++;
        maps.read(entries == SMALL, entries, 20 * entries, isCacheFull);
        for (int hit = 0; hit < hits; hit++) {
          maps.hit();
        }
      }
    }
    return reads;
  }
}
