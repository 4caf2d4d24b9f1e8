package io.hummock.flink.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Page;
import io.hummock.flink.memory.SlotMemory.BackendPages;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.junit.jupiter.api.Test;

class SlotMemoryTest {
  private static final long LEASE = 4 << 20;

  @Test
  void neverTakesMoreThanTheLeaseAndGivesAllBack() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int run = 0; run < 30; run++) {
      SlotMemory memory = new SlotMemory(LEASE);
      List<BackendPages> backends = new ArrayList<>();
      List<Page> pages = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        switch (random.nextInt(20)) {
          case 0 -> {
            if (backends.size() < 4) {
              backends.add(memory.open());
            }
          }
          case 1, 2, 3, 4, 5, 6, 7 -> {
            if (!pages.isEmpty()) {
              pages.remove(random.nextInt(pages.size())).release();
            }
          }
          default -> {
            if (!backends.isEmpty()) {
              BackendPages backend = backends.get(random.nextInt(backends.size()));
              int bytes = 1 + random.nextInt(1 << random.nextInt(1, 19));
              Page page = backend.allocate(bytes);
              if (page != null) {
                assertThat(page.size()).isGreaterThanOrEqualTo(bytes);
                assertThat(backend.used()).isLessThanOrEqualTo(backend.limit());
                page.memory().putLong(page.size() - 8, i);
                pages.add(page);
              }
            }
          }
        }
        assertThat(memory.resident()).isLessThanOrEqualTo(LEASE);
        assertThat(backends.stream().mapToLong(BackendPages::used).sum())
            .isEqualTo(pages.stream().mapToLong(Page::size).sum());
      }
      pages.forEach(Page::release);
      backends.forEach(backend -> assertThat(backend.used()).isZero());
      backends.forEach(BackendPages::close);
      memory.close();
      assertThat(memory.resident()).isZero();
    }
  }

  @Test
  void pagesDoNotOverlap() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages backend = memory.open();
    List<Page> pages = new ArrayList<>();
    for (Page page = backend.allocate(3_000); page != null; page = backend.allocate(3_000)) {
      for (int at = 0; at < page.size(); at++) {
        page.memory().put(at, (byte) pages.size());
      }
      pages.add(page);
    }
    assertThat(pages).hasSizeGreaterThan(1_000);
    for (int i = 0; i < pages.size(); i++) {
      Page page = pages.get(i);
      for (int at = 0; at < page.size(); at++) {
        assertThat(page.memory().get(at)).isEqualTo((byte) i);
      }
      page.release();
    }
    backend.close();
    memory.close();
  }

  @Test
  void pagesAreOutsideTheHeapAndLittleEndian() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages backend = memory.open();
    for (int bytes : new int[] {1, 8 << 10, 32 << 10, 1 << 20}) {
      Page page = Objects.requireNonNull(backend.allocate(bytes));
      assertThat(page.memory().isDirect()).isTrue();
      assertThat(page.memory().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      page.release();
    }
    backend.close();
    memory.close();
  }

  @Test
  void backendsShareTheLeaseEvenly() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages first = memory.open();
    assertThat(first.limit()).isEqualTo(LEASE);
    BackendPages second = memory.open();
    assertThat(first.limit()).isEqualTo(LEASE / 2);
    List<Page> pages = new ArrayList<>();
    for (Page page = first.allocate(64 << 10); page != null; page = first.allocate(64 << 10)) {
      pages.add(page);
    }
    assertThat(first.used()).isEqualTo(LEASE / 2);
    assertThat(second.allocate(64 << 10)).isNotNull().satisfies(Page::release);
    second.close();
    assertThat(first.limit()).isEqualTo(LEASE);
    assertThat(second.allocate(1)).isNull();
    pages.forEach(Page::release);
    first.close();
    memory.close();
  }

  @Test
  void whoHoldsTooMuchIsAskedForItWhenAnotherLacksIt() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages first = memory.open();
    List<Page> pages = new ArrayList<>();
    AtomicInteger asked = new AtomicInteger();
    first.onShortage(asked::incrementAndGet);
    for (Page page = first.allocate(64 << 10); page != null; page = first.allocate(64 << 10)) {
      pages.add(page);
    }
    assertThat(asked).hasValue(0);
    BackendPages second = memory.open();
    assertThat(second.allocate(64 << 10)).isNull();
    assertThat(second.allocate(64 << 10)).isNull();
    assertThat(asked).hasValue(1);
    while (first.used() > first.limit()) {
      pages.remove(pages.size() - 1).release();
    }
    while (second.used() < second.limit()) {
      pages.add(Objects.requireNonNull(second.allocate(64 << 10)));
    }
    pages.forEach(Page::release);
    first.close();
    second.close();
    memory.close();
  }

  @Test
  void memoryOfOneSizeServesAnother() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages backend = memory.open();
    for (int bytes : new int[] {1 << 10, 10 << 10, 100 << 10, 1 << 20, 2 << 10}) {
      List<Page> pages = new ArrayList<>();
      for (Page page = backend.allocate(bytes); page != null; page = backend.allocate(bytes)) {
        pages.add(page);
      }
      assertThat(backend.used()).isGreaterThan(LEASE * 8 / 10);
      pages.forEach(Page::release);
    }
    backend.close();
    memory.close();
    assertThat(memory.resident()).isZero();
  }

  @Test
  void aPageOutlivesTheSlotUntilItsReaderReleasesIt() {
    SlotMemory memory = new SlotMemory(LEASE);
    BackendPages backend = memory.open();
    Page page = Objects.requireNonNull(backend.allocate(100 << 10));
    page.memory().putLong(0, 42);
    backend.close();
    memory.close();
    assertThat(page.memory().getLong(0)).isEqualTo(42);
    assertThat(memory.resident()).isPositive();
    page.release();
    assertThat(memory.resident()).isZero();
  }

  @Test
  void sizeClassesLoseAtMostAFifth() {
    for (int bytes = 1; bytes < 1 << 22; bytes += 1 + bytes / 100) {
      int sizeClass = SizeClass.of(bytes);
      long size = SizeClass.bytes(sizeClass);
      assertThat(size).isGreaterThanOrEqualTo(bytes);
      if (sizeClass > 0) {
        assertThat(SizeClass.bytes(sizeClass - 1)).isLessThan(bytes);
        assertThat(size - bytes).isLessThanOrEqualTo(size / 5);
      }
    }
    assertThat(SizeClass.bytes(SizeClass.of(1 << 30))).isEqualTo(1 << 30);
  }

  @Test
  void aSlotHasOneLeaseOfManagedMemory() throws Exception {
    MemoryManager manager = MemoryManager.create(32 << 20, 32 << 10);
    MemoryLease lease = new MemoryLease(null);
    OpaqueMemoryResource<SlotMemory> first = lease.acquire(manager, 0.5);
    OpaqueMemoryResource<SlotMemory> second = lease.acquire(manager, 0.5);
    assertThat(second.getResourceHandle()).isSameAs(first.getResourceHandle());
    assertThat(first.getResourceHandle().bytes()).isEqualTo(16 << 20);
    assertThat(manager.availableMemory()).isEqualTo(16 << 20);
    first.close();
    assertThat(manager.availableMemory()).isEqualTo(16 << 20);
    second.close();
    assertThat(manager.verifyEmpty()).isTrue();
    manager.shutdown();
  }

  @Test
  void fixedMemoryLeavesManagedMemoryAlone() throws Exception {
    MemoryManager manager = MemoryManager.create(32 << 20, 32 << 10);
    OpaqueMemoryResource<SlotMemory> lease =
        new MemoryLease(MemorySize.ofMebiBytes(3)).acquire(manager, 0.5);
    assertThat(lease.getResourceHandle().bytes()).isEqualTo(3 << 20);
    assertThat(manager.availableMemory()).isEqualTo(32 << 20);
    lease.close();
    manager.shutdown();
  }

  @Test
  void memoryThatIsNotThereNamesTheOptions() {
    MemoryManager manager = MemoryManager.create(0, 32 << 10);
    assertThatThrownBy(() -> new MemoryLease(null).acquire(manager, 0.0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("taskmanager.memory.managed.size")
        .hasMessageContaining("state.backend.hummock.memory.fixed-per-slot");
    manager.shutdown();
  }
}
