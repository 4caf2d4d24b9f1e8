package io.hummock.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.iterator.MergeIterator;
import io.hummock.iterator.UserIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Random writes to memtables and to a sorted map give the same answers. */
class MemTableModelTest {
  private static long seed;

  @BeforeAll
  static void readSeed() {
    seed = Seeds.base();
  }

  /** What a key has in one memtable. */
  private record Written(ValueKind kind, Slice value) {}

  @RepeatedTest(60)
  void answersLikeASortedMap(RepetitionInfo run) throws IOException {
    SplittableRandom random = new SplittableRandom(seed + run.getCurrentRepetition());
    // Often tight, so that writes are refused at every place where memory is needed.
    HeapPageAllocator pages = new HeapPageAllocator(1L << random.nextInt(11, 24));
    int keyCount = 1 << random.nextInt(1, 12);
    List<MemTable> tables = new ArrayList<>();
    List<NavigableMap<Slice, Written>> models = new ArrayList<>();
    for (long epoch = 1; epoch <= 4; epoch++) {
      MemTable table = new MemTable(pages, epoch);
      NavigableMap<Slice, Written> model = new TreeMap<>();
      tables.add(0, table);
      models.add(0, model);
      int writes = random.nextInt(4 * keyCount);
      for (int i = 0; i < writes; i++) {
        write(random, table, model, keyCount);
        if (random.nextInt(200) == 0) {
          assertSameAnswers(random, table, model, keyCount);
        }
      }
      assertSameAnswers(random, table, model, keyCount);
      table.freeze();
      assertSameAnswers(random, table, model, keyCount);
      assertThat(table.count()).isGreaterThanOrEqualTo(model.size());
      assertThat(table.isEmpty()).isEqualTo(model.isEmpty());
      assertThat(pages.used()).isEqualTo(tables.stream().mapToLong(MemTable::bytes).sum());
    }
    assertSameTogether(random, tables, models, keyCount);
    tables.forEach(MemTable::release);
    assertThat(pages.used()).isZero();
    assertThat(tables).noneMatch(MemTable::retain);
  }

  private static void write(
      SplittableRandom random, MemTable table, NavigableMap<Slice, Written> model, int keyCount) {
    Slice key = key(random.nextInt(keyCount));
    long hash = Hash.hash64(key);
    int prefix = prefixLength(key);
    Slice value = randomValue(random);
    Written before = model.get(key);
    if (isElement(key)) {
      ValueKind kind = random.nextInt(3) == 0 ? ValueKind.TOMBSTONE : ValueKind.PUT;
      if (table.writeElement(key, prefix, kind, false)) {
        model.put(key, new Written(kind, Slice.EMPTY));
      }
      return;
    }
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        if (table.put(key, hash, prefix, value)) {
          model.put(key, new Written(ValueKind.PUT, value));
        }
      }
      case 2 -> {
        if (table.delete(key, hash, prefix)) {
          model.put(key, new Written(ValueKind.TOMBSTONE, Slice.EMPTY));
        }
      }
      default -> {
        if (table.append(key, hash, prefix, value)) {
          model.put(key, appended(before, value));
        }
      }
    }
  }

  private static Written appended(@Nullable Written before, Slice operand) {
    if (before == null) {
      return new Written(ValueKind.MERGE, operand);
    }
    ValueKind kind = before.kind() == ValueKind.MERGE ? ValueKind.MERGE : ValueKind.PUT;
    return new Written(kind, concatenated(before.value(), operand));
  }

  private static Slice concatenated(Slice first, Slice second) {
    return Slice.of(new SliceBuilder().write(first).write(second).toByteArray());
  }

  /** Keys of all lengths from the shortest on, some the begin of others; the length follows. */
  private static Slice key(int number) {
    KeySpace space = new KeySpace(number % 3, number % 2);
    int length = number % 17 == 0 ? number % 1000 : number % 7;
    byte[] userKey = new byte[length + 4];
    userKey[0] = (byte) (number % 5);
    for (int i = 0; i < 3 && i < length; i++) {
      userKey[1 + i] = (byte) (number >>> (8 * i));
    }
    boolean numbered = length >= 3;
    if (!numbered) {
      for (int i = 0; i < 3; i++) {
        userKey[1 + i] = (byte) (number >>> (16 - 8 * i));
      }
    }
    return space.key(Slice.of(userKey));
  }

  /** Some keys are reached by themselves only, the others by all but what numbers them. */
  private static int prefixLength(Slice key) {
    return key.length() % 3 == 0 ? key.length() : KeySpace.LENGTH + key.get(10) % 2;
  }

  private static boolean isElement(Slice key) {
    return KeySpace.partition(key) == 1 && prefixLength(key) < key.length();
  }

  private static Slice randomValue(SplittableRandom random) {
    int length =
        switch (random.nextInt(20)) {
          case 0 -> 0;
          case 1 -> random.nextInt(5000);
          default -> random.nextInt(50);
        };
    byte[] value = new byte[length];
    random.nextBytes(value);
    return Slice.of(value);
  }

  private static void assertSameAnswers(
      SplittableRandom random, MemTable table, NavigableMap<Slice, Written> model, int keyCount)
      throws IOException {
    ValueLookup lookup = new ValueLookup();
    for (int i = 0; i < 50; i++) {
      Slice key = key(random.nextInt(2 * keyCount));
      if (isElement(key)) {
        continue;
      }
      lookup.reset();
      table.get(key, Hash.hash64(key), lookup);
      Written expected = model.get(key);
      assertThat(lookup.isComplete())
          .isEqualTo(expected != null && expected.kind() != ValueKind.MERGE);
      assertThat(lookup.valueOrNull())
          .isEqualTo(
              expected == null || expected.kind() == ValueKind.TOMBSTONE ? null : expected.value());
    }
    Direction direction = random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
    NavigableMap<Slice, Written> ordered =
        direction == Direction.FORWARD ? model : model.descendingMap();
    try (HummockIterator iterator = table.iterator(direction)) {
      iterator.rewind();
      assertMeets(iterator, ordered);
      Slice from = key(random.nextInt(2 * keyCount));
      iterator.seek(new FullKey(from, table.epoch()));
      assertMeets(iterator, ordered.tailMap(from, true));
    }
    for (int i = 0; i < 4; i++) {
      Slice some = key(random.nextInt(keyCount));
      Slice prefix = some.slice(0, KeySpace.LENGTH + random.nextInt(2));
      NavigableMap<Slice, Written> matching = new TreeMap<>(ordered.comparator());
      ordered.forEach(
          (key, written) -> {
            if (key.startsWith(prefix)
                && prefixLength(key) == prefix.length()
                && key.length() > prefix.length()) {
              matching.put(key, written);
            }
          });
      try (HummockIterator iterator = table.prefixIterator(prefix, direction)) {
        iterator.rewind();
        assertMeets(iterator, matching);
        iterator.seek(new FullKey(some, table.epoch()));
        assertMeets(iterator, matching.tailMap(some, true));
      }
    }
  }

  private static void assertMeets(HummockIterator iterator, NavigableMap<Slice, Written> expected)
      throws IOException {
    for (var entry : expected.entrySet()) {
      assertThat(iterator.isValid()).isTrue();
      assertThat(iterator.key()).isEqualTo(entry.getKey());
      assertThat(iterator.scanPrefixLength()).isEqualTo(prefixLength(entry.getKey()));
      assertThat(iterator.kind()).isEqualTo(entry.getValue().kind());
      assertThat(iterator.value()).isEqualTo(entry.getValue().value());
      iterator.next();
    }
    assertThat(iterator.isValid()).isFalse();
  }

  /** Reads all memtables as one, as of each of their epochs. */
  private static void assertSameTogether(
      SplittableRandom random,
      List<MemTable> tables,
      List<NavigableMap<Slice, Written>> models,
      int keyCount)
      throws IOException {
    NavigableMap<Slice, Slice> values = new TreeMap<>();
    for (int i = tables.size() - 1; i >= 0; i--) {
      models
          .get(i)
          .forEach(
              (key, written) -> {
                switch (written.kind()) {
                  case PUT -> values.put(key, written.value());
                  case TOMBSTONE -> values.remove(key);
                  case MERGE -> values.merge(key, written.value(), MemTableModelTest::concatenated);
                }
              });
      long readEpoch = tables.get(i).epoch();
      Slice lower = key(random.nextInt(keyCount));
      Slice bound = key(random.nextInt(keyCount));
      Slice upper = bound.compareTo(lower) > 0 ? bound : null;
      NavigableMap<Slice, Slice> expected =
          upper == null ? values.tailMap(lower, true) : values.subMap(lower, true, upper, false);
      for (Direction direction : Direction.values()) {
        List<HummockIterator> sources =
            tables.stream().map(table -> table.iterator(direction)).toList();
        try (UserIterator user =
            new UserIterator(
                new MergeIterator(sources, direction), readEpoch, lower, upper, direction)) {
          user.rewind();
          assertMeets(user, direction == Direction.FORWARD ? expected : expected.descendingMap());
        }
      }
    }
    ValueLookup lookup = new ValueLookup();
    for (int number = 0; number < keyCount; number++) {
      Slice key = key(number);
      if (isElement(key)) {
        continue;
      }
      lookup.reset();
      for (MemTable table : tables) {
        if (!lookup.isComplete()) {
          table.get(key, Hash.hash64(key), lookup);
        }
      }
      assertThat(lookup.valueOrNull()).isEqualTo(values.get(key));
    }
  }

  private static void assertMeets(UserIterator user, NavigableMap<Slice, Slice> expected)
      throws IOException {
    for (var entry : expected.entrySet()) {
      assertThat(user.isValid()).isTrue();
      assertThat(user.key()).isEqualTo(entry.getKey());
      assertThat(user.value()).isEqualTo(entry.getValue());
      user.next();
    }
    assertThat(user.isValid()).isFalse();
  }
}
