package io.hummock.iterator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.testing.Entry;
import io.hummock.testing.EntryListIterator;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a reader sees of versions: the newest it may see, folded, and no tombstones. */
class UserIteratorTest {
  private static final ValueKind[] KINDS = ValueKind.values();

  private static long seed;

  @BeforeAll
  static void readSeed() {
    seed = Seeds.base();
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void seesTheNewestVersionAtOrBelowItsEpoch(Direction direction) throws IOException {
    List<Entry> entries =
        sorted(
            entry("a", 1, ValueKind.PUT, "1"),
            entry("a", 3, ValueKind.TOMBSTONE, ""),
            entry("a", 5, ValueKind.PUT, "5"));
    assertThat(seen(entries, 0, direction)).isEmpty();
    assertThat(seen(entries, 2, direction)).containsExactly("a=1");
    assertThat(seen(entries, 3, direction)).isEmpty();
    assertThat(seen(entries, 5, direction)).containsExactly("a=5");
    assertThat(seen(entries, FullKey.MAX_EPOCH, direction)).containsExactly("a=5");
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void tellsHowManyEntriesItHasPassed(Direction direction) throws IOException {
    List<Entry> entries =
        sorted(
            entry("a", 1, ValueKind.PUT, "1"),
            entry("a", 3, ValueKind.TOMBSTONE, ""),
            entry("b", 1, ValueKind.PUT, "1"),
            entry("b", 2, ValueKind.PUT, "2"),
            entry("b", 3, ValueKind.PUT, "3"),
            entry("c", 1, ValueKind.PUT, "1"),
            entry("c", 2, ValueKind.MERGE, "2"));
    for (long epoch : new long[] {0, 2, FullKey.MAX_EPOCH}) {
      List<Long> passed = new ArrayList<>();
      UserIterator user =
          new UserIterator(
              new EntryListIterator(entries, direction),
              epoch,
              Slice.EMPTY,
              null,
              direction,
              passed::add);
      for (user.rewind(); user.isValid(); ) {
        user.next();
      }
      user.close();
      user.close();
      assertThat(passed).as("up to epoch %d", epoch).containsExactly((long) entries.size());
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void foldsOperandsOntoTheBaseBelowThem(Direction direction) throws IOException {
    List<Entry> entries =
        sorted(
            entry("a", 1, ValueKind.MERGE, "1"),
            entry("a", 2, ValueKind.MERGE, "2"),
            entry("b", 1, ValueKind.PUT, "1"),
            entry("b", 2, ValueKind.MERGE, "2"),
            entry("c", 1, ValueKind.PUT, "1"),
            entry("c", 2, ValueKind.TOMBSTONE, ""),
            entry("c", 3, ValueKind.MERGE, "3"),
            entry("d", 1, ValueKind.MERGE, "1"),
            entry("d", 2, ValueKind.PUT, ""));
    List<String> expected = new ArrayList<>(List.of("a=12", "b=12", "c=3", "d="));
    if (direction == Direction.BACKWARD) {
      Collections.reverse(expected);
    }
    assertThat(seen(entries, 9, direction)).isEqualTo(expected);
  }

  @RepeatedTest(100)
  void answersLikeASortedMap(RepetitionInfo run) throws IOException {
    SplittableRandom random = new SplittableRandom(seed + run.getCurrentRepetition());
    TreeSet<Entry> all = new TreeSet<>();
    int count = random.nextInt(300);
    while (all.size() < count) {
      ValueKind kind = KINDS[random.nextInt(KINDS.length)];
      String value = kind == ValueKind.TOMBSTONE ? "" : Integer.toString(random.nextInt(1000));
      all.add(entry(randomKey(random), 1 + random.nextInt(20), kind, value));
    }
    List<Entry> entries = List.copyOf(all);
    for (int round = 0; round < 20; round++) {
      long readEpoch = random.nextInt(22);
      Slice lower = key(randomKey(random));
      Slice bound = key(randomKey(random));
      Slice upper = random.nextInt(4) == 0 ? null : bound;
      NavigableMap<Slice, Slice> expected = visible(entries, readEpoch, lower, upper);
      Direction direction = random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
      NavigableMap<Slice, Slice> ordered =
          direction == Direction.FORWARD ? expected : expected.descendingMap();
      try (UserIterator user =
          new UserIterator(
              new EntryListIterator(entries, direction), readEpoch, lower, upper, direction)) {
        user.rewind();
        assertMeets(user, ordered);
        for (int i = 0; i < 5; i++) {
          Slice target = key(randomKey(random));
          user.seek(target);
          assertMeets(user, ordered.tailMap(target, true));
        }
      }
    }
  }

  private static NavigableMap<Slice, Slice> visible(
      List<Entry> entries, long readEpoch, Slice lower, @Nullable Slice upper) {
    NavigableMap<Slice, Slice> values = new TreeMap<>();
    for (int i = entries.size() - 1; i >= 0; i--) {
      // From the oldest version of a key to its newest.
      Entry entry = entries.get(i);
      boolean inBounds =
          entry.key().compareTo(lower) >= 0 && (upper == null || entry.key().compareTo(upper) < 0);
      if (inBounds && entry.epoch() <= readEpoch) {
        switch (entry.kind()) {
          case PUT -> values.put(entry.key(), entry.value());
          case TOMBSTONE -> values.remove(entry.key());
          case MERGE -> values.merge(entry.key(), entry.value(), UserIteratorTest::concatenated);
        }
      }
    }
    return values;
  }

  private static Slice concatenated(Slice first, Slice second) {
    return Slice.of(new SliceBuilder().write(first).write(second).toByteArray());
  }

  private static void assertMeets(UserIterator user, NavigableMap<Slice, Slice> expected)
      throws IOException {
    for (var entry : expected.entrySet()) {
      assertThat(user.isValid()).isTrue();
      assertThat(user.key()).isEqualTo(entry.getKey());
      assertThat(user.value()).isEqualTo(entry.getValue());
      assertThat(user.scanPrefixLength()).isEqualTo(KeySpace.LENGTH);
      user.next();
    }
    assertThat(user.isValid()).isFalse();
  }

  @Test
  void isNotValidAfterItsSourceHasFailedAndCanBeginAgain() throws IOException {
    List<Entry> entries =
        sorted(entry("a", 1, ValueKind.PUT, "1"), entry("b", 1, ValueKind.MERGE, "2"));
    for (Direction direction : Direction.values()) {
      for (int call = 1; call <= 3; call++) {
        EntryListIterator source = new EntryListIterator(entries, direction).failAt(call);
        try (UserIterator user = new UserIterator(source, 1, key(""), null, direction)) {
          assertThatThrownBy(() -> keysAndValues(user)).isInstanceOf(IOException.class);
          assertThat(user.isValid()).isFalse();
          assertThat(keysAndValues(user)).hasSize(2);
        }
        assertThat(source.isClosed()).isTrue();
      }
    }
  }

  private static List<String> seen(List<Entry> entries, long epoch, Direction direction)
      throws IOException {
    EntryListIterator source = new EntryListIterator(entries, direction);
    try (UserIterator user = new UserIterator(source, epoch, key(""), null, direction)) {
      return keysAndValues(user);
    }
  }

  private static List<String> keysAndValues(UserIterator user) throws IOException {
    List<String> seen = new ArrayList<>();
    for (user.rewind(); user.isValid(); user.next()) {
      seen.add(text(user.key().from(KeySpace.LENGTH)) + "=" + text(user.value()));
    }
    return seen;
  }

  private static String text(Slice bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }

  private static String randomKey(SplittableRandom random) {
    return "abcdefgh".substring(random.nextInt(4), 4 + random.nextInt(5));
  }

  private static Slice key(String userKey) {
    return new KeySpace(1, 1).key(Slice.utf8(userKey));
  }

  private static Entry entry(String key, long epoch, ValueKind kind, String value) {
    return new Entry(key(key), epoch, KeySpace.LENGTH, kind, Slice.utf8(value));
  }

  private static List<Entry> sorted(Entry... entries) {
    return List.copyOf(new TreeSet<>(List.of(entries)));
  }
}
