package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.ScanPrefixIterator;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A sorted map that says what a store should answer, and the random keys to ask for. */
final class StoreModel {
  static final int PARTITIONS = 8;
  private static final int IDS = 3;

  private final NavigableMap<Slice, Slice> entries;
  private final ValueLookup lookup = new ValueLookup();

  StoreModel() {
    this(new TreeMap<>());
  }

  boolean hasValue(Slice key) {
    return entries.containsKey(key);
  }

  private StoreModel(NavigableMap<Slice, Slice> entries) {
    this.entries = entries;
  }

  StoreModel copy() {
    return new StoreModel(new TreeMap<>(entries));
  }

  /** What of it lies in some partitions. */
  StoreModel clipped(PartitionRange clip) {
    StoreModel clipped = copy();
    clipped.entries.keySet().removeIf(key -> !clip.contains(key));
    return clipped;
  }

  void addAll(StoreModel other) {
    entries.putAll(other.entries);
  }

  /** A key within the partitions. */
  static Slice randomKey(SplittableRandom random, PartitionRange clip) {
    int partition = random.nextInt(clip.first(), Math.min(clip.last(), PARTITIONS - 1) + 1);
    int length = random.nextInt(100) == 0 ? random.nextInt(300) : random.nextInt(5);
    byte[] userKey = new byte[length];
    for (int i = 0; i < length; i++) {
      // The least and the greatest byte make keys that are prefixes or successors of each other.
      userKey[i] = (byte) (random.nextInt(4) == 0 ? -random.nextInt(2) : random.nextInt(97, 102));
    }
    long id = random.nextInt(20) == 0 ? -1 : random.nextInt(IDS);
    return new KeySpace(partition, id).key(Slice.of(userKey));
  }

  /** The scan prefix that a key is always written with. */
  static int scanPrefixLength(Slice key) {
    int userLength = key.length() - KeySpace.LENGTH;
    int wanted = userLength == 0 ? 0 : key.get(key.length() - 1) % 3 + 1;
    return KeySpace.LENGTH + Math.max(0, Math.min(userLength, wanted));
  }

  /** Whether a key is always written as an element, and never looked up. */
  static boolean isElement(Slice key) {
    return KeySpace.partition(key) % 3 == 1 && scanPrefixLength(key) < key.length();
  }

  static Slice randomValue(SplittableRandom random) {
    int length =
        switch (random.nextInt(20)) {
          case 0 -> 0;
          case 1 -> random.nextInt(800);
          default -> random.nextInt(40);
        };
    byte[] value = new byte[length];
    byte fill = (byte) random.nextInt(4);
    for (int i = 0; i < length; i++) {
      value[i] = i % 7 == 0 ? (byte) random.nextInt() : fill;
    }
    return Slice.of(value);
  }

  void put(Slice key, Slice value) {
    entries.put(key, value);
  }

  void delete(Slice key) {
    entries.remove(key);
  }

  void append(Slice key, Slice operand) {
    entries.merge(
        key,
        operand,
        (old, added) -> Slice.of(new SliceBuilder().write(old).write(added).toByteArray()));
  }

  /** Keys that exist are asked for as often as others. */
  Slice randomKeyToRead(SplittableRandom random, PartitionRange clip) {
    Slice key = randomKey(random, clip);
    Slice found = random.nextBoolean() ? entries.ceilingKey(key) : null;
    return found == null ? key : found;
  }

  /** A store, or a snapshot of one. */
  interface Reader {
    boolean get(Slice key, ValueLookup lookup) throws IOException;

    UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction) throws IOException;
  }

  Set<Slice> keys() {
    return entries.keySet();
  }

  void checkValue(Slice key, Slice found) {
    if (!Objects.equals(found, entries.get(key))) {
      throw new AssertionError(key + ": expected " + entries.get(key) + ", found " + found);
    }
  }

  void checkGet(Reader reader, Slice key) throws IOException {
    if (isElement(key)) {
      return;
    }
    boolean found = reader.get(key, lookup);
    Slice expected = entries.get(key);
    Slice value = lookup.valueOrNull();
    if (found != (expected != null) || !Objects.equals(value, expected)) {
      throw new AssertionError("key " + key + ": expected " + expected + ", found " + value);
    }
  }

  void checkScan(
      Reader reader, Slice lower, @Nullable Slice upper, Direction direction, @Nullable Slice seek)
      throws IOException {
    try (UserIterator iterator = reader.scan(lower, upper, direction)) {
      checkIterator(
          upper == null ? entries.tailMap(lower) : entries.subMap(lower, upper),
          iterator,
          direction,
          seek);
    }
  }

  void checkScanPrefix(HummockStore store, Slice prefix, Direction direction, @Nullable Slice seek)
      throws IOException {
    Slice end = ScanPrefixIterator.endOf(prefix);
    NavigableMap<Slice, Slice> expected =
        new TreeMap<>(end == null ? entries.tailMap(prefix) : entries.subMap(prefix, end));
    expected
        .keySet()
        .removeIf(
            key -> key.length() == prefix.length() || scanPrefixLength(key) != prefix.length());
    try (UserIterator iterator = store.scanPrefix(prefix, direction)) {
      checkIterator(expected, iterator, direction, seek);
    }
  }

  private static void checkIterator(
      java.util.SortedMap<Slice, Slice> range,
      UserIterator iterator,
      Direction direction,
      @Nullable Slice seek)
      throws IOException {
    NavigableMap<Slice, Slice> expected = (NavigableMap<Slice, Slice>) range;
    if (direction == Direction.BACKWARD) {
      expected = expected.descendingMap();
    }
    List<Map.Entry<Slice, Slice>> left = new ArrayList<>();
    for (Map.Entry<Slice, Slice> entry : expected.entrySet()) {
      if (seek == null || direction.order(entry.getKey().compareTo(seek)) >= 0) {
        left.add(entry);
      }
    }
    if (seek == null) {
      iterator.rewind();
    } else {
      iterator.seek(seek);
    }
    for (Map.Entry<Slice, Slice> entry : left) {
      assertThat(iterator.isValid()).as("at %s", entry.getKey()).isTrue();
      if (!iterator.key().equals(entry.getKey())
          || !iterator.value().equals(entry.getValue())
          || iterator.scanPrefixLength() != scanPrefixLength(entry.getKey())) {
        throw new AssertionError(
            "expected %s = %s, found %s = %s"
                .formatted(entry.getKey(), entry.getValue(), iterator.key(), iterator.value()));
      }
      iterator.next();
    }
    assertThat(iterator.isValid()).as("after the last key").isFalse();
  }

  /** Compares everything. */
  void checkAll(Reader reader) throws IOException {
    for (Direction direction : Direction.values()) {
      checkScan(reader, Slice.EMPTY, null, direction, null);
    }
  }
}
