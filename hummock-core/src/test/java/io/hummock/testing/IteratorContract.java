package io.hummock.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link HummockIterator} promises, tried on one kind of iterator in both directions. */
public abstract class IteratorContract {
  /** What the kind of iterator can have in it. */
  protected enum Content {
    /** Several versions of a key, of every kind. */
    VERSIONS,
    /** One version of each key, of every kind, all of epoch {@link #EPOCH}. */
    ONE_EPOCH,
    /** One put of each key, all of epoch {@link #EPOCH}. */
    VALUES
  }

  /** The only epoch of those that have one only. */
  protected static final long EPOCH = 50;

  private static final ValueKind[] KINDS = ValueKind.values();

  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  /**
   * A new iterator over exactly these entries.
   *
   * @param entries ascending by full key; within {@link #content}
   */
  protected abstract HummockIterator open(List<Entry> entries, Direction direction)
      throws IOException;

  protected Content content() {
    return Content.VERSIONS;
  }

  /** Whether there can be one over no entries at all. */
  protected boolean canBeEmpty() {
    return true;
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void hasNoPositionWhenNew(Direction direction) throws IOException {
    try (HummockIterator iterator = open(entries(5), direction)) {
      assertThat(iterator.isValid()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void overNothingIsNeverValid(Direction direction) throws IOException {
    if (!canBeEmpty()) {
      return;
    }
    try (HummockIterator iterator = open(List.of(), direction)) {
      iterator.rewind();
      assertThat(iterator.isValid()).isFalse();
      iterator.seek(FullKey.first(new KeySpace(1, 1).encode()));
      assertThat(iterator.isValid()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void meetsEveryEntryInOrder(Direction direction) throws IOException {
    for (int count : new int[] {1, 2, 3, 7, 64, 1000, 5000}) {
      List<Entry> entries = entries(count);
      try (HummockIterator iterator = open(entries, direction)) {
        iterator.rewind();
        assertMeetsRest(iterator, inOrder(entries, direction), 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void rewindStartsAgainFromAnywhere(Direction direction) throws IOException {
    List<Entry> entries = entries(300);
    List<Entry> expected = inOrder(entries, direction);
    try (HummockIterator iterator = open(entries, direction)) {
      for (int steps : new int[] {0, 1, 150, 300}) {
        iterator.rewind();
        for (int i = 0; i < steps; i++) {
          iterator.next();
        }
        assertThat(iterator.isValid()).isEqualTo(steps < 300);
      }
      iterator.rewind();
      assertMeetsRest(iterator, expected, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void seekFindsTheFirstEntryAtOrPastTheTarget(Direction direction) throws IOException {
    for (int count : new int[] {1, 2, 40, 900}) {
      List<Entry> entries = entries(count);
      List<Entry> expected = inOrder(entries, direction);
      try (HummockIterator iterator = open(entries, direction)) {
        for (FullKey target : targets(entries)) {
          iterator.seek(target);
          assertMeets(iterator, expected, firstAtOrPast(expected, target, direction), target);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void afterASeekTheRestFollowsInOrder(Direction direction) throws IOException {
    List<Entry> entries = entries(500);
    List<Entry> expected = inOrder(entries, direction);
    List<FullKey> targets = targets(entries);
    try (HummockIterator iterator = open(entries, direction)) {
      for (int i = 0; i < 40; i++) {
        FullKey target = targets.get(random.nextInt(targets.size()));
        iterator.seek(target);
        assertMeetsRest(iterator, expected, firstAtOrPast(expected, target, direction));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void seekPastTheLastEntryIsNotValidAndCanBeUndone(Direction direction) throws IOException {
    List<Entry> entries = entries(100);
    List<Entry> expected = inOrder(entries, direction);
    Entry last = expected.get(expected.size() - 1);
    FullKey past =
        direction == Direction.FORWARD
            ? FullKey.last(extended(last.key(), 0))
            : FullKey.first(last.key());
    FullKey before =
        direction == Direction.FORWARD
            ? FullKey.first(new KeySpace(0, 0).encode())
            : FullKey.last(new KeySpace(KeySpace.MAX_PARTITION, -1).encode());
    try (HummockIterator iterator = open(entries, direction)) {
      for (int i = 0; i < 3; i++) {
        iterator.seek(past);
        assertThat(iterator.isValid()).isFalse();
        iterator.seek(before);
        assertMeets(iterator, expected, 0, before);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void answersLikeAListOnRandomMoves(Direction direction) throws IOException {
    List<Entry> entries = entries(700);
    List<Entry> expected = inOrder(entries, direction);
    List<FullKey> targets = targets(entries);
    int at = expected.size();
    try (HummockIterator iterator = open(entries, direction)) {
      for (int i = 0; i < 5000; i++) {
        if (i == 0 || random.nextInt(100) == 0) {
          iterator.rewind();
          at = 0;
        } else if (at == expected.size() || random.nextInt(10) == 0) {
          FullKey target = targets.get(random.nextInt(targets.size()));
          iterator.seek(target);
          at = firstAtOrPast(expected, target, direction);
        } else if (random.nextInt(3) == 0) {
          iterator.nextKey();
          at = behindKey(expected, at);
        } else {
          iterator.next();
          at++;
        }
        assertMeets(iterator, expected, at, "move " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void nextKeyPassesAllVersionsOfAKey(Direction direction) throws IOException {
    for (int count : new int[] {1, 2, 3, 40, 1000, 5000}) {
      List<Entry> entries = entries(count);
      List<Entry> expected = inOrder(entries, direction);
      try (HummockIterator iterator = open(entries, direction)) {
        iterator.rewind();
        for (int at = 0; at < count; ) {
          assertMeets(iterator, expected, at, "position " + at);
          int behind = behindKey(expected, at);
          assertThat(iterator.nextKey()).isEqualTo(behind - at);
          at = behind;
        }
        assertThat(iterator.isValid()).isFalse();
      }
    }
  }

  private static int behindKey(List<Entry> expected, int from) {
    int at = from;
    while (at < expected.size() && expected.get(at).key().equals(expected.get(from).key())) {
      at++;
    }
    return at;
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void slicesLastUntilTheNextMove(Direction direction) throws IOException {
    List<Entry> entries = entries(50);
    List<Entry> expected = inOrder(entries, direction);
    try (HummockIterator iterator = open(entries, direction)) {
      iterator.rewind();
      for (Entry entry : expected) {
        Slice value = iterator.value();
        Slice key = iterator.key();
        assertThat(iterator.isValid()).isTrue();
        assertThat(iterator.kind()).isEqualTo(entry.kind());
        assertThat(iterator.scanPrefixLength()).isEqualTo(entry.scanPrefixLength());
        assertThat(iterator.fullKey()).isEqualTo(entry.fullKey());
        assertThat(iterator.value()).isEqualTo(entry.value());
        assertThat(iterator.key()).isEqualTo(entry.key());
        assertThat(value).isEqualTo(entry.value());
        assertThat(key).isEqualTo(entry.key());
        iterator.next();
      }
      assertThat(iterator.isValid()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void fullKeysAreCopiesThatOutliveTheIterator(Direction direction) throws IOException {
    List<Entry> entries = entries(200);
    List<FullKey> met = new ArrayList<>();
    try (HummockIterator iterator = open(entries, direction)) {
      for (iterator.rewind(); iterator.isValid(); iterator.next()) {
        met.add(iterator.fullKey());
      }
    }
    assertThat(met).isEqualTo(inOrder(entries, direction).stream().map(Entry::fullKey).toList());
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void holdsTheLargestKeysAndLargeAndEmptyValues(Direction direction) throws IOException {
    TreeSet<Entry> sorted = new TreeSet<>();
    for (int i = 0; i < 6; i++) {
      byte[] userKey = new byte[FullKey.MAX_USER_KEY_LENGTH - i % 2];
      userKey[userKey.length - 1 - i] = 1;
      Slice key = new KeySpace(3, 5).key(Slice.of(userKey));
      byte[] value = new byte[i % 2 == 0 ? 0 : 300_000 + i];
      Arrays.fill(value, (byte) i);
      sorted.add(new Entry(key, EPOCH, key.length(), ValueKind.PUT, Slice.of(value)));
    }
    Slice bare = new KeySpace(3, 5).encode();
    sorted.add(new Entry(bare, EPOCH, bare.length(), ValueKind.PUT, Slice.EMPTY));
    List<Entry> entries = List.copyOf(sorted);
    List<Entry> expected = inOrder(entries, direction);
    try (HummockIterator iterator = open(entries, direction)) {
      iterator.rewind();
      assertMeetsRest(iterator, expected, 0);
      for (FullKey target : targets(entries)) {
        iterator.seek(target);
        assertMeetsRest(iterator, expected, firstAtOrPast(expected, target, direction));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void canBeClosedTwiceAndWithoutBeingUsed(Direction direction) throws IOException {
    HummockIterator unused = open(entries(10), direction);
    unused.close();
    unused.close();
    HummockIterator used = open(entries(10), direction);
    used.rewind();
    used.close();
    used.close();
  }

  /** Random entries within {@link #content}: keys with much and with little in common. */
  protected final List<Entry> entries(int count) {
    TreeSet<Entry> sorted = new TreeSet<>();
    Slice key = randomKey();
    while (sorted.size() < count) {
      boolean anotherVersion = content() == Content.VERSIONS && random.nextInt(3) == 0;
      key = anotherVersion ? key : randomKey();
      long epoch = content() == Content.VERSIONS ? 1 + random.nextInt(100) : EPOCH;
      ValueKind kind =
          content() == Content.VALUES ? ValueKind.PUT : KINDS[random.nextInt(KINDS.length)];
      byte[] value = new byte[kind == ValueKind.TOMBSTONE ? 0 : randomValueLength()];
      random.nextBytes(value);
      // The scan prefix belongs to the key: all its versions have the same.
      int prefix = KeySpace.LENGTH + Math.floorMod(key.hashCode(), key.length() - 9);
      sorted.add(new Entry(key, epoch, prefix, kind, Slice.of(value)));
    }
    return List.copyOf(sorted);
  }

  private Slice randomKey() {
    KeySpace space = new KeySpace(random.nextInt(3) * 0x7F00, random.nextInt(2) == 0 ? 7 : -7);
    byte[] userKey = new byte[random.nextInt(random.nextInt(20) == 0 ? 200 : 12)];
    for (int i = 0; i < userKey.length; i++) {
      userKey[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : -random.nextInt(2));
    }
    return space.key(Slice.of(userKey));
  }

  private int randomValueLength() {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> random.nextInt(2000);
      default -> random.nextInt(40);
    };
  }

  /** Each entry's full key, its closest neighbours, and the ends. */
  private List<FullKey> targets(List<Entry> entries) {
    List<FullKey> targets = new ArrayList<>();
    targets.add(FullKey.first(new KeySpace(0, 0).encode()));
    targets.add(FullKey.last(new KeySpace(KeySpace.MAX_PARTITION, -1).encode()));
    for (Entry entry : entries) {
      Slice key = entry.key();
      targets.add(entry.fullKey());
      targets.add(new FullKey(key, entry.epoch() + 1));
      targets.add(new FullKey(key, entry.epoch() - 1));
      targets.add(FullKey.first(key));
      targets.add(FullKey.last(key));
      targets.add(FullKey.first(extended(key, 0)));
      targets.add(FullKey.last(extended(key, 0xFF)));
      targets.add(FullKey.first(key.slice(0, key.length() - 1)));
    }
    return targets;
  }

  private static Slice extended(Slice key, int last) {
    byte[] bytes = Arrays.copyOf(key.toByteArray(), key.length() + 1);
    bytes[key.length()] = (byte) last;
    return Slice.of(bytes);
  }

  private static List<Entry> inOrder(List<Entry> entries, Direction direction) {
    List<Entry> ordered = new ArrayList<>(entries);
    if (direction == Direction.BACKWARD) {
      Collections.reverse(ordered);
    }
    return ordered;
  }

  private static int firstAtOrPast(List<Entry> expected, FullKey target, Direction direction) {
    int found = 0;
    while (found < expected.size()
        && direction.order(expected.get(found).fullKey().compareTo(target)) < 0) {
      found++;
    }
    return found;
  }

  private static void assertMeetsRest(HummockIterator iterator, List<Entry> expected, int from)
      throws IOException {
    for (int i = from; i < expected.size(); i++) {
      assertMeets(iterator, expected, i, "position " + i);
      iterator.next();
    }
    assertThat(iterator.isValid()).isFalse();
  }

  private static void assertMeets(
      HummockIterator iterator, List<Entry> expected, int at, Object what) {
    if (at == expected.size()) {
      assertThat(iterator.isValid()).as("valid after %s", what).isFalse();
    } else {
      assertThat(iterator.isValid()).as("valid after %s", what).isTrue();
      Entry met =
          new Entry(
              iterator.key(),
              iterator.epoch(),
              iterator.scanPrefixLength(),
              iterator.kind(),
              iterator.value());
      assertThat(met).as("entry after %s", what).isEqualTo(expected.get(at));
    }
  }
}
