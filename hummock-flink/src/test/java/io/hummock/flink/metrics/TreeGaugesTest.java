package io.hummock.flink.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.ManualClock;
import io.hummock.testing.StoresInMemory;
import org.junit.jupiter.api.Test;

class TreeGaugesTest {
  private final ManualClock clock = new ManualClock();
  private final RecordingMetricGroup group = new RecordingMetricGroup();
  private final TreeGauges gauges = new TreeGauges(group, clock);

  private HummockStore store() throws Exception {
    return StoresInMemory.open(
        HummockOptions.defaults(), new HeapPageAllocator(256 << 20), clock, HummockMetrics.NONE);
  }

  @Test
  void treeIsAskedAtMostOnceASecond() throws Exception {
    try (HummockStore store = store()) {
      gauges.open(store);
      put(store, 1);
      assertThat(group.value("num-entries-active-mem-table")).isEqualTo(1L);
      put(store, 2);
      clock.advance(TreeGauges.MAX_AGE_NANOS - 1);
      assertThat(group.value("num-entries-active-mem-table")).isEqualTo(1L);
      clock.advance(1);
      assertThat(group.value("num-entries-active-mem-table")).isEqualTo(2L);
      gauges.close();
    }
  }

  @Test
  void beforeTheTreeIsOpenAllIsZeroAndAfterwardsTheLastIsKept() throws Exception {
    group
        .metrics()
        .keySet()
        .forEach(name -> assertThat(group.value(name).doubleValue()).as(name).isZero());
    HummockStore store = store();
    gauges.open(store);
    put(store, 1);
    gauges.close();
    store.close();
    clock.advance(10 * TreeGauges.MAX_AGE_NANOS);
    assertThat(group.value("num-entries-active-mem-table")).isEqualTo(1L);
    gauges.close();
    assertThat(group.value("num-entries-active-mem-table")).isEqualTo(1L);
  }

  @Test
  void allLevelsOfATreeHaveGauges() {
    assertThat(TreeGauges.LEVELS).isEqualTo(HummockOptions.defaults().maxLevels());
  }

  private static void put(HummockStore store, int key) throws Exception {
    byte[] bytes = new byte[14];
    bytes[13] = (byte) key;
    store.put(Slice.of(bytes), bytes.length, Slice.utf8("value"));
  }
}
