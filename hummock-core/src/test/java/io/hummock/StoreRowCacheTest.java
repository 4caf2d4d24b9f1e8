package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.StoresInMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the row cache answers; that it answers right is what {@link StoreModelTest} is for. */
class StoreRowCacheTest {
  private final CountingMetrics metrics = new CountingMetrics();
  private final HeapPageAllocator pages = new HeapPageAllocator(16 << 20);

  @SuppressWarnings("NullAway.Init")
  private HummockStore store;

  private static final class CountingMetrics implements HummockMetrics {
    long hits;
    long misses;

    @Override
    public void rowCacheLookups(long newHits, long newMisses) {
      hits += newHits;
      misses += newMisses;
    }
  }

  @BeforeEach
  void open() throws IOException {
    store = open(HummockOptions.defaults());
  }

  private HummockStore open(HummockOptions options) throws IOException {
    return StoresInMemory.open(options, pages, Clock.SYSTEM, metrics);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    assertThat(pages.used()).isZero();
  }

  @Test
  void secondReadOfWhatWasFlushedIsAHit() throws IOException {
    put("a", "1");
    store.flush();
    readOften("a", "1");
    assertHits();
  }

  @Test
  void absenceInManyTablesIsRemembered() throws IOException {
    for (int i = 0; i < 3; i++) {
      // Each table reaches over the key.
      put("Z", "1");
      put("z", "1");
      store.flush();
    }
    readOften("a", null);
    assertHits();
    put("a", "1");
    assertThat(get("a")).isEqualTo("1");
  }

  @Test
  void absenceThatAFilterTellsTakesNoMemory() throws IOException {
    put("Z", "1");
    put("z", "1");
    store.flush();
    readOften("a", null);
    assertThat(metrics.hits).isZero();
    assertThat(Objects.requireNonNull(store.rowCache()).bytes()).isZero();
  }

  @Test
  void rowsTakeWhatMemtablesLeaveAndGiveItBack() throws IOException {
    store.close();
    HummockOptions defaults = HummockOptions.defaults();
    long memtableBytes = 4 << 20;
    long rowShare = 1 << 20;
    store =
        open(
            new HummockOptions(
                memtableBytes,
                defaults.maxFrozenMemtables(),
                defaults.blockBytes(),
                defaults.tableBytes(),
                defaults.level0Trigger(),
                defaults.level0Slowdown(),
                defaults.level0Stop(),
                defaults.levelBaseBytes(),
                defaults.levelMultiplier(),
                defaults.maxLevels(),
                defaults.bloomBitsPerKey(),
                defaults.compressionLevel(),
                2 << 20,
                rowShare));
    int count = 100_000;
    String value = "v".repeat(100);
    for (int i = 0; i < count; i++) {
      put("key-" + i, value);
    }
    store.flush();
    for (int i = 0; i < count; i++) {
      assertThat(get("key-" + i)).isEqualTo(value);
    }
    long idle = Objects.requireNonNull(store.rowCache()).bytes();
    assertThat(idle).isGreaterThan(4 * rowShare);
    long leastRows = idle;
    for (int i = 0; i < count; i++) {
      put("other-" + i, value);
      leastRows = Math.min(leastRows, Objects.requireNonNull(store.rowCache()).bytes());
      assertThat(pages.used()).isLessThanOrEqualTo(pages.limit());
    }
    assertThat(leastRows).isLessThan(idle);
    assertThat(get("key-7")).isEqualTo(value);
    assertThat(get("other-7")).isEqualTo(value);
  }

  @Test
  void whatIsInTheRunningMemtableIsReadThere() throws IOException {
    put("a", "1");
    readOften("a", "1");
    assertThat(metrics.hits + metrics.misses).isZero();
  }

  @Test
  void firstWriteOfAnEpochForgetsTheRow() throws IOException {
    put("a", "1");
    store.flush();
    assertThat(get("a")).isEqualTo("1");
    put("a", "2");
    assertThat(get("a")).isEqualTo("2");
    store.flush();
    readOften("a", "2");
    store.delete(key("a"), key("a").length());
    store.flush();
    readOften("a", null);
    assertHits();
  }

  @Test
  void whatIsAppendedIsAddedToTheRow() throws IOException {
    append("a", "1");
    store.flush();
    assertThat(get("a")).isEqualTo("1");
    append("a", "2");
    readOften("a", "12");
    assertHits();
    append("a", "3");
    assertThat(get("a")).isEqualTo("123");
    store.flush();
    readOften("a", "123");
    append("a", "4");
    store.flush();
    append("a", "5");
    assertThat(get("a")).isEqualTo("12345");
    readOften("a", "12345");
  }

  @Test
  void whatIsAppendedToNothingTakesNoRow() throws IOException {
    put("other", "1");
    store.flush();
    append("a", "1");
    readOften("a", "1");
    append("a", "2");
    readOften("a", "12");
    assertThat(metrics.hits + metrics.misses).isZero();
    assertThat(Objects.requireNonNull(store.rowCache()).bytes()).isZero();
    store.flush();
    readOften("a", "12");
    assertHits();
  }

  @Test
  void whatIsAppendedToARowOfAbsenceIsReadInTheMemtable() throws IOException {
    for (int i = 0; i < 3; i++) {
      // Each table reaches over the key.
      put("Z", "1");
      put("z", "1");
      store.flush();
    }
    readOften("a", null);
    assertHits();
    append("a", "1");
    long hits = metrics.hits;
    readOften("a", "1");
    readOften("a", "1");
    assertThat(metrics.hits - hits).isLessThan(2_000);
    store.flush();
    readOften("a", "1");
  }

  @Test
  void rowsMadeBetweenAppendsOfOneEpochAreForgottenWithIt() throws IOException {
    append("a", "1");
    store.flush();
    append("a", "2");
    assertThat(get("a")).isEqualTo("12");
    append("a", "3");
    assertThat(get("a")).isEqualTo("123");
    store.flush();
    assertThat(get("a")).isEqualTo("123");
  }

  @Test
  void anotherThreadThatWritesEndsTheCache() throws Exception {
    put("a", "1");
    store.flush();
    assertThat(get("a")).isEqualTo("1");
    Thread other =
        new Thread(
            () -> {
              try {
                put("a", "2");
                store.flush();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    other.start();
    other.join();
    assertThat(get("a")).isEqualTo("2");
    assertThat(store.rowCache()).isNull();
  }

  private void assertHits() {
    assertThat(metrics.misses).isLessThan(10);
    assertThat(metrics.hits).isGreaterThan(1_000);
  }

  private void readOften(String key, @Nullable String value) throws IOException {
    for (int i = 0; i < 2_000; i++) {
      assertThat(get(key)).isEqualTo(value);
    }
  }

  private static Slice key(String name) {
    return Slice.utf8("0123456789" + name);
  }

  private void put(String key, String value) throws IOException {
    store.put(key(key), key(key).length(), Slice.utf8(value));
  }

  private void append(String key, String value) throws IOException {
    store.append(key(key), key(key).length(), Slice.utf8(value));
  }

  private @Nullable String get(String key) throws IOException {
    ValueLookup lookup = new ValueLookup();
    return store.get(key(key), lookup)
        ? new String(lookup.value().toByteArray(), StandardCharsets.UTF_8)
        : null;
  }
}
