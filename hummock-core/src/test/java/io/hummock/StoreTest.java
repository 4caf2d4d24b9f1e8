package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import io.hummock.version.Manifest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoreTest {
  private final StoreFixture fixture = new StoreFixture();

  private static Slice key(String text) {
    return key(1, text);
  }

  private static Slice key(int partition, String text) {
    return new KeySpace(partition, 5).key(Slice.utf8(text));
  }

  private static void put(HummockStore store, String key, String value) throws IOException {
    store.put(key(key), key(key).length(), Slice.utf8(value));
  }

  private static void append(HummockStore store, String key, String operand) throws IOException {
    store.append(key(key), key(key).length(), Slice.utf8(operand));
  }

  private static @Nullable String get(HummockStore store, String key) throws IOException {
    return get(store, key(key));
  }

  private static @Nullable String get(HummockStore store, Slice key) throws IOException {
    ValueLookup lookup = new ValueLookup();
    return store.get(key, lookup) ? text(lookup.value()) : null;
  }

  private static String text(Slice bytes) {
    return new String(bytes.toByteArray(), java.nio.charset.StandardCharsets.UTF_8);
  }

  static RestoredCheckpoint handedOver(Checkpoint checkpoint) {
    Map<String, String> paths = new HashMap<>();
    for (CheckpointFile file : checkpoint.files()) {
      paths.put(file.name(), file.path());
      checkpoint.handOver(file);
    }
    return new RestoredCheckpoint(checkpoint.manifest(), paths);
  }

  // Compaction.

  @Test
  void smallFlushesDoNotRewriteALargeBaseEachTime() throws IOException {
    HummockOptions options =
        new HummockOptions(
            1 << 20, 2, 4 << 10, 256 << 10, 4, 12, 24, 8 << 20, 10, 7, 10, 7, 1 << 20, 0);
    try (HummockStore store = fixture.withPages(16 << 20).with(options).open()) {
      String value = "x".repeat(100);
      for (int i = 0; i < 20_000; i++) {
        put(store, "%06d".formatted(i), value);
      }
      store.compact();
      StoreStatistics before = store.statistics();
      long base = before.levels().get(before.levels().size() - 1).bytes();

      int flushes = 64;
      for (int flush = 0; flush < flushes; flush++) {
        for (int i = flush; i < 20_000; i += 500) {
          put(store, "%06d".formatted(i), "flush " + flush);
        }
        store.flush();
      }
      StoreStatistics after = store.statistics();
      long written = after.compactedBytesWritten() - before.compactedBytesWritten();
      assertThat(base).isGreaterThan(2 << 20);
      assertThat(written).as("bytes that compactions wrote").isLessThan(base * flushes / 16);
      assertThat(after.level0Depth()).isLessThan(options.level0Slowdown());
      for (int i = 0; i < 20_000; i++) {
        String expected = i % 500 < flushes ? "flush " + i % 500 : value;
        assertThat(get(store, "%06d".formatted(i))).isEqualTo(expected);
      }
    }
  }

  // Limits.

  @Test
  void aKeyBeyondTheLimitIsRefusedByName() throws IOException {
    try (HummockStore store = fixture.open()) {
      Slice longest = new KeySpace(1, 1).key(Slice.of(new byte[65_535]));
      store.put(longest, longest.length(), Slice.utf8("v"));
      assertThat(get(store, longest)).isEqualTo("v");
      store.flush();
      assertThat(get(store, longest)).isEqualTo("v");
      Slice tooLong = new KeySpace(1, 1).key(Slice.of(new byte[65_536]));
      assertThatThrownBy(() -> store.put(tooLong, tooLong.length(), Slice.EMPTY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65536")
          .hasMessageContaining("65535");
    }
  }

  // Elements.

  @Test
  void aNewElementThatIsRemovedAgainBeforeItsFlushLeavesNothing() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 100; i++) {
        store.addElement(key("" + i), 10, true);
        store.removeElement(key("" + i), 10);
      }
      store.flush();
      assertThat(store.statistics().entries()).isZero();
      put(store, "a", "1");
      for (int i = 0; i < 100; i++) {
        store.addElement(key("" + i), 10, true);
        store.removeElement(key("" + i), 10);
      }
      store.flush();
      assertThat(store.statistics().entries()).isEqualTo(1);
      assertThat(get(store, "a")).isEqualTo("1");
    }
  }

  @Test
  void whatWasAppendedToNothingAndReadLeavesNothingWhenItIsDeletedBeforeItsFlush()
      throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
          append(store, "" + i, "a");
          assertThat(get(store, "" + i)).isEqualTo("a");
          append(store, "" + i, "b");
          assertThat(get(store, "" + i)).isEqualTo("ab");
          store.delete(key("" + i), key("" + i).length());
          append(store, "" + i, "c");
          assertThat(get(store, "" + i)).isEqualTo("c");
          store.delete(key("" + i), key("" + i).length());
        }
        store.flush();
        assertThat(store.statistics().entries()).isZero();
      }
    }
  }

  @Test
  void whatWasAppendedToAnOlderValueAndReadLeavesATombstoneWhenItIsDeleted() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "put", "old");
      put(store, "empty", "");
      append(store, "appended", "old");
      put(store, "deleted", "old");
      store.flush();
      store.delete(key("deleted"), key("deleted").length());
      store.flush();
      for (String name : List.of("put", "empty", "appended", "deleted")) {
        append(store, name, "new");
        String old = name.equals("empty") || name.equals("deleted") ? "" : "old";
        assertThat(get(store, name)).isEqualTo(old + "new");
        store.delete(key(name), key(name).length());
      }
      store.flush();
      for (String name : List.of("put", "empty", "appended", "deleted")) {
        assertThat(get(store, name)).isNull();
      }
    }
  }

  @Test
  void aTombstoneThatHidesAnOlderElementStaysWhateverCameAfterIt() throws IOException {
    try (HummockStore store = fixture.open()) {
      store.addElement(key("a"), 10, true);
      store.flush();
      store.removeElement(key("a"), 10);
      assertThat(elements(store)).isEmpty();
      store.addElement(key("a"), 10, true);
      assertThat(elements(store)).containsExactly("a");
      store.removeElement(key("a"), 10);
      store.flush();
      assertThat(elements(store)).isEmpty();
      store.addElement(key("a"), 10, true);
      store.seal();
      store.removeElement(key("a"), 10);
      store.flush();
      assertThat(elements(store)).isEmpty();
    }
  }

  @Test
  void anElementHasASetThatItIsScannedBy() throws IOException {
    try (HummockStore store = fixture.open()) {
      assertThatThrownBy(() -> store.addElement(key("a"), 11, true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("scan prefix of 11 bytes");
    }
  }

  private static List<String> elements(HummockStore store) throws IOException {
    List<String> found = new ArrayList<>();
    try (UserIterator elements = store.scanPrefix(key("").slice(0, 10), Direction.FORWARD)) {
      for (elements.rewind(); elements.isValid(); elements.next()) {
        found.add(text(elements.key().from(10)));
      }
    }
    return found;
  }

  @Test
  void aValueBeyondTheLimitIsRefusedByName() throws IOException {
    try (HummockStore store = fixture.open()) {
      Slice tooLong = Slice.of(new byte[HummockStore.MAX_VALUE_LENGTH + 1]);
      assertThatThrownBy(() -> store.put(key("a"), 10, tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("268435457")
          .hasMessageContaining("268435456");
      assertThat(get(store, "a")).isNull();
    }
  }

  @Test
  void aScanPrefixLongerThanTheKeyIsRefused() throws IOException {
    try (HummockStore store = fixture.open()) {
      assertThatThrownBy(() -> store.put(key("a"), 12, Slice.EMPTY))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.put(key("a"), 9, Slice.EMPTY))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anEmptyValueIsAValue() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "", "");
      store.flush();
      assertThat(get(store, "")).isEmpty();
    }
  }

  // Batches.

  @Test
  void anUnsortedBatchIsRefusedAndNothingOfItIsKept() throws IOException {
    try (HummockStore store = fixture.open()) {
      WriteBatch unsorted =
          new WriteBatch()
              .put(key("b"), 11, Slice.utf8("1"))
              .put(key("c"), 11, Slice.utf8("2"))
              .put(key("a"), 11, Slice.utf8("3"));
      assertThatThrownBy(() -> store.ingestBatch(unsorted, store.epoch()))
          .isInstanceOf(IllegalArgumentException.class);
      WriteBatch twice = new WriteBatch().put(key("b"), 11, Slice.EMPTY).delete(key("b"), 11);
      assertThatThrownBy(() -> store.ingestBatch(twice, store.epoch()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(get(store, "b")).isNull();
      assertThat(get(store, "c")).isNull();
    }
  }

  @Test
  void aBatchOfAHigherEpochSealsTheRunningOne() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "a", "1");
      WriteBatch batch = new WriteBatch().append(key("a"), 11, Slice.utf8("2"));
      store.ingestBatch(batch, 10);
      assertThat(store.epoch()).isEqualTo(10);
      assertThat(get(store, "a")).isEqualTo("12");
      assertThatThrownBy(() -> store.ingestBatch(batch, 9))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(store.seal()).isEqualTo(10);
    }
  }

  // Epochs and restore.

  @Test
  void aRestoredTreeGoesOnAboveEveryEpochOfItsManifests() throws IOException {
    List<RestoredCheckpoint> checkpoints = new ArrayList<>();
    for (int partition = 0; partition < 2; partition++) {
      try (HummockStore store = fixture.open()) {
        for (int i = 0; i <= partition * 5; i++) {
          store.seal();
        }
        store.put(key(partition, "a"), 11, Slice.utf8("v" + partition));
        checkpoints.add(handedOver(store.checkpoint(1, Sharing.FORWARD_BACKWARD).complete()));
      }
    }
    try (HummockStore store = fixture.restore(checkpoints, PartitionRange.ALL)) {
      assertThat(store.epoch()).isEqualTo(8);
      assertThat(get(store, key(0, "a"))).isEqualTo("v0");
      assertThat(get(store, key(1, "a"))).isEqualTo("v1");
    }
  }

  @Test
  void openingFromAManifestReadsNoObject() throws IOException {
    RestoredCheckpoint checkpoint;
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 1000; i++) {
        put(store, "key" + i, "value" + i);
      }
      checkpoint = handedOver(store.checkpoint(1, Sharing.FORWARD_BACKWARD).complete());
    }
    long before = fixture.objects().calls();
    try (HummockStore store = fixture.restore(List.of(checkpoint), PartitionRange.ALL)) {
      assertThat(fixture.objects().calls()).isEqualTo(before);
      assertThat(get(store, "key77")).isEqualTo("value77");
      assertThat(fixture.objects().calls()).isGreaterThan(before);
    }
  }

  @Test
  void twoCheckpointsOfOnePartitionAreRefused() throws IOException {
    RestoredCheckpoint checkpoint;
    try (HummockStore store = fixture.open()) {
      put(store, "a", "b");
      checkpoint = handedOver(store.checkpoint(1, Sharing.FORWARD_BACKWARD).complete());
    }
    assertThatThrownBy(() -> fixture.restore(List.of(checkpoint, checkpoint), PartitionRange.ALL))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                fixture.restore(
                    List.of(new RestoredCheckpoint(checkpoint.manifest(), Map.of())),
                    PartitionRange.ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(".sst");
    Slice torn = checkpoint.manifest().slice(0, 40);
    assertThatThrownBy(
            () ->
                fixture.restore(
                    List.of(new RestoredCheckpoint(torn, Map.of())), PartitionRange.ALL))
        .isInstanceOf(CorruptionException.class);
  }

  // Merge operands, tombstones and the filter.

  @Test
  void aTombstoneHidesOlderVersionsInLowerLevels() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "a", "old");
      put(store, "b", "kept");
      store.compact();
      store.delete(key("a"), 11);
      store.flush();
      assertThat(get(store, "a")).isNull();
      store.append(key("a"), 11, Slice.utf8("new"));
      store.flush();
      assertThat(get(store, "a")).isEqualTo("new");
      store.compact();
      assertThat(get(store, "a")).isEqualTo("new");
      store.delete(key("a"), 11);
      store.compact();
      assertThat(store.statistics().entries()).as("tombstones left").isEqualTo(1);
    }
  }

  @Test
  void fullCompactionDropsTombstonesAndWhatTheyHide() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 100; i++) {
        put(store, "key" + i, "value");
      }
      store.flush();
      store.delete(key("key7"), key("key7").length());
      store.flush();
      assertThat(store.statistics().entries()).isEqualTo(101);
      store.compact();
      assertThat(store.statistics().entries()).isEqualTo(99);
    }
  }

  @Test
  void whatIsWrittenAndDeletedBetweenTwoFlushesLeavesNothing() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 100; i++) {
        put(store, "key" + i, "value");
      }
      store.flush();
      assertThat(get(store, "key7")).isEqualTo("value");
      for (int i = 0; i < 100; i++) {
        put(store, "key" + i + "soon deleted", "value");
        store.delete(key("key" + i + "soon deleted"), 11);
      }
      store.flush();
      assertThat(store.statistics().entries()).as("but a few where filters err").isLessThan(110);
    }
  }

  @Test
  void aTombstoneIsKeptWhileWhatItHidesWaitsForItsFlush() throws IOException {
    try (HummockStore store = new StoreFixture().simulated().open()) {
      put(store, "a", "old");
      store.seal();
      store.delete(key("a"), 11);
      store.seal();
      store.flush();
      assertThat(get(store, "a")).isNull();
      store.compact();
      assertThat(get(store, "a")).isNull();
    }
  }

  @Test
  void aFlushKeepsTombstonesWhereFiltersCannotBeRead() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "a", "old");
      put(store, "c", "old");
      store.flush();
      store.delete(key("a"), 11);
      store.delete(key("b"), 11);
      fixture.objects().failFromCall(Call.READ, 1, Mode.ERROR_BEFORE);
      store.flush();
      fixture.objects().disarm();
      assertThat(store.statistics().entries()).isEqualTo(4);
      assertThat(get(store, "a")).isNull();
    }
  }

  @Test
  void outputsEndWithAPartitionButNoneIsSmallBecauseOfIt() throws IOException {
    RestoredCheckpoint checkpoint;
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 4000; i++) {
        Slice key = key(i % 100, "key" + i);
        store.put(key, key.length(), Slice.utf8("a value of some bytes, not the same: " + i));
      }
      store.compact();
      checkpoint = handedOver(store.checkpoint(1, Sharing.FORWARD_BACKWARD).complete());
    }
    List<Manifest.Entry> tables = new ArrayList<>();
    Manifest.decode(checkpoint.manifest(), "manifest").levels().forEach(tables::addAll);
    assertThat(tables).hasSizeBetween(4, 30);
    long small = StoreFixture.OPTIONS.tableBytes() / 2;
    for (int i = 0; i + 1 < tables.size(); i++) {
      assertThat(tables.get(i).info().dataBytes()).isGreaterThan(small);
      assertThat(KeySpace.partition(tables.get(i + 1).info().smallestKey()))
          .isGreaterThan(KeySpace.partition(tables.get(i).info().largestKey()));
    }
  }

  @Test
  void appendsAreFoldedOnReadFlushAndCompaction() throws IOException {
    try (HummockStore store = fixture.open()) {
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        store.append(key("list"), 14, Slice.utf8(i + ","));
        expected.append(i).append(',');
        if (i % 3 == 0) {
          store.flush();
        }
        if (i == 11) {
          store.compact();
        }
        assertThat(get(store, "list")).isEqualTo(expected.toString());
      }
      try (UserIterator all = store.scan(key(""), null, Direction.BACKWARD)) {
        all.rewind();
        assertThat(text(all.value())).isEqualTo(expected.toString());
      }
    }
  }

  @Test
  void whatTheFilterDropsUncoversNothingOlder() throws IOException {
    CompactionFilter filter = (key, value) -> text(value).startsWith("expired") ? null : value;
    try (HummockStore store = fixture.open(filter)) {
      put(store, "a", "good");
      put(store, "b", "good");
      store.compact();
      put(store, "a", "expired");
      store.flush();
      assertThat(get(store, "a")).isNull();
      assertThat(get(store, "b")).isEqualTo("good");
      store.compact();
      assertThat(get(store, "a")).isNull();
      assertThat(store.statistics().entries()).isEqualTo(1);
    }
  }

  @Test
  void theFilterSeesFoldedValuesNeverLoneOperands() throws IOException {
    List<String> seen = new ArrayList<>();
    CompactionFilter filter =
        (key, value) -> {
          seen.add(text(value));
          return text(value).equals("12") ? Slice.utf8("shortened") : value;
        };
    try (HummockStore store = fixture.open(filter)) {
      put(store, "a", "");
      store.flush();
      seen.clear();
      store.append(key("a"), 11, Slice.utf8("1"));
      store.flush();
      store.append(key("a"), 11, Slice.utf8("2"));
      store.flush();
      assertThat(seen).isEmpty();
      store.compact();
      assertThat(seen).containsExactly("12");
      assertThat(get(store, "a")).isEqualTo("shortened");
    }
  }

  // Background work.

  @Test
  void aFailedFlushIsThrownByTheNextWriteAndTheNextCheckpoint() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "a", "b");
      fixture.objects().failFromCall(Call.COMMIT, 1, Mode.ERROR_BEFORE);
      PendingCheckpoint pending = store.checkpoint(1, Sharing.FORWARD_BACKWARD);
      assertThatThrownBy(pending::complete)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("flush of epoch 1");
      assertThatThrownBy(() -> put(store, "b", "c")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> store.checkpoint(2, Sharing.FORWARD_BACKWARD))
          .isInstanceOf(IOException.class);
      assertThat(get(store, "a")).as("reading goes on").isEqualTo("b");
      fixture.objects().disarm();
    }
    assertThat(fixture.objectsLeft()).isEmpty();
  }

  @Test
  void aFlushThatFailsOnceIsTriedAgain() throws IOException {
    try (HummockStore store = fixture.open()) {
      put(store, "a", "b");
      fixture.objects().failCall(Call.COMMIT, 1, Mode.ERROR_AFTER_EFFECT);
      store.flush();
      assertThat(fixture.objects().failures()).isEqualTo(1);
      assertThat(fixture.objectsLeft()).as("one table").hasSize(2);
    }
  }

  @Test
  void withoutMemoryAWriteNamesTheBudgetAfterABoundedTime() throws IOException {
    try (HummockStore store = fixture.withPages(64 << 10).open()) {
      Slice value = Slice.of(new byte[100 << 10]);
      long before = fixture.clock().nanoTime();
      assertThatThrownBy(() -> store.put(key("a"), 11, value))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("65536")
          .hasMessageContaining("memtableBytes");
      assertThat(fixture.clock().nanoTime() - before).isLessThan(120_000_000_000L);
      put(store, "a", "fits");
      assertThat(get(store, "a")).isEqualTo("fits");
    }
  }

  @Test
  void writersWaitForFlushesAndSlowDownForLevel0() throws IOException {
    StoreFixture simulated = new StoreFixture().simulated();
    try (HummockStore store = simulated.open()) {
      writeMuch(store);
      assertThat(simulated.stalls())
          .contains(
              HummockMetrics.StallReason.MEMTABLE, HummockMetrics.StallReason.LEVEL0_SLOWDOWN);
    }
  }

  @Test
  void writersStopForLevel0() throws IOException {
    HummockOptions options =
        new HummockOptions(
            16 << 10, 2, 1 << 10, 16 << 10, 4, 8, 8, 64 << 10, 4, 5, 10, 2, 64 << 10, 0);
    StoreFixture simulated = new StoreFixture().simulated().with(options);
    try (HummockStore store = simulated.open()) {
      writeMuch(store);
      assertThat(simulated.stalls()).contains(HummockMetrics.StallReason.LEVEL0_STOP);
      assertThat(store.statistics().level0Depth()).isLessThanOrEqualTo(8 + 3);
    }
  }

  private static void writeMuch(HummockStore store) throws IOException {
    for (int i = 0; i < 5000; i++) {
      // In no order, so that each flush overlaps all others.
      put(store, "key" + i * 7919 % 5003, "a value that takes some space in the memtable " + i);
    }
    store.flush();
    assertThat(get(store, "key7919")).isNull();
    assertThat(get(store, "key0")).endsWith(" 0");
  }

  @Test
  void amplificationIsCounted() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++) {
          put(store, "key" + i, "value " + i + " of round " + round);
        }
        store.flush();
      }
      StoreStatistics before = store.statistics();
      assertThat(before.userBytes()).isGreaterThan(1500 * 20);
      assertThat(before.flushedBytes()).isPositive();
      assertThat(before.writeAmplification()).isBetween(0.3, 10.0);
      assertThat(before.readAmplification()).isPositive();
      store.compact();
      StoreStatistics after = store.statistics();
      assertThat(after.spaceAmplification()).isEqualTo(1);
      assertThat(after.readAmplification()).isEqualTo(1);
      assertThat(after.entries()).isEqualTo(500);
      assertThat(after.compactedBytesWritten()).isGreaterThan(before.compactedBytesWritten());
      assertThat(after.levels().stream().mapToLong(l -> l.bytes()).sum()).isPositive();
    }
  }

  @Test
  void statisticsTellKeysMemoryAndWork() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 300; i++) {
        put(store, "key" + i, "value " + i);
      }
      store.flush();
      for (int i = 0; i < 100; i++) {
        store.delete(key("key" + i), key("key" + i).length());
      }
      store.flush();
      for (int i = 0; i < 7; i++) {
        put(store, "new" + i, "value " + i);
      }
      StoreStatistics now = store.statistics();
      assertThat(now.memory().memtableEntries()).isEqualTo(7);
      assertThat(now.estimatedKeys()).isEqualTo(200 + 7);
      assertThat(now.memory().used()).isBetween(now.memtableBytes(), now.memory().limit());
      assertThat(now.memory().cacheLimit()).isPositive();
      assertThat(now.tableBytes()).isGreaterThanOrEqualTo(now.versionBytes());
      assertThat(now.liveBytes()).isBetween(1L, now.versionBytes());
      assertThat(now.work().hasFailed()).isFalse();
      assertThat(now.work().isStopped()).isFalse();
      store.compact();
      StoreStatistics after = store.statistics();
      assertThat(after.liveBytes()).isEqualTo(after.versionBytes());
      assertThat(after.estimatedKeys()).isEqualTo(207);
    }
  }

  @Test
  void statisticsCanBeAskedByAnyThreadAndAfterTheEnd() throws Exception {
    HummockStore store = fixture.open();
    AtomicBoolean ended = new AtomicBoolean();
    FutureTask<Long> reporter =
        new FutureTask<>(
            () -> {
              long last = 0;
              while (!ended.get()) {
                long now = store.statistics().userBytes();
                assertThat(now).isGreaterThanOrEqualTo(last);
                last = now;
              }
              return last;
            });
    Thread thread = new Thread(reporter, "reporter");
    thread.start();
    try {
      for (int i = 0; i < 5000; i++) {
        put(store, "key" + i, "value");
      }
      store.flush();
      store.close();
    } finally {
      ended.set(true);
    }
    assertThat(reporter.get()).isPositive();
    assertThat(store.statistics().levels()).allMatch(level -> level.files() == 0);
  }

  @Test
  void aTrimmedStoreGivesItsMemoryBackWithTheNextWrite() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 50; i++) {
        put(store, "key" + i, "value");
      }
      store.trimMemory();
      put(store, "last", "value");
      assertThat(store.statistics().levels().get(0).files()).isEqualTo(1);
      assertThat(store.statistics().memtableBytes()).isLessThan(3 << 10);
    }
  }

  @Test
  void anInterruptedThreadCanCloseAStore() throws IOException {
    HummockStore store = fixture.open();
    put(store, "a", "b");
    store.flush();
    Thread.currentThread().interrupt();
    store.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(fixture.objectsLeft()).isEmpty();
    assertThat(fixture.pages().used()).isZero();
  }

  @Test
  void aFlushThatEndsAfterTheStoreWasClosedLeavesNothing() throws IOException {
    HummockStore store = fixture.open();
    put(store, "a", "b");
    // Closed by the flush's own thread, which cannot wait for itself: as if it was interrupted.
    fixture
        .gateCompactions()
        .atNextValue(
            () -> {
              Thread closer = new Thread(() -> closeInterrupted(store));
              closer.start();
              try {
                closer.join();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    assertThatThrownBy(store::flush).isInstanceOf(IllegalStateException.class);
    assertThat(fixture.objectsLeft()).isEmpty();
    assertThat(fixture.pages().used()).isZero();
  }

  /** Close clears the interrupt that it begins with, so another has to come while it waits. */
  private static void closeInterrupted(HummockStore store) {
    Thread waiting = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (waiting.isAlive()) {
                waiting.interrupt();
                Thread.onSpinWait();
              }
            });
    interrupter.start();
    assertThatThrownBy(store::close).isInstanceOf(InterruptedIOException.class);
  }

  @Test
  void aClosedStoreSaysSo() throws IOException {
    HummockStore store = fixture.open();
    put(store, "a", "b");
    store.close();
    store.close();
    assertThatThrownBy(() -> get(store, "a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> put(store, "a", "b")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(store::seal).isInstanceOf(IllegalStateException.class);
  }
}
