package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.testing.Entry;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cache stays within its budget, gives every page back, and never gives wrong bytes. */
class BlockCacheTest {
  private static final SstableOptions OPTIONS = new SstableOptions(1024, 8, 10, true);
  private static final int KEYS = 20_000;
  private static final List<Entry> ENTRIES = entries();

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 64, 200, 4096})
  void manyThreadsReadRightWhileBlocksAreEvicted(int cacheKilobytes) throws Exception {
    TestTables tables = new TestTables((long) cacheKilobytes << 10);
    SstableInfo info = tables.write(OPTIONS, ENTRIES);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Sstable table = tables.open(info)) {
      List<Future<?>> readers = new ArrayList<>();
      int lookups = cacheKilobytes < 100 ? 200 : 8_000;
      for (int i = 0; i < 4; i++) {
        SplittableRandom random = new SplittableRandom(Seeds.base() + i);
        readers.add(
            threads.submit(
                () -> {
                  readRandomly(table, random, lookups);
                  return null;
                }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      // The directory of the table stays in the heap even where the budget is too small for it.
      assertThat(tables.cache.bytes())
          .isLessThanOrEqualTo(Math.max((long) cacheKilobytes << 10, 12_000));
      assertThat(tables.pages.used()).isLessThanOrEqualTo(tables.cache.bytes());
    } finally {
      threads.shutdownNow();
    }
    assertThat(tables.pages.used()).isZero();
    assertThat(tables.cache.bytes()).isZero();
  }

  @Test
  void threadsThatMissTheSameBlockReadItOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      CountingStore objects = new CountingStore();
      TestTables tables = new TestTables(objects, 1 << 20, HummockMetrics.NONE);
      SstableInfo info = tables.write(OPTIONS, ENTRIES.subList(0, 200));
      CountDownLatch begin = new CountDownLatch(1);
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try (Sstable table = tables.open(info)) {
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          readers.add(
              threads.submit(
                  () -> {
                    begin.await();
                    assertGets(table, ENTRIES.get(5), new ValueLookup());
                    return null;
                  }));
        }
        begin.countDown();
        for (Future<?> reader : readers) {
          reader.get();
        }
        assertThat(objects.reads.get()).as("one of .meta, one of the block").isEqualTo(2);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void whatIsCachedIsNotReadAgain() throws IOException {
    CountingStore objects = new CountingStore();
    CountingMetrics metrics = new CountingMetrics();
    TestTables tables = new TestTables(objects, 8 << 20, metrics);
    SstableInfo info = tables.write(OPTIONS, ENTRIES);
    ValueLookup lookup = new ValueLookup();
    try (Sstable table = tables.open(info)) {
      for (Entry entry : ENTRIES) {
        assertGets(table, entry, lookup);
      }
      int reads = objects.reads.get();
      long misses = metrics.misses.sum();
      for (Entry entry : ENTRIES) {
        assertGets(table, entry, lookup);
      }
      assertThat(objects.reads.get()).isEqualTo(reads);
      assertThat(metrics.misses.sum()).isEqualTo(misses).isLessThan(reads);
      assertThat(metrics.hits.sum()).isEqualTo(2L * KEYS - misses);
      assertThat(metrics.truePositives.sum()).isEqualTo(2L * KEYS);
    }
  }

  @Test
  void filtersAndIndexesStayWhileBlocksComeAndGo() throws IOException {
    CountingStore objects = new CountingStore();
    CountingMetrics metrics = new CountingMetrics();
    // The filter takes 25 KB, the index 40 KB, the blocks 3 MB.
    TestTables tables = new TestTables(objects, 160 << 10, metrics);
    SstableInfo info = tables.write(new SstableOptions(1024, 8, 10, false), ENTRIES);
    SplittableRandom random = new SplittableRandom(Seeds.base());
    ValueLookup lookup = new ValueLookup();
    try (Sstable table = tables.open(info)) {
      for (int i = 0; i < 10_000; i++) {
        assertGets(table, ENTRIES.get(random.nextInt(KEYS)), lookup);
      }
      assertThat(objects.metaReads.get()).isEqualTo(info.metaBytes() > 256 << 10 ? 4 : 1);
      int reads = objects.reads.get();
      for (int i = 0; i < 10_000; i++) {
        Slice absent = key(random.nextInt(KEYS) * 2 + 1);
        lookup.reset();
        table.get(absent, Hash.hash64(absent), lookup);
        assertThat(lookup.isFound()).isFalse();
      }
      assertThat(metrics.negatives.sum()).isGreaterThan(9_700);
      assertThat(objects.reads.get() - reads).isLessThan(300);
    }
  }

  @Test
  void readersGetTheHeapWhenNoPageIsToBeHad() throws IOException {
    CountingMetrics metrics = new CountingMetrics();
    TestTables tables = new TestTables(new InMemoryObjectStore(), 64 << 10, metrics);
    SstableInfo info = tables.write(OPTIONS, ENTRIES);
    // Somebody else took all the memory that the cache was promised.
    Page hog = tables.pages.allocate(64 << 10);
    assertThat(hog).isNotNull();
    ValueLookup lookup = new ValueLookup();
    try (Sstable table = tables.open(info)) {
      for (int i = 0; i < 100; i++) {
        assertGets(table, ENTRIES.get(i * 7), lookup);
      }
      assertThat(tables.cache.transientPages()).isGreaterThan(100);
      assertThat(metrics.shortages.sum()).isEqualTo(tables.cache.transientPages());
      assertThat(tables.cache.bytes()).isLessThan(12_000);
    }
  }

  @Test
  void compactionLeavesTheCacheAsItIs() throws IOException {
    CountingStore objects = new CountingStore();
    TestTables tables = new TestTables(objects, 8 << 20, HummockMetrics.NONE);
    SstableInfo info = tables.write(OPTIONS, ENTRIES);
    try (Sstable table = tables.open(info)) {
      assertGets(table, ENTRIES.get(0), new ValueLookup());
      long before = tables.cache.bytes();
      int reads = objects.reads.get();
      int met = 0;
      try (HummockIterator iterator = table.compactionIterator(PartitionRange.ALL)) {
        for (iterator.rewind(); iterator.isValid(); iterator.next()) {
          met++;
        }
      }
      assertThat(met).isEqualTo(KEYS);
      assertThat(tables.cache.bytes()).isEqualTo(before);
      assertThat(objects.reads.get() - reads).isLessThanOrEqualTo(8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FORWARD", "BACKWARD"})
  void scansReadAheadMoreAndMore(String direction) throws IOException {
    CountingStore objects = new CountingStore();
    TestTables tables = new TestTables(objects, 64 << 10, HummockMetrics.NONE);
    SstableInfo info = tables.write(new SstableOptions(1024, 8, 10, false), ENTRIES);
    try (Sstable table = tables.open(info);
        HummockIterator iterator =
            table.iterator(Direction.valueOf(direction), PartitionRange.ALL)) {
      iterator.rewind();
      int first = objects.reads.get();
      for (int i = 0; i < 100; i++) {
        iterator.next();
      }
      assertThat(objects.reads.get() - first).isLessThanOrEqualTo(5);
      while (iterator.isValid()) {
        iterator.next();
      }
      assertThat(objects.reads.get()).isLessThan(40);
      assertThat(objects.largest.get()).isLessThanOrEqualTo((256 << 10) + 32);
    }
  }

  @Test
  void aClosedTableIsNotRead() throws IOException {
    TestTables tables = new TestTables(1 << 20);
    Sstable table = tables.open(tables.write(OPTIONS, ENTRIES));
    assertGets(table, ENTRIES.get(1), new ValueLookup());
    table.close();
    table.close();
    assertThat(tables.pages.used()).isZero();
    assertThatThrownBy(() -> assertGets(table, ENTRIES.get(1), new ValueLookup()))
        .isInstanceOf(IllegalStateException.class);
  }

  private static void readRandomly(Sstable table, SplittableRandom random, int lookups)
      throws IOException {
    ValueLookup lookup = new ValueLookup();
    for (int i = 0; i < lookups; i++) {
      int at = random.nextInt(random.nextBoolean() ? 200 : KEYS);
      assertGets(table, ENTRIES.get(at), lookup);
      if (i % 50 == 0) {
        Direction direction = random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
        try (HummockIterator iterator = table.iterator(direction, PartitionRange.ALL)) {
          iterator.seek(ENTRIES.get(at).fullKey());
          for (int step = 0; step < 100 && iterator.isValid(); step++) {
            Entry entry = ENTRIES.get(direction == Direction.FORWARD ? at + step : at - step);
            assertThat(iterator.fullKey()).isEqualTo(entry.fullKey());
            assertThat(iterator.value()).isEqualTo(entry.value());
            iterator.next();
          }
        }
      }
    }
  }

  private static void assertGets(Sstable table, Entry entry, ValueLookup lookup)
      throws IOException {
    lookup.reset();
    table.get(entry.key(), Hash.hash64(entry.key()), lookup);
    assertThat(lookup.isFound()).isTrue();
    assertThat(lookup.value()).isEqualTo(entry.value());
  }

  private static Slice key(int number) {
    return new KeySpace(number >>> 12, 1).key(Slice.utf8("%08d".formatted(number)));
  }

  private static List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < KEYS; i++) {
      byte[] value = new byte[100];
      random.nextBytes(value);
      Slice key = key(2 * i);
      entries.add(new Entry(key, 9, key.length(), ValueKind.PUT, Slice.of(value)));
    }
    return entries;
  }

  /** Counts what the cache reports. */
  private static final class CountingMetrics implements HummockMetrics {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder negatives = new LongAdder();
    final LongAdder truePositives = new LongAdder();
    final LongAdder shortages = new LongAdder();

    @Override
    public void cacheLookup(Cache cache, CacheResult result) {
      (result == CacheResult.HIT ? hits : misses).increment();
    }

    @Override
    public void filterLookup(FilterResult result) {
      if (result == FilterResult.NEGATIVE) {
        negatives.increment();
      } else if (result == FilterResult.TRUE_POSITIVE) {
        truePositives.increment();
      }
    }

    @Override
    public void pageShortage(long bytes) {
      shortages.increment();
    }
  }

  /** Counts reads. */
  private static final class CountingStore implements ObjectStore {
    private final InMemoryObjectStore objects = new InMemoryObjectStore();
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger metaReads = new AtomicInteger();
    final AtomicInteger largest = new AtomicInteger();

    @Override
    public Slice read(String path, long offset, int length) throws IOException {
      reads.incrementAndGet();
      if (path.endsWith(".meta")) {
        metaReads.incrementAndGet();
      } else {
        largest.accumulateAndGet(length, Math::max);
      }
      return objects.read(path, offset, length);
    }

    @Override
    public ObjectWriter create(String path) {
      return objects.create(path);
    }

    @Override
    public List<String> list(String prefix) {
      return objects.list(prefix);
    }

    @Override
    public void copy(String from, String to) throws IOException {
      objects.copy(from, to);
    }

    @Override
    public void delete(Collection<String> paths) {
      objects.delete(paths);
    }

    @Override
    public void close() {}
  }
}
