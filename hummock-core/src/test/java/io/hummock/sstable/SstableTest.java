package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.MirroredObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.testing.Entry;
import io.hummock.testing.ManualClock;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of random shape answer as the sorted entries that they were written from. */
class SstableTest {
  private static final long SEED = Seeds.base();
  private static final ValueKind[] KINDS = ValueKind.values();

  @RepeatedTest(40)
  void answersLikeTheSortedEntries(RepetitionInfo run) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED + run.getCurrentRepetition());
    SstableOptions options = randomOptions(random);
    List<Entry> entries = randomEntries(random, 1 + random.nextInt(1500));
    long cacheBytes = random.nextInt(5) == 0 ? 0 : 1L << random.nextInt(10, 24);
    TestTables tables = new TestTables(cacheBytes);
    SstableInfo info = tables.write(options, entries);
    assertDescribes(info, entries);
    try (Sstable table = tables.open(info)) {
      assertGets(table, entries, random);
      assertPrefixes(table, entries, options.bloomBitsPerKey() > 0);
      for (Direction direction : Direction.values()) {
        assertScans(table, entries, direction, PartitionRange.ALL, random);
        for (int i = 0; i < 6; i++) {
          assertScans(table, entries, direction, randomClip(random), random);
        }
      }
      PartitionRange clip = randomClip(random);
      try (HummockIterator iterator = table.compactionIterator(clip)) {
        iterator.rewind();
        assertMeetsRest(iterator, clipped(entries, clip, Direction.FORWARD), 0);
      }
    }
    assertThat(tables.pages.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tableThatIsReadAgainAndAgainIsCopiedNearby(boolean byScans) throws IOException {
    InMemoryObjectStore remote = new InMemoryObjectStore();
    InMemoryObjectStore mirror = new InMemoryObjectStore();
    ObjectStore mirrored =
        new MirroredObjectStore(
            remote, mirror, 1 << 20, Runnable::run, new ManualClock(), HummockMetrics.NONE);
    List<Entry> entries = randomEntries(new SplittableRandom(SEED), 1000);
    SstableInfo info =
        new TestTables(remote, 0, HummockMetrics.NONE)
            .write(new SstableOptions(256, 4, 10, false), entries);
    try (Sstable table = new TestTables(mirrored, 0, HummockMetrics.NONE).open(info)) {
      ValueLookup lookup = new ValueLookup();
      Slice key = entries.get(0).key();
      if (byScans) {
        for (int scan = 0; scan < 16 && mirror.list("").isEmpty(); scan++) {
          try (HummockIterator iterator = table.iterator(Direction.FORWARD, PartitionRange.ALL)) {
            for (iterator.rewind(); iterator.isValid(); iterator.next()) {}
          }
        }
      } else {
        for (int get = 0; get < 16; get++) {
          assertThat(mirror.list("")).isEmpty();
          lookup.reset();
          table.get(key, Hash.hash64(key), lookup);
        }
      }
      assertThat(mirror.list(""))
          .containsExactly(TestTables.dataPath(info), TestTables.metaPath(info));
      remote.delete(remote.list(""));
      lookup.reset();
      table.get(key, Hash.hash64(key), lookup);
    }
  }

  @Test
  void tableThatIsCompactedIsNotCopiedNearby() throws IOException {
    InMemoryObjectStore remote = new InMemoryObjectStore();
    InMemoryObjectStore mirror = new InMemoryObjectStore();
    ObjectStore mirrored =
        new MirroredObjectStore(
            remote, mirror, 1 << 20, Runnable::run, new ManualClock(), HummockMetrics.NONE);
    SstableInfo info =
        new TestTables(remote, 0, HummockMetrics.NONE)
            .write(
                new SstableOptions(256, 4, 10, false),
                randomEntries(new SplittableRandom(SEED), 1000));
    try (Sstable table = new TestTables(mirrored, 0, HummockMetrics.NONE).open(info)) {
      for (int scan = 0; scan < 100; scan++) {
        try (HummockIterator iterator = table.compactionIterator(PartitionRange.ALL)) {
          for (iterator.rewind(); iterator.isValid(); iterator.next()) {}
        }
      }
    }
    assertThat(mirror.list("")).isEmpty();
  }

  private static void assertDescribes(SstableInfo info, List<Entry> entries) {
    assertThat(info.entryCount()).isEqualTo(entries.size());
    assertThat(info.smallestKey()).isEqualTo(entries.get(0).key());
    assertThat(info.largestKey()).isEqualTo(entries.get(entries.size() - 1).key());
    assertThat(info.smallestEpoch())
        .isEqualTo(entries.stream().mapToLong(Entry::epoch).min().orElseThrow());
    assertThat(info.largestEpoch())
        .isEqualTo(entries.stream().mapToLong(Entry::epoch).max().orElseThrow());
    assertThat(info.tombstoneCount())
        .isEqualTo(entries.stream().filter(e -> e.kind() == ValueKind.TOMBSTONE).count());
    assertThat(info.mergeCount())
        .isEqualTo(entries.stream().filter(e -> e.kind() == ValueKind.MERGE).count());
  }

  private static void assertGets(Sstable table, List<Entry> entries, SplittableRandom random)
      throws IOException {
    Set<Slice> keys = new HashSet<>();
    for (Entry entry : entries) {
      keys.add(entry.key());
      Slice key = entry.key();
      keys.add(key.slice(0, key.length() - 1));
      byte[] longer = new byte[key.length() + 1];
      System.arraycopy(key.array(), key.offset(), longer, 0, key.length());
      longer[key.length()] = (byte) random.nextInt(-1, 1);
      keys.add(Slice.of(longer));
      keys.add(randomKey(random));
    }
    ValueLookup lookup = new ValueLookup();
    ValueLookup expected = new ValueLookup();
    int at = 0;
    List<Slice> sorted = keys.stream().sorted().toList();
    for (Slice key : sorted) {
      lookup.reset();
      expected.reset();
      table.get(key, Hash.hash64(key), lookup);
      while (at < entries.size() && entries.get(at).key().compareTo(key) < 0) {
        at++;
      }
      for (int i = at; i < entries.size() && entries.get(i).key().equals(key); i++) {
        Slice value = entries.get(i).value();
        if (!expected.isComplete()) {
          expected.add(entries.get(i).kind(), value.array(), value.offset(), value.length());
        }
      }
      assertThat(lookup.valueOrNull()).as("value of %s", key).isEqualTo(expected.valueOrNull());
      assertThat(lookup.isComplete()).isEqualTo(expected.isComplete());
    }
  }

  private static void assertPrefixes(Sstable table, List<Entry> entries, boolean filtered)
      throws IOException {
    for (Entry entry : entries) {
      Slice prefix = entry.key().slice(0, entry.scanPrefixLength());
      assertThat(table.mayContainPrefix(prefix, Hash.hash64(prefix))).isTrue();
    }
    Slice beyond = new KeySpace(KeySpace.MAX_PARTITION, -1).encode();
    assertThat(table.mayContainPrefix(beyond, Hash.hash64(beyond))).isFalse();
    if (filtered) {
      int positives = 0;
      for (int i = 0; i < 1000; i++) {
        Slice absent = new KeySpace(0, 99).key(Slice.utf8("absent " + i));
        positives += table.mayContainPrefix(absent, Hash.hash64(absent)) ? 1 : 0;
      }
      assertThat(positives).isLessThan(900);
    }
  }

  private static void assertScans(
      Sstable table,
      List<Entry> entries,
      Direction direction,
      PartitionRange clip,
      SplittableRandom random)
      throws IOException {
    List<Entry> expected = clipped(entries, clip, direction);
    try (HummockIterator iterator = table.iterator(direction, clip)) {
      iterator.rewind();
      assertMeetsRest(iterator, expected, 0);
      for (int i = 0; i < 30; i++) {
        Entry near = entries.get(random.nextInt(entries.size()));
        Slice key = random.nextBoolean() ? near.key() : randomKey(random);
        FullKey target = new FullKey(key, Math.max(0, near.epoch() + random.nextInt(-1, 2)));
        iterator.seek(target);
        int from = 0;
        while (from < expected.size()
            && direction.order(expected.get(from).fullKey().compareTo(target)) < 0) {
          from++;
        }
        assertMeetsRest(iterator, expected.subList(from, Math.min(from + 50, expected.size())), 50);
      }
    }
  }

  private static List<Entry> clipped(
      List<Entry> entries, PartitionRange clip, Direction direction) {
    List<Entry> within =
        new ArrayList<>(entries.stream().filter(entry -> clip.contains(entry.key())).toList());
    if (direction == Direction.BACKWARD) {
      Collections.reverse(within);
    }
    return within;
  }

  /** Meets these entries, and no other behind them if there are fewer than {@code most}. */
  private static void assertMeetsRest(HummockIterator iterator, List<Entry> expected, int most)
      throws IOException {
    for (Entry entry : expected) {
      assertThat(iterator.isValid()).as("valid at %s", entry).isTrue();
      assertThat(
              new Entry(
                  iterator.key(),
                  iterator.epoch(),
                  iterator.scanPrefixLength(),
                  iterator.kind(),
                  iterator.value()))
          .isEqualTo(entry);
      iterator.next();
    }
    if (expected.size() < most || most == 0) {
      assertThat(iterator.isValid()).isFalse();
    }
  }

  private static SstableOptions randomOptions(SplittableRandom random) {
    return new SstableOptions(
        256 << random.nextInt(9), 1 + random.nextInt(32), random.nextInt(25), random.nextBoolean());
  }

  private static PartitionRange randomClip(SplittableRandom random) {
    int first = random.nextInt(14);
    return new PartitionRange(first, random.nextInt(first, 15));
  }

  private static List<Entry> randomEntries(SplittableRandom random, int count) {
    TreeSet<Entry> sorted = new TreeSet<>();
    Slice key = randomKey(random);
    int versions = 1 + random.nextInt(5);
    int largest = random.nextInt(4) == 0 ? 20_000 : 100;
    while (sorted.size() < count) {
      key = random.nextInt(versions) > 0 ? key : randomKey(random);
      ValueKind kind = KINDS[random.nextInt(KINDS.length)];
      byte[] value = new byte[kind == ValueKind.TOMBSTONE ? 0 : random.nextInt(largest)];
      if (random.nextBoolean()) {
        random.nextBytes(value);
      }
      int prefix = KeySpace.LENGTH + Math.floorMod(key.hashCode(), key.length() - 9);
      sorted.add(new Entry(key, random.nextLong(1, 200), prefix, kind, Slice.of(value)));
    }
    // A key of which there are more versions than a block holds.
    Slice hot = key;
    int prefix = KeySpace.LENGTH + Math.floorMod(hot.hashCode(), hot.length() - 9);
    for (int i = random.nextInt(300); i > 0; i--) {
      sorted.add(new Entry(hot, 300 + i, prefix, ValueKind.MERGE, Slice.utf8("operand " + i)));
    }
    return List.copyOf(sorted);
  }

  private static Slice randomKey(SplittableRandom random) {
    KeySpace space = new KeySpace(random.nextInt(6) * 2 + 1, random.nextInt(2));
    byte[] userKey = new byte[random.nextInt(random.nextInt(50) == 0 ? 1000 : 20)];
    for (int i = 0; i < userKey.length; i++) {
      userKey[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : -random.nextInt(2));
    }
    return space.key(Slice.of(userKey));
  }
}
