package io.hummock.bytes;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PageTest {
  private final HeapPageAllocator allocator = new HeapPageAllocator(1000);

  @Test
  void goesBackWithTheLastReference() {
    Page page = requireNonNull(allocator.allocate(100));
    assertThat(page.retain()).isTrue();
    page.release();
    assertThat(allocator.used()).isEqualTo(100);
    page.release();
    assertThat(allocator.used()).isZero();
    assertThat(page.retain()).isFalse();
    assertThatThrownBy(page::release).isInstanceOf(IllegalStateException.class);
    assertThat(allocator.used()).isZero();
  }

  @Test
  void isRefusedWhereTheBudgetHasNoRoomForIt() {
    Page most = requireNonNull(allocator.allocate(999));
    assertThat(allocator.allocate(2)).isNull();
    assertThat(allocator.used()).isEqualTo(999);
    assertThat(allocator.allocate(1)).isNotNull();
    most.release();
    assertThat(allocator.used()).isEqualTo(1);
    assertThatThrownBy(() -> new HeapPageAllocator(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isLittleEndianAndAsLargeAsAskedFor() {
    Page page = requireNonNull(allocator.allocate(64));
    assertThat(page.memory().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(page.size()).isGreaterThanOrEqualTo(64);
    page.release();
  }

  @Test
  void countsReferencesOfManyThreads() throws Exception {
    Page page = requireNonNull(allocator.allocate(10));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(
          threads.submit(
              () -> {
                for (int j = 0; j < 100_000; j++) {
                  assertThat(page.retain()).isTrue();
                  page.release();
                }
              }));
    }
    for (Future<?> each : all) {
      each.get();
    }
    threads.shutdown();
    assertThat(allocator.used()).isEqualTo(10);
    page.release();
    assertThat(allocator.used()).isZero();
  }
}
