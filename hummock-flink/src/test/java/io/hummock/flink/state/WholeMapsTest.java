package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WholeMapsTest {
  private final WholeMaps maps = new WholeMaps();

  @Test
  void smallMapsThatAreAskedForAgainAreReadWhole() {
    lookUp(10_000, true, 10, 20);
    assertThat(readsOf(1_000, true, 10, 20)).isEqualTo(1_000);
  }

  @Test
  void largeMapsAreSampledOnly() {
    lookUp(10_000, false, 65, 0);
    assertThat(readsOf(100_000, false, 65, 0)).isLessThan(2_000);
  }

  @Test
  void smallMapsThatNobodyAsksForAgainAreReadWholeForAWhileOnly() {
    lookUp(10_000, true, 10, 0);
    assertThat(readsOf(1_000_000, true, 10, 0)).isLessThan(50_000);
  }

  @Test
  void readingEndsWhenMapsHaveBecomeLarge() {
    lookUp(10_000, true, 10, 20);
    lookUp(100_000, false, 65, 0);
    assertThat(readsOf(100_000, false, 65, 0)).isLessThan(2_000);
  }

  /** Looks maps up, each of which is then found so many times in the cache. */
  private void lookUp(int lookups, boolean isWhole, int entries, int hits) {
    readsOf(lookups, isWhole, entries, hits);
  }

  private int readsOf(int lookups, boolean isWhole, int entries, int hits) {
    int reads = 0;
    for (int i = 0; i < lookups; i++) {
      if (maps.isDue()) {
        reads++;
        maps.read(isWhole, entries, 20 * entries);
        for (int hit = 0; hit < hits; hit++) {
          maps.hit();
        }
      }
    }
    return reads;
  }
}
