package io.hummock.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import io.hummock.testing.ManualClock;
import io.hummock.testing.Seeds;
import io.hummock.testing.SimulatedExecutor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MirroredObjectStoreTest extends ObjectStoreContract {
  private static final int LIMIT = 100;

  @TempDir private Path directory;

  private final ManualClock clock = new ManualClock();
  private final InMemoryObjectStore objects = new InMemoryObjectStore();
  private final InMemoryObjectStore copies = new InMemoryObjectStore();
  private final FaultyObjectStore remote = new FaultyObjectStore(objects, clock);
  private final FaultyObjectStore mirror = new FaultyObjectStore(copies, clock);
  private final SimulatedExecutor prefetches = new SimulatedExecutor(new SplittableRandom(1));
  private final Counts counts = new Counts();
  private final MirroredObjectStore store =
      new MirroredObjectStore(remote, mirror, LIMIT, prefetches, clock, counts);

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  String root() {
    return "";
  }

  @Test
  void whatIsWrittenIsReadFromTheMirror() throws IOException {
    put("object", "hello");
    remote.failFromCall(1, Mode.ERROR_BEFORE);

    assertThat(text("object", 1, 3)).isEqualTo("ell");
    assertThat(store.read("object", List.of(new Range(0, 2), new Range(3, 1))))
        .containsExactly(Slice.utf8("he"), Slice.utf8("l"));
    assertThat(store.mirroredBytes()).isEqualTo(5);
  }

  @Test
  void whatWasThereBeforeIsReadFromTheRemoteStore() throws IOException {
    foreign("foreign", "hello");

    assertThat(text("foreign", 0, 5)).isEqualTo("hello");
    assertThat(copies.list("")).isEmpty();
  }

  @Test
  void copyThatWasNotReadForLongestMakesRoom() throws IOException {
    put("a", "x".repeat(40));
    put("b", "x".repeat(40));
    text("a", 0, 1);
    put("c", "x".repeat(40));

    assertThat(copies.list("")).containsExactly("a", "c");
    assertThat(store.mirroredBytes()).isEqualTo(80);
    assertThat(text("b", 0, 40)).isEqualTo("x".repeat(40));
  }

  @Test
  void prefetchedObjectIsReadFromTheMirror() throws IOException {
    foreign("foreign", "hello");
    store.prefetch("foreign", 5);
    store.prefetch("foreign", 5);
    assertThat(prefetches.size()).isEqualTo(1);
    prefetches.runOneTask();
    remote.failFromCall(1, Mode.ERROR_BEFORE);

    assertThat(text("foreign", 0, 5)).isEqualTo("hello");
    assertThat(store.mirroredBytes()).isEqualTo(5);
    store.prefetch("foreign", 5);
    assertThat(prefetches.size()).isZero();
  }

  @Test
  void prefetchDisplacesOnlyWhatIsNotRead() throws IOException {
    put("a", "x".repeat(40));
    put("b", "x".repeat(40));
    foreign("foreign", "y".repeat(40));
    clock.advance(MirroredObjectStore.WARM_NANOS - 1);
    text("b", 0, 1);
    prefetch("foreign", 40);
    assertThat(copies.list("")).containsExactly("a", "b");

    clock.advance(1);
    prefetch("foreign", 40);
    assertThat(copies.list("")).containsExactly("b", "foreign");
    assertThat(store.mirroredBytes()).isEqualTo(80);
  }

  @Test
  void objectThatIsDeletedBeforeItIsPrefetchedLeavesNoCopy() throws IOException {
    foreign("foreign", "hello");
    store.prefetch("foreign", 5);
    store.delete(List.of("foreign"));
    foreign("foreign", "other");
    prefetches.runOneTask();

    assertThat(copies.list("")).isEmpty();
    assertThat(store.mirroredBytes()).isZero();
  }

  @Test
  void prefetchThatTheRemoteStoreRefusesLeavesNothingAndMayBeTriedAgain() throws IOException {
    foreign("foreign", "hello");
    remote.failCall(Call.READ, 1, Mode.ERROR_BEFORE);
    prefetch("foreign", 5);
    assertThat(copies.list("")).isEmpty();
    assertThat(store.mirroredBytes()).isZero();

    prefetch("foreign", 5);
    assertThat(copies.list("")).containsExactly("foreign");
  }

  private void prefetch(String path, int bytes) {
    store.prefetch(path, bytes);
    prefetches.runOneTask();
  }

  private void foreign(String path, String content) throws IOException {
    try (ObjectWriter writer = objects.create(path)) {
      writer.write(Slice.utf8(content));
      writer.commit();
    }
  }

  @Test
  void objectLongerThanTheLimitIsNotMirroredAndEvictsNothing() throws IOException {
    put("a", "x".repeat(40));
    put("long", "x".repeat(LIMIT + 1));

    assertThat(copies.list("")).containsExactly("a");
    assertThat(store.mirroredBytes()).isEqualTo(40);
    assertThat(objects.list("")).containsExactly("a", "long");
  }

  @Test
  void limitHoldsWhateverIsDone() throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    List<ObjectWriter> open = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      String path = "p/" + random.nextInt(step + 1);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> open.add(store.create("p/" + step));
        case 3 -> {
          for (ObjectWriter writer : open) {
            writer.write(Slice.of(new byte[random.nextInt(40)]));
          }
        }
        case 4 -> {
          if (!open.isEmpty()) {
            try (ObjectWriter writer = open.remove(random.nextInt(open.size()))) {
              if (random.nextBoolean()) {
                writer.commit();
              }
            }
          }
        }
        case 5 -> store.delete(List.of(path));
        case 6 -> {
          if (random.nextBoolean()) {
            store.distrust(path);
          } else {
            store.prefetch(path, random.nextInt(40)); // as if that were its length
            if (random.nextBoolean()) {
              prefetches.runOneTask();
            }
          }
        }
        default -> {
          mirror.disarm();
          if (random.nextInt(4) == 0) {
            Mode[] modes = Mode.values();
            mirror.failCall(1 + random.nextInt(5), modes[random.nextInt(modes.length)]);
          }
          clock.advance(random.nextLong(MirroredObjectStore.PAUSE_NANOS));
        }
      }
      assertThat(store.mirroredBytes()).isBetween(0L, (long) LIMIT);
      assertThat(copies.bytes()).isLessThanOrEqualTo(store.mirroredBytes());
    }
    for (ObjectWriter writer : open) {
      writer.close();
    }
    mirror.disarm();
    while (prefetches.runOneTask()) {}
    store.delete(store.list(""));
    assertThat(copies.bytes()).isLessThanOrEqualTo(store.mirroredBytes());
  }

  @Test
  void distrustedCopyIsReadFromTheRemoteStoreFromThenOn() throws IOException {
    put("object", "hello");
    copies.delete(List.of("object"));
    try (ObjectWriter writer = copies.create("object")) {
      writer.write(Slice.utf8("jello")); // a bit has turned on the disk
      writer.commit();
    }
    assertThat(text("object", 0, 5)).isEqualTo("jello");

    store.distrust("object");

    assertThat(text("object", 0, 5)).isEqualTo("hello");
    assertThat(copies.list("")).isEmpty();
    assertThat(store.mirroredBytes()).isZero();
  }

  @Test
  void deletedObjectIsGoneFromBoth() throws IOException {
    put("object", "hello");
    store.delete(List.of("object"));

    assertThat(copies.list("")).isEmpty();
    assertThat(store.mirroredBytes()).isZero();
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.read("object", 0, 1));
  }

  @Test
  void objectThatWasNotCommittedRemotelyIsNotMirrored() throws IOException {
    remote.failCall(Call.COMMIT, 1, Mode.ERROR_BEFORE);
    assertThatIOException().isThrownBy(() -> put("object", "hello"));

    assertThat(copies.list("")).isEmpty();
    assertThat(store.mirroredBytes()).isZero();
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.read("object", 0, 1));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void noFailureOfTheMirrorIsAFailureOfACall(Mode mode) throws IOException {
    // Fails each call of the mirror in turn, until there is none left to fail.
    for (int n = 1; ; n++) {
      InMemoryObjectStore remote = new InMemoryObjectStore();
      FaultyObjectStore disk = new FaultyObjectStore(new InMemoryObjectStore(), clock);
      disk.failCall(n, mode);
      MirroredObjectStore store =
          new MirroredObjectStore(remote, disk, LIMIT, Runnable::run, clock, HummockMetrics.NONE);
      for (String path : List.of("a", "b", "c")) {
        try (ObjectWriter writer = store.create(path)) {
          writer.write(Slice.utf8("x".repeat(30)));
          writer.write(Slice.utf8("y".repeat(10)));
          writer.commit();
        }
        assertThat(store.read(path, 29, 2)).isEqualTo(Slice.utf8("xy"));
        assertThat(store.read(path, List.of(new Range(39, 1)))).containsExactly(Slice.utf8("y"));
        clock.advance(MirroredObjectStore.PAUSE_NANOS);
      }
      store.distrust("b");
      store.copy("b", "d");
      assertThat(store.read("b", 0, 40).length()).isEqualTo(40);
      store.delete(List.of("a", "b"));
      assertThat(store.list("")).containsExactly("c", "d");
      if (disk.failures() == 0) {
        assertThat(n).isGreaterThan(15);
        return;
      }
    }
  }

  @Test
  void fullDiskIsTriedAgainAfterAPause() throws IOException {
    mirror.failFromCall(Call.WRITE, 1, Mode.ERROR_BEFORE);
    put("a", "hello");
    long calls = mirror.calls();
    put("b", "hello");
    assertThat(mirror.calls()).isEqualTo(calls);

    mirror.disarm();
    clock.advance(MirroredObjectStore.PAUSE_NANOS);
    put("c", "hello");

    assertThat(copies.list("")).containsExactly("c");
    assertThat(store.mirroredBytes()).isEqualTo(5);
  }

  @Test
  void bytesThatCannotBeDeletedStayCounted() throws IOException {
    put("a", "x".repeat(60));
    mirror.failFromCall(Call.DELETE, 1, Mode.ERROR_BEFORE);
    put("b", "x".repeat(60));

    assertThat(copies.list("")).containsExactly("a");
    assertThat(store.mirroredBytes()).isEqualTo(60);
    assertThat(text("b", 0, 1)).isEqualTo("x");
  }

  @Test
  void mirrorThatVanishesIsDoneWithout() throws IOException {
    try (MirroredObjectStore onDisk = onDisk()) {
      write(onDisk, "a/object");
      deleteTree(directory.resolve("mirror"));

      assertThat(onDisk.read("a/object", 0, 5)).isEqualTo(Slice.utf8("hello"));
      write(onDisk, "b/object");
      assertThat(onDisk.read("b/object", 0, 5)).isEqualTo(Slice.utf8("hello"));
      onDisk.delete(List.of("a/object", "b/object"));
      assertThat(onDisk.mirroredBytes()).isZero();
      assertThat(directory.resolve("mirror")).doesNotExist();
    }
  }

  @Test
  void truncatedCopyIsReadFromTheRemoteStore() throws IOException {
    try (MirroredObjectStore onDisk = onDisk()) {
      write(onDisk, "object");
      Files.writeString(directory.resolve("mirror/object"), "he");

      assertThat(onDisk.read("object", 1, 4)).isEqualTo(Slice.utf8("ello"));
      assertThat(onDisk.mirroredBytes()).isZero();
    }
  }

  @Test
  void truncatedCopyLeavesNothingInTheMemoryThatIsReadInto() throws IOException {
    try (MirroredObjectStore onDisk = onDisk()) {
      write(onDisk, "object");
      Files.writeString(directory.resolve("mirror/object"), "HE");
      ByteBuffer target = ByteBuffer.allocate(6).position(1).limit(5);

      onDisk.read("object", 1, target);
      assertThat(target.array()).isEqualTo("\0ello\0".getBytes(UTF_8));
      assertThat(onDisk.mirroredBytes()).isZero();
    }
  }

  @Test
  void leftoversInTheMirrorAreDeletedAtTheStart() throws IOException {
    Path leftover = Files.createDirectories(directory.resolve("mirror/a")).resolve("object");
    Files.writeString(leftover, "stale");

    try (MirroredObjectStore onDisk = onDisk()) {
      assertThat(leftover).doesNotExist();
      assertThat(onDisk.mirroredBytes()).isZero();
    }
  }

  @Test
  void endOfTheObjectIsFoundRemotely() throws IOException {
    put("object", "hello");

    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> store.read("object", 3, 3));
    assertThat(remote.calls(Call.READ)).isEqualTo(1);
    assertThat(copies.list("")).containsExactly("object");
  }

  @Test
  void hitsMissesAndBytesAreReported() throws IOException {
    put("object", "hello");
    store.read("object", 0, 5);
    store.read("object", List.of(new Range(0, 2)));
    assertThat(counts.hits).isEqualTo(2);
    assertThat(counts.misses).isZero();
    assertThat(counts.bytes).isEqualTo(5);

    mirror.failFromCall(1, Mode.ERROR_BEFORE);
    store.read("object", 0, 5);
    assertThat(counts.hits).isEqualTo(2);
    assertThat(counts.misses).isEqualTo(1);

    store.delete(List.of("object"));
    assertThat(counts.bytes).isEqualTo(store.mirroredBytes());
  }

  /** Counts what the store reports. */
  private static final class Counts implements HummockMetrics {
    int hits;
    int misses;
    long bytes;

    @Override
    public void cacheLookup(Cache cache, CacheResult result) {
      assertThat(cache).isEqualTo(Cache.DISK);
      if (result == CacheResult.HIT) {
        hits++;
      } else {
        misses++;
      }
    }

    @Override
    public void diskCacheUsed(long now) {
      bytes = now;
    }
  }

  private MirroredObjectStore onDisk() throws IOException {
    return new MirroredObjectStore(
        new InMemoryObjectStore(),
        LocalDirectoryObjectStore.scratch(directory.resolve("mirror")),
        LIMIT,
        Runnable::run,
        Clock.SYSTEM,
        HummockMetrics.NONE);
  }

  private static void write(ObjectStore store, String path) throws IOException {
    try (ObjectWriter writer = store.create(path)) {
      writer.write(Slice.utf8("hello"));
      writer.commit();
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
