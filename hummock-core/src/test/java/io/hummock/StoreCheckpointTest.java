package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import io.hummock.version.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules of ownership, as a store keeps them. */
class StoreCheckpointTest {
  private final StoreFixture fixture = new StoreFixture();

  private static Slice key(int number) {
    return new KeySpace(number % 8, 1).key(Slice.utf8("key" + number));
  }

  private static void write(HummockStore store, String value, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      store.put(key(i), key(i).length(), Slice.utf8(value));
    }
  }

  private static void expect(HummockStore store, String value, int from, int to)
      throws IOException {
    ValueLookup lookup = new ValueLookup();
    for (int i = from; i < to; i++) {
      assertThat(store.get(key(i), lookup)).isTrue();
      assertThat(lookup.value()).isEqualTo(Slice.utf8(value));
    }
  }

  private static Checkpoint checkpoint(HummockStore store, Sharing sharing) throws IOException {
    return store.checkpoint(1, sharing).complete();
  }

  private static Checkpoint checkpoint(HummockStore store) throws IOException {
    return checkpoint(store, Sharing.FORWARD_BACKWARD);
  }

  private static Set<String> paths(Checkpoint checkpoint) {
    return checkpoint.files().stream().map(CheckpointFile::path).collect(Collectors.toSet());
  }

  private static Checkpoint handedOver(Checkpoint checkpoint) {
    handOver(checkpoint);
    return checkpoint;
  }

  private static void handOver(Checkpoint checkpoint) {
    checkpoint.files().forEach(checkpoint::handOver);
    checkpoint.close();
  }

  @Test
  void whoWaitsForACheckpointIsToldHowFarItsFlushIs() throws IOException {
    StoreFixture simulated = new StoreFixture().simulated();
    try (HummockStore store = simulated.open()) {
      write(store, "1", 0, 1000);
      PendingCheckpoint pending = store.checkpoint(1, Sharing.FORWARD_BACKWARD);
      write(store, "2", 0, 10);
      store.seal();
      List<Long> done = new ArrayList<>();
      List<Long> total = new ArrayList<>();
      pending
          .complete(
              new CheckpointProgress() {
                @Override
                public void flushed(long bytes, long of) {
                  done.add(bytes);
                  total.add(of);
                }
              })
          .close();
      assertThat(total).isNotEmpty().allMatch(bytes -> bytes.equals(total.get(0)) && bytes > 0);
      assertThat(done.get(0)).isZero();
      assertThat(done).isSorted().allMatch(bytes -> bytes <= total.get(0));
    }
  }

  @Test
  void copiesOfAForwardCheckpointAreToldByTheirBytes() throws IOException {
    try (HummockStore store = fixture.open()) {
      for (int i = 0; i < 5; i++) {
        write(store, "1", 100 * i, 100 * i + 100);
        store.flush();
      }
      handOver(checkpoint(store));
      List<Long> done = Collections.synchronizedList(new ArrayList<>());
      Set<Long> total = Collections.synchronizedSet(new HashSet<>());
      Checkpoint copied =
          store
              .checkpoint(2, Sharing.FORWARD)
              .complete(
                  new CheckpointProgress() {
                    @Override
                    public void copied(long bytes, long of) {
                      done.add(bytes);
                      total.add(of);
                    }
                  });
      long bytes = copied.files().stream().mapToLong(CheckpointFile::bytes).sum();
      assertThat(total).containsExactly(bytes);
      assertThat(done).hasSize(copied.files().size()).contains(bytes);
      copied.close();
    }
  }

  @Test
  void aCheckpointHoldsItsEpochAndNothingNewer() throws IOException {
    StoreFixture simulated = new StoreFixture().simulated();
    RestoredCheckpoint restored;
    try (HummockStore store = simulated.open()) {
      write(store, "1", 0, 10);
      PendingCheckpoint pending = store.checkpoint(77, Sharing.FORWARD_BACKWARD);
      write(store, "2", 5, 15);
      PendingCheckpoint later = store.checkpoint(78, Sharing.FORWARD_BACKWARD);
      write(store, "3", 8, 20);
      store.flush();
      store.compact();
      Checkpoint checkpoint = pending.complete();
      later.complete().close();
      assertThat(checkpoint.id()).isEqualTo(77);
      assertThat(checkpoint.epoch()).isEqualTo(pending.epoch()).isEqualTo(1);
      Manifest manifest = Manifest.decode(checkpoint.manifest(), "manifest");
      assertThat(manifest.checkpoint()).isEqualTo(77);
      assertThat(manifest.sealedEpoch()).isEqualTo(1);
      restored = StoreTest.handedOver(checkpoint);
    }
    try (HummockStore store = simulated.restore(List.of(restored), PartitionRange.ALL)) {
      expect(store, "1", 0, 10);
      assertThat(store.get(key(12), new ValueLookup())).isFalse();
    }
  }

  @Test
  void whatWasHandedOverOutlivesCompactionAndClose() throws IOException {
    Set<String> paths;
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint checkpoint = checkpoint(store);
      paths = paths(checkpoint);
      handOver(checkpoint);
      write(store, "2", 0, 100);
      store.compact();
      assertThat(fixture.objectsLeft()).containsAll(paths).hasSizeGreaterThan(paths.size());
    }
    assertThat(fixture.objectsLeft()).containsExactlyInAnyOrderElementsOf(paths);
  }

  @Test
  void aPendingClaimOutlivesCompactionAndCloseUntilItIsReleased() throws IOException {
    Checkpoint checkpoint;
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      checkpoint = checkpoint(store);
      write(store, "2", 0, 100);
      store.compact();
    }
    assertThat(fixture.objectsLeft())
        .containsExactlyInAnyOrderElementsOf(paths(checkpoint))
        .isNotEmpty();
    checkpoint.release(checkpoint.files().get(0));
    checkpoint.release(checkpoint.files().get(0));
    assertThat(fixture.objectsLeft()).hasSize(paths(checkpoint).size() - 1);
    checkpoint.close();
    checkpoint.close();
    assertThat(fixture.objectsLeft()).isEmpty();
  }

  @Test
  void aReleasedCheckpointLeavesTheLiveFiles() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      checkpoint(store).close();
      expect(store, "1", 0, 100);
      assertThat(fixture.objectsLeft()).isNotEmpty();
    }
    assertThat(fixture.objectsLeft()).isEmpty();
  }

  @Test
  void aCheckpointGivenUpClaimsNothing() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      PendingCheckpoint pending = store.checkpoint(1, Sharing.FORWARD_BACKWARD);
      pending.close();
      pending.close();
      assertThatThrownBy(pending::complete).isInstanceOf(IllegalStateException.class);
    }
    assertThat(fixture.objectsLeft()).isEmpty();
  }

  @Test
  void aCheckpointListsTheFilesOfOpenReaders() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint first = checkpoint(store);
      Set<String> old = paths(first);
      handOver(first);
      UserIterator reader = store.scan(Slice.EMPTY, null, Direction.FORWARD);
      reader.rewind();
      write(store, "2", 0, 100);
      store.compact();
      Checkpoint second = checkpoint(store);
      assertThat(paths(second)).containsAll(old).hasSizeGreaterThan(old.size());
      assertThat(second.manifest().toString())
          .as("the manifest has the version only")
          .doesNotContain(first.manifest().slice(30, 16).toString());
      second.close();
      reader.close();
      Checkpoint third = checkpoint(store);
      assertThat(paths(third)).doesNotContainAnyElementsOf(old);
      third.close();
    }
  }

  @Test
  void newFilesAreThoseThatNoCheckpointHadBefore() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint first = checkpoint(store);
      assertThat(first.files()).allMatch(CheckpointFile::isNew);
      write(store, "2", 100, 110);
      Checkpoint second = checkpoint(store);
      assertThat(second.files())
          .filteredOn(CheckpointFile::isNew)
          .hasSize(second.files().size() - first.files().size())
          .noneMatch(file -> paths(first).contains(file.path()));
      first.close();
      second.close();
    }
  }

  @Test
  void restoredFilesAreNeverDeleted() throws IOException {
    RestoredCheckpoint restored;
    Set<String> paths;
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint checkpoint = checkpoint(store);
      paths = paths(checkpoint);
      restored = StoreTest.handedOver(checkpoint);
    }
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      Checkpoint again = checkpoint(store);
      assertThat(paths(again)).isEqualTo(paths);
      assertThat(again.files()).noneMatch(CheckpointFile::isNew);
      again.close();
      write(store, "2", 0, 100);
      store.compact();
    }
    assertThat(fixture.objectsLeft()).containsExactlyInAnyOrderElementsOf(paths);
  }

  @Test
  void aForwardCheckpointSharesNothingAndTheTreeUsesTheCopies() throws IOException {
    RestoredCheckpoint restored;
    Set<String> old;
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 200);
      store.compact();
      write(store, "2", 50, 100);
      Checkpoint checkpoint = checkpoint(store);
      old = paths(checkpoint);
      restored = StoreTest.handedOver(checkpoint);
    }
    Set<String> copies;
    RestoredCheckpoint forward;
    try (HummockStore store = fixture.restore(List.of(restored), new PartitionRange(2, 5))) {
      Checkpoint checkpoint = checkpoint(store, Sharing.FORWARD);
      copies = paths(checkpoint);
      assertThat(copies).doesNotContainAnyElementsOf(old);
      assertThat(checkpoint.files()).allMatch(CheckpointFile::isNew);
      forward = StoreTest.handedOver(checkpoint);
      fixture.objects().delete(old);
      expect(store, "2", 50, 52);
      for (int i = 0; i < 200; i++) {
        assertThat(store.get(key(i), new ValueLookup())).isEqualTo(i % 8 >= 2 && i % 8 <= 5);
      }
      Checkpoint next = checkpoint(store);
      assertThat(paths(next)).as("shares with the copies").isEqualTo(copies);
      next.close();
      Checkpoint full = checkpoint(store, Sharing.FORWARD);
      assertThat(paths(full))
          .as("what was handed over is copied again")
          .doesNotContainAnyElementsOf(copies);
      full.close();
    }
    assertThat(fixture.objectsLeft()).containsExactlyInAnyOrderElementsOf(copies);
    try (HummockStore store = fixture.restore(List.of(forward), PartitionRange.ALL)) {
      expect(store, "2", 50, 52);
    }
  }

  @Test
  void aForwardCheckpointOfFreshFilesCopiesNothing() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      long copies = fixture.objects().calls(Call.COPY);
      checkpoint(store, Sharing.FORWARD).close();
      assertThat(fixture.objects().calls(Call.COPY)).isEqualTo(copies);
    }
  }

  @Test
  void copiesOfACheckpointThatFailsAreDeleted() throws IOException {
    RestoredCheckpoint restored;
    Set<String> paths;
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint checkpoint = checkpoint(store);
      paths = paths(checkpoint);
      restored = StoreTest.handedOver(checkpoint);
    }
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      fixture.objects().failCall(Call.COPY, 2, Mode.ERROR_AFTER_EFFECT);
      assertThatThrownBy(() -> checkpoint(store, Sharing.FORWARD)).isInstanceOf(IOException.class);
      assertThat(fixture.objectsLeft()).containsExactlyInAnyOrderElementsOf(paths);
      expect(store, "1", 0, 100);
      Checkpoint second = checkpoint(store, Sharing.FORWARD);
      assertThat(paths(second)).doesNotContainAnyElementsOf(paths);
      second.close();
    }
    assertThat(fixture.objectsLeft()).containsExactlyInAnyOrderElementsOf(paths);
  }

  @Test
  void aCompactionThatBeganBeforeTheCopiesStillFits() throws IOException {
    RestoredCheckpoint restored;
    try (HummockStore store = fixture.open()) {
      for (int i = 1; i <= 2; i++) {
        write(store, "" + i, 0, 100);
        store.flush();
      }
      restored = StoreTest.handedOver(checkpoint(store));
    }
    StoreFixture.Gate gate = fixture.gateCompactions();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      write(store, "4", 0, 50);
      store.flush();
      // The merge has begun when the copies are put in place.
      gate.atNextValue(() -> checkpoint(store, Sharing.FORWARD).close());
      store.compact();
      assertThat(gate.wasPassed()).isTrue();
      expect(store, "4", 0, 50);
      expect(store, "2", 50, 100);
      assertThat(store.statistics().entries()).isEqualTo(100);
    }
  }

  /** The owner keeps what the later one has, whichever says first what it needs. */
  @Test
  void ofTwoForwardCheckpointsTheTreeUsesTheCopiesOfTheLater() throws IOException {
    for (boolean laterFirst : List.of(true, false)) {
      RestoredCheckpoint restored = written();
      try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
        PendingCheckpoint first = store.checkpoint(1, Sharing.FORWARD);
        PendingCheckpoint second = store.checkpoint(2, Sharing.FORWARD);
        Checkpoint later = laterFirst ? second.complete() : null;
        Checkpoint earlier = first.complete();
        later = later == null ? second.complete() : later;
        Set<String> kept = paths(later);
        assertThat(paths(earlier)).doesNotContainAnyElementsOf(restored.paths().values());
        Set<String> gone = new HashSet<>(paths(earlier));
        gone.addAll(restored.paths().values());
        gone.removeAll(kept);
        handOver(earlier);
        handOver(later);
        // The later one is complete, and nothing else is kept.
        fixture.objects().delete(gone);

        expect(store, "1", 0, 100);
        Checkpoint next = checkpoint(store);
        assertThat(paths(next)).as("later first: %s", laterFirst).isEqualTo(kept);
        next.close();
      }
    }
  }

  /** Whoever owns the checkpoints deletes what the earlier one has not when that is complete. */
  @Test
  void aForwardCheckpointBehindWhichAnotherWasNamesWhatTheTreeUses() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      PendingCheckpoint first = store.checkpoint(1, Sharing.FORWARD_BACKWARD);
      PendingCheckpoint forward = store.checkpoint(2, Sharing.FORWARD);
      Checkpoint later = store.checkpoint(3, Sharing.FORWARD_BACKWARD).complete();
      later.close();
      Set<String> late = paths(handedOver(first.complete()));
      Set<String> kept = paths(handedOver(forward.complete()));
      late.removeAll(kept);
      fixture.objects().delete(late);

      expect(store, "1", 0, 100);
    }
  }

  /** The last of three is given up; what the first names has to be in the second as well. */
  @Test
  void aForwardCheckpointThatWasOvertakenTwiceNamesWhatTheNextOneDoes() throws IOException {
    RestoredCheckpoint restored = written();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      PendingCheckpoint forward = store.checkpoint(1, Sharing.FORWARD);
      PendingCheckpoint second = store.checkpoint(2, Sharing.FORWARD_BACKWARD);
      PendingCheckpoint third = store.checkpoint(3, Sharing.FORWARD_BACKWARD);
      Set<String> kept = paths(handedOver(second.complete()));
      handedOver(third.complete());
      Set<String> overtaken = paths(handedOver(forward.complete()));
      assertThat(overtaken).isEqualTo(kept);
      expect(store, "1", 0, 100);
    }
  }

  /** When that one is complete its owner deletes the old files, whatever is still on its way. */
  @Test
  void aCheckpointBehindAForwardOneHasCopiesToo() throws IOException {
    RestoredCheckpoint restored = written();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      PendingCheckpoint forward = store.checkpoint(1, Sharing.FORWARD);
      PendingCheckpoint behind = store.checkpoint(2, Sharing.FORWARD_BACKWARD);
      PendingCheckpoint further = store.checkpoint(3, Sharing.FORWARD_BACKWARD);
      for (PendingCheckpoint pending : List.of(further, behind, forward)) {
        Checkpoint checkpoint = pending.complete();
        assertThat(paths(checkpoint)).doesNotContainAnyElementsOf(restored.paths().values());
        checkpoint.close();
      }
    }
  }

  @Test
  void aCheckpointBehindAForwardOneThatWasGivenUpShares() throws IOException {
    RestoredCheckpoint restored = written();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      PendingCheckpoint forward = store.checkpoint(1, Sharing.FORWARD);
      PendingCheckpoint behind = store.checkpoint(2, Sharing.FORWARD_BACKWARD);
      forward.close();
      Checkpoint checkpoint = behind.complete();
      assertThat(paths(checkpoint)).containsExactlyInAnyOrderElementsOf(restored.paths().values());
      checkpoint.close();
    }
  }

  /** One that was begun before names what it would have named, which is still there. */
  @Test
  void aCheckpointBeforeAForwardOneNamesTheOldFiles() throws IOException {
    RestoredCheckpoint restored = written();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      PendingCheckpoint before = store.checkpoint(1, Sharing.FORWARD_BACKWARD);
      PendingCheckpoint forward = store.checkpoint(2, Sharing.FORWARD);
      PendingCheckpoint behind = store.checkpoint(3, Sharing.FORWARD_BACKWARD);
      Checkpoint copies = forward.complete();
      Checkpoint old = before.complete();
      Checkpoint next = behind.complete();
      assertThat(paths(old)).containsExactlyInAnyOrderElementsOf(restored.paths().values());
      assertThat(paths(next)).isEqualTo(paths(copies));
      List.of(copies, old, next).forEach(Checkpoint::close);
    }
  }

  /** A snapshot that is not claimed is never named again: whoever deletes would delete of it. */
  @Test
  void afterAForwardCheckpointReadersUseTheCopies() throws IOException {
    RestoredCheckpoint restored = written();
    try (HummockStore store = fixture.restore(List.of(restored), PartitionRange.ALL)) {
      Snapshot snapshot = store.snapshot();
      UserIterator reader = snapshot.scan(Slice.EMPTY, null, Direction.FORWARD);
      reader.rewind();
      handOver(checkpoint(store, Sharing.FORWARD));
      fixture.objects().delete(restored.paths().values());
      write(store, "2", 0, 100);
      store.compact();

      Checkpoint next = checkpoint(store);
      assertThat(paths(next)).doesNotContainAnyElementsOf(restored.paths().values());
      assertThat(fixture.objectsLeft()).containsAll(paths(next));
      int entries = 0;
      for (; reader.isValid(); reader.next()) {
        assertThat(reader.value()).isEqualTo(Slice.utf8("1"));
        entries++;
      }
      assertThat(entries).isEqualTo(100);
      reader.close();
      snapshot.close();
      next.close();
      Checkpoint last = checkpoint(store);
      assertThat(paths(last)).as("of the reader").hasSizeLessThan(paths(next).size());
      last.close();
    }
  }

  @Test
  void whatIsBeingCopiedIsInOtherCheckpointsAndIsFoundWhereItLies() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Checkpoint first = checkpoint(store);
      Set<String> old = paths(first);
      handOver(first);
      Checkpoint savepoint = checkpoint(store, Sharing.NO_SHARING);
      write(store, "2", 0, 100);
      store.compact();

      Checkpoint second = checkpoint(store);
      assertThat(paths(second)).containsAll(old);
      handOver(second);
      Checkpoint forward = checkpoint(store, Sharing.FORWARD);
      assertThat(paths(forward)).doesNotContainAnyElementsOf(old);
      for (CheckpointFile file : savepoint.files()) {
        assertThat(paths(forward)).contains(savepoint.currentPath(file));
      }
      savepoint.close();
      forward.close();
      Checkpoint last = checkpoint(store);
      assertThat(paths(last)).hasSizeLessThan(paths(forward).size());
      last.close();
    }
  }

  private RestoredCheckpoint written() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      return StoreTest.handedOver(checkpoint(store));
    }
  }

  @Test
  void snapshotsTakeNoMemtableOnceTheirEpochIsFlushed() throws IOException {
    try (HummockStore store = fixture.open()) {
      write(store, "1", 0, 100);
      Snapshot snapshot = store.snapshot();
      write(store, "2", 0, 100);
      ValueLookup lookup = new ValueLookup();
      assertThat(snapshot.get(key(7), lookup)).isTrue();
      assertThat(lookup.value()).isEqualTo(Slice.utf8("1"));
      store.compact();
      assertThat(snapshot.get(key(7), lookup)).isTrue();
      assertThat(lookup.value()).isEqualTo(Slice.utf8("1"));
      assertThat(fixture.pages().used())
          .as("the running memtable and the cache")
          .isLessThanOrEqualTo(
              store.statistics().memtableBytes() + store.statistics().cacheBytes());
      snapshot.close();
      assertThatThrownBy(() -> snapshot.get(key(7), lookup))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(fixture.objectsLeft()).isEmpty();
  }
}
