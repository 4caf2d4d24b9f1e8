package io.hummock.memtable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a memtable takes of memory and time, and its limits. */
class MemTableTest {
  private static final KeySpace SPACE = new KeySpace(1, 2);

  private final HeapPageAllocator pages = new HeapPageAllocator(1L << 30);
  private final MemTable table = new MemTable(pages, 7);

  @Test
  void takesNoMemoryBeforeTheFirstWrite() throws IOException {
    assertThat(table.bytes()).isZero();
    assertThat(table.isEmpty()).isTrue();
    try (HummockIterator iterator = table.iterator(Direction.FORWARD)) {
      iterator.rewind();
      assertThat(iterator.isValid()).isFalse();
    }
    assertThat(pages.used()).isZero();
  }

  @Test
  void overwritingWithWhatFitsTakesNoMemory() {
    put(key(1), 100);
    long before = table.bytes();
    for (int i = 0; i < 10_000; i++) {
      put(key(1), i % 101);
    }
    assertThat(table.bytes()).isEqualTo(before);
    assertThat(read(key(1)).value().length()).isEqualTo(9_999 % 101);
  }

  @Test
  void aValueThatGrowsByAByteEachTimeLeavesLittleBehind() {
    for (int length = 1; length <= 20_000; length++) {
      put(key(1), length);
    }
    assertThat(table.bytes()).isLessThan(10 * 20_000);
  }

  @Test
  void fillingReadingAndClearingAListAgainAndAgainTakesNoMoreMemory() {
    long afterSome = 0;
    for (int cycle = 0; cycle < 10_000; cycle++) {
      for (int i = 0; i < 10; i++) {
        append(key(1), 9);
      }
      assertThat(read(key(1)).value().length()).isEqualTo(90);
      assertThat(table.delete(key(1), hash(key(1)), key(1).length())).isTrue();
      assertThat(read(key(1)).isFound()).isFalse();
      if (cycle == 10) {
        afterSome = table.bytes();
      }
    }
    assertThat(table.bytes()).isEqualTo(afterSome);
  }

  @Test
  void aListOfManyAppendsTakesLittleMoreThanItsBytes() {
    for (int i = 0; i < 100_000; i++) {
      append(key(1), 20);
    }
    assertThat(read(key(1)).value().length()).isEqualTo(2_000_000);
    assertThat(table.bytes()).isLessThan(3_000_000);
  }

  @Test
  void refusesWhatItHasNoMemoryForAndKeepsWhatItHas() {
    HeapPageAllocator tight = new HeapPageAllocator(16 << 10);
    MemTable small = new MemTable(tight, 1);
    int written = 0;
    while (small.put(key(written), hash(key(written)), 10, value(40))) {
      written++;
    }
    assertThat(written).isBetween(30, 200);
    for (int i = 0; i < 1000; i++) {
      Slice more = key(written + i);
      assertThat(small.put(more, hash(more), 10, value(5000))).isFalse();
      assertThat(small.append(key(0), hash(key(0)), 10, value(5000))).isFalse();
      assertThat(small.put(key(0), hash(key(0)), 10, value(5000))).isFalse();
    }
    assertThat(small.count()).isEqualTo(written);
    ValueLookup lookup = new ValueLookup();
    for (int i = 0; i < written; i++) {
      lookup.reset();
      small.get(key(i), hash(key(i)), lookup);
      assertThat(lookup.value()).isEqualTo(value(40));
    }
    lookup.reset();
    small.get(key(written), hash(key(written)), lookup);
    assertThat(lookup.isFound()).isFalse();
    assertThat(small.delete(key(0), hash(key(0)), 10)).isTrue();
    small.release();
    assertThat(tight.used()).isZero();
  }

  @Test
  void iteratesInOrderWithoutAnyMemoryLeft() throws IOException {
    HeapPageAllocator tight = new HeapPageAllocator(256 << 10);
    MemTable small = new MemTable(tight, 1);
    int written = 0;
    while (small.put(key(written), hash(key(written)), 10, value(10))) {
      written++;
    }
    while (tight.allocate(1) != null) {
      // Takes the rest.
    }
    for (int i = 0; i < 2; i++) {
      try (HummockIterator all = small.iterator(Direction.BACKWARD);
          HummockIterator some = small.prefixIterator(SPACE.encode(), Direction.FORWARD)) {
        assertThat(count(all)).isEqualTo(written);
        assertThat(count(some)).isEqualTo(written);
      }
    }
  }

  @Test
  void holdsValuesOfManyMegabytesAndAppendsToThem() {
    int length = 40 << 20;
    put(key(1), length);
    append(key(1), 3);
    append(key(2), length);
    append(key(2), length);
    assertThat(read(key(1)).value().length()).isEqualTo(length + 3);
    assertThat(read(key(2)).value().length()).isEqualTo(2 * length);
    assertThat(table.bytes()).isLessThan(4L * length);
  }

  @Test
  void refusesAppendsThatMakeAValueTooLong() {
    for (int i = 0; i < 6; i++) {
      append(key(1), 40 << 20);
    }
    Slice operand = value(40 << 20);
    assertThatThrownBy(() -> table.append(key(1), hash(key(1)), 10, operand))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("268435456");
    assertThat(read(key(1)).value().length()).isEqualTo(6 * (40 << 20));
  }

  @Test
  void findsKeysWhoseHashesAreAllTheSame() {
    int keys = 8_000;
    for (int i = 0; i < keys; i++) {
      // One fragment for each hundred keys, and all fragments alike in their first bits.
      assertThat(table.put(key(i), hashOf(i), 10, value(8))).isTrue();
    }
    for (int i = 0; i < keys; i++) {
      ValueLookup lookup = new ValueLookup();
      table.get(key(i), hashOf(i), lookup);
      assertThat(lookup.isFound()).isTrue();
    }
    ValueLookup lookup = new ValueLookup();
    table.get(key(keys), hashOf(0), lookup);
    assertThat(lookup.isFound()).isFalse();
  }

  private static long hashOf(int number) {
    return (0x7FFF_0000L | (number / 100)) << 32;
  }

  @Test
  void keepsItsPagesUntilTheLastIteratorIsClosed() throws IOException {
    put(key(1), 10);
    HummockIterator iterator = table.iterator(Direction.FORWARD);
    iterator.rewind();
    table.release();
    assertThat(iterator.value()).isEqualTo(value(10));
    assertThat(pages.used()).isPositive();
    iterator.close();
    iterator.close();
    assertThat(pages.used()).isZero();
    assertThatThrownBy(() -> table.iterator(Direction.FORWARD))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(table::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void showsWhatAnEntryHasBecomeWhenTheIteratorComesToIt() throws IOException {
    put(key(1), 10);
    put(key(2), 10);
    try (HummockIterator iterator = table.iterator(Direction.FORWARD)) {
      iterator.rewind();
      assertThat(iterator.kind()).isEqualTo(ValueKind.PUT);
      table.delete(key(1), hash(key(1)), 10);
      put(key(2), 500);
      put(key(3), 1);
      assertThat(iterator.value()).isEqualTo(value(10));
      iterator.next();
      assertThat(iterator.value()).isEqualTo(value(500));
      iterator.next();
      assertThat(iterator.isValid()).isFalse();
    }
  }

  @Test
  void aPrefixIteratorShowsTheEntriesWithExactlyThatPrefix() throws IOException {
    Slice prefix = SPACE.key(Slice.utf8("map"));
    Slice longer = SPACE.key(Slice.utf8("map2"));
    write(SPACE.key(Slice.utf8("map")), prefix.length());
    write(SPACE.key(Slice.utf8("map:a")), prefix.length());
    write(SPACE.key(Slice.utf8("map2a")), longer.length());
    write(SPACE.key(Slice.utf8("map2b")), prefix.length());
    try (HummockIterator iterator = table.prefixIterator(prefix, Direction.BACKWARD)) {
      iterator.rewind();
      assertThat(iterator.key()).isEqualTo(SPACE.key(Slice.utf8("map:a")));
      iterator.next();
      assertThat(iterator.key()).isEqualTo(SPACE.key(Slice.utf8("map2b")));
      iterator.next();
      assertThat(iterator.isValid()).isFalse();
      iterator.seek(FullKey.last(SPACE.key(Slice.utf8("map2a"))));
      assertThat(iterator.isValid()).isFalse();
    }
  }

  @Test
  void writesAndLookupsOfExistingKeysAllocateNothing() {
    int keys = 1000;
    Slice[] all = new Slice[keys];
    for (int i = 0; i < keys; i++) {
      all[i] = key(i);
      put(all[i], 100);
    }
    Slice value = value(100);
    Slice operand = value(8);
    ValueLookup lookup = new ValueLookup();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < keys; i++) {
        long hash = hash(all[i]);
        table.put(all[i], hash, 10, value);
        lookup.reset();
        table.get(all[i], hash, lookup);
        table.delete(all[i], hash, 10);
        table.append(all[i], hash, 10, operand);
      }
      long after = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      least = Math.min(least, after - before);
    }
    assertThat(least).isLessThan(keys);
  }

  private void write(Slice key, int scanPrefixLength) {
    assertThat(table.put(key, hash(key), scanPrefixLength, Slice.EMPTY)).isTrue();
  }

  private void put(Slice key, int length) {
    assertThat(table.put(key, hash(key), 10, value(length))).isTrue();
  }

  private void append(Slice key, int length) {
    assertThat(table.append(key, hash(key), key.length(), value(length))).isTrue();
  }

  private ValueLookup read(Slice key) {
    ValueLookup lookup = new ValueLookup();
    table.get(key, hash(key), lookup);
    return lookup;
  }

  private static int count(HummockIterator iterator) throws IOException {
    int count = 0;
    for (iterator.rewind(); iterator.isValid(); iterator.next()) {
      count++;
    }
    return count;
  }

  private static Slice key(int number) {
    return SPACE.key(Slice.utf8("%08d".formatted(number)));
  }

  private static long hash(Slice key) {
    return Hash.hash64(key);
  }

  private static Slice value(int length) {
    return Slice.of(new byte[length]);
  }
}
