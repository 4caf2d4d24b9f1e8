package io.hummock.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.testing.Seeds;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ObjectStore} promises. */
abstract class ObjectStoreContract {
  /** The store under test, empty below {@link #root()} when a test begins. */
  abstract ObjectStore store();

  /** What every path in these tests begins with; ends with a slash unless it is empty. */
  abstract String root();

  /** A number of bytes that the store does not write in one piece. */
  int largeBytes() {
    return 3 << 20;
  }

  /** More objects than the store lists or deletes with one call. */
  int manyObjects() {
    return 50;
  }

  @Test
  void committedObjectIsReadAndListed() throws IOException {
    put("a/object", "hello");

    assertThat(text("a/object", 0, 5)).isEqualTo("hello");
    assertThat(list("a/")).containsExactly("a/object");
  }

  @Test
  void objectIsNotThereBeforeItIsCommitted() throws IOException {
    try (ObjectWriter writer = store().create(root() + "object")) {
      writer.write(Slice.utf8("hello"));

      assertThat(list("")).isEmpty();
      assertNotFound("object");

      writer.commit();
      assertThat(list("")).containsExactly("object");
    }
    assertThat(list("")).containsExactly("object");
  }

  @Test
  void closingWithoutCommitLeavesNothing() throws IOException {
    try (ObjectWriter writer = store().create(root() + "small")) {
      writer.write(Slice.utf8("hello"));
    }
    try (ObjectWriter writer = store().create(root() + "large")) {
      writer.write(Slice.of(new byte[largeBytes()]));
    }
    try (ObjectWriter writer = store().create(root() + "empty")) {
      assertThat(writer.length()).isZero();
    }

    assertThat(list("")).isEmpty();
    assertNotFound("small");
    assertNotFound("large");
    assertNotFound("empty");
  }

  @Test
  void closingTwiceIsAllowed() throws IOException {
    ObjectWriter writer = store().create(root() + "object");
    writer.write(Slice.utf8("hello"));
    writer.commit();
    writer.close();
    writer.close();

    assertThat(text("object", 0, 5)).isEqualTo("hello");
  }

  @Test
  void nothingIsWrittenAfterTheEnd() throws IOException {
    ObjectWriter committed = store().create(root() + "committed");
    committed.commit();
    assertThatIllegalStateException().isThrownBy(() -> committed.write(Slice.utf8("more")));
    assertThatIllegalStateException().isThrownBy(committed::commit);
    committed.close();

    ObjectWriter closed = store().create(root() + "closed");
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.write(Slice.utf8("more")));
    assertThatIllegalStateException().isThrownBy(closed::commit);

    assertThat(list("")).containsExactly("committed");
  }

  @Test
  void bytesGivenToAWriterMayBeReused() throws IOException {
    byte[] reused = new byte[100];
    try (ObjectWriter writer = store().create(root() + "object")) {
      for (byte i = 0; i < 50; i++) {
        Arrays.fill(reused, i);
        writer.write(Slice.of(reused, 10, 1));
        assertThat(writer.length()).isEqualTo(i + 1);
      }
      Arrays.fill(reused, (byte) -1);
      writer.commit();
    }

    Slice object = store().read(root() + "object", 0, 50);
    for (int i = 0; i < 50; i++) {
      assertThat(object.get(i)).isEqualTo((byte) i);
    }
  }

  @Test
  void emptyObjectIsAnObject() throws IOException {
    put("empty", "");

    assertThat(store().read(root() + "empty", 0, 0).isEmpty()).isTrue();
    assertThat(list("")).containsExactly("empty");
    assertEnd("empty", 0, 1);
    store().copy(root() + "empty", root() + "copy");
    assertThat(list("")).containsExactly("copy", "empty");
  }

  @Test
  void largeObjectComesBackByteForByte() throws IOException {
    byte[] bytes = new byte[largeBytes()];
    new Random(7).nextBytes(bytes);
    try (ObjectWriter writer = store().create(root() + "large")) {
      int written = 0;
      for (int piece = 1; written < bytes.length; piece = piece * 3 % 100_003) {
        int length = Math.min(piece, bytes.length - written);
        writer.write(Slice.of(bytes, written, length));
        written += length;
      }
      assertThat(writer.length()).isEqualTo(bytes.length);
      writer.commit();
    }

    assertThat(store().read(root() + "large", 0, bytes.length)).isEqualTo(Slice.of(bytes));
    int offset = bytes.length / 2 - 1000;
    assertThat(store().read(root() + "large", offset, 2000))
        .isEqualTo(Slice.of(bytes, offset, 2000));
    assertEnd("large", bytes.length - 10, 11);
  }

  @Test
  void rangeIsReadFromAnywhere() throws IOException {
    put("object", "0123456789");

    assertThat(text("object", 0, 10)).isEqualTo("0123456789");
    assertThat(text("object", 0, 1)).isEqualTo("0");
    assertThat(text("object", 9, 1)).isEqualTo("9");
    assertThat(text("object", 3, 4)).isEqualTo("3456");
    assertThat(text("object", 3, 0)).isEmpty();
    assertThat(text("object", 10, 0)).isEmpty();
  }

  @Test
  void readingPastTheEndIsTheEndOfTheFile() throws IOException {
    put("object", "0123456789");

    assertEnd("object", 9, 2);
    assertEnd("object", 10, 1);
    assertEnd("object", 11, 0);
    assertEnd("object", 0, 11);
    assertEnd("object", Long.MAX_VALUE - 1, 1);
    assertEnd("object", 0, Integer.MAX_VALUE);
  }

  @Test
  void manyRangesComeInTheOrderAskedFor() throws IOException {
    put("object", "0123456789");

    List<Slice> slices =
        store()
            .read(
                root() + "object",
                List.of(
                    new Range(8, 2),
                    new Range(0, 3),
                    new Range(2, 4),
                    new Range(5, 0),
                    new Range(8, 2),
                    new Range(3, 1)));

    assertThat(slices)
        .extracting(slice -> new String(slice.toByteArray(), UTF_8))
        .containsExactly("89", "012", "2345", "", "89", "3");
    assertThat(store().read(root() + "object", List.of())).isEmpty();
  }

  @Test
  void farRangesOfALargeObjectAreReadTogether() throws IOException {
    byte[] bytes = new byte[largeBytes()];
    new Random(8).nextBytes(bytes);
    try (ObjectWriter writer = store().create(root() + "large")) {
      writer.write(Slice.of(bytes));
      writer.commit();
    }
    List<Range> ranges = new ArrayList<>();
    for (int i = 20; i >= 0; i--) {
      ranges.add(new Range((bytes.length - 5000L) / 20 * i, 5000 - 100 * i));
    }

    List<Slice> slices = store().read(root() + "large", ranges);

    for (int i = 0; i < ranges.size(); i++) {
      Range range = ranges.get(i);
      assertThat(slices.get(i))
          .isEqualTo(Slice.of(bytes, Math.toIntExact(range.offset()), range.length()));
    }
  }

  @Test
  void oneRangePastTheEndFailsAllOfThem() throws IOException {
    put("object", "0123456789");

    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(
            () -> store().read(root() + "object", List.of(new Range(0, 5), new Range(8, 3))));
  }

  @Test
  void negativeRangesAreRefused() throws IOException {
    put("object", "0123456789");

    assertThatIllegalArgumentException().isThrownBy(() -> store().read(root() + "object", -1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> store().read(root() + "object", 0, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store().read(root() + "object", -1, ByteBuffer.allocateDirect(1)));
  }

  @Test
  void missingObjectIsNotFound() throws IOException {
    put("a/b/object", "x");

    assertNotFound("object");
    assertNotFound("a/b/other");
    assertNotFound("a/b/object2");
    assertNotFound("a/b/object/below");
    assertNotFound("a/b");
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store().read(root() + "object", List.of(new Range(0, 1))))
        .withMessageContaining(root() + "object");
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store().copy(root() + "object", root() + "copy"))
        .withMessageContaining(root() + "object");
    assertThat(list("")).containsExactly("a/b/object");
  }

  @Test
  void listGivesWhatStartsWithThePrefixInPathOrder() throws IOException {
    for (String path : List.of("b/z", "b/c/d", "b/c-d", "b/c.d", "a", "b/c0", "bc", "c/b")) {
      put(path, "x");
    }

    assertThat(list("b/")).containsExactly("b/c-d", "b/c.d", "b/c/d", "b/c0", "b/z");
    assertThat(list("b")).containsExactly("b/c-d", "b/c.d", "b/c/d", "b/c0", "b/z", "bc");
    assertThat(list("b/c")).containsExactly("b/c-d", "b/c.d", "b/c/d", "b/c0");
    assertThat(list("b/c/d")).containsExactly("b/c/d");
    assertThat(list("")).hasSize(8);
    assertThat(list("d")).isEmpty();
    assertThat(list("b/c/d/e")).isEmpty();
  }

  @Test
  void pathOrderIsThatOfUtf8() throws IOException {
    String emoji = "\uD83D\uDE00"; // U+1F600: four bytes, above the next though its halves are not
    put("u/" + emoji, "x");
    put("u/\uFF5E", "x");
    put("u/\u00E9", "x");
    put("u/z", "x");

    assertThat(list("u/")).containsExactly("u/z", "u/\u00E9", "u/\uFF5E", "u/" + emoji);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "with space",
        "plus+plus",
        "100%",
        "a%2Fb",
        "a&b=c?d#e",
        "quote'\"<>",
        "~tilde!*()",
        "h\u00FCt",
        "semi;colon:at@comma,",
        "..dots..",
        "$"
      })
  void anyNameComesBackAsItWas(String name) throws IOException {
    put("n/" + name, name);

    assertThat(text("n/" + name, 0, name.getBytes(UTF_8).length)).isEqualTo(name);
    assertThat(list("n/")).containsExactly("n/" + name);
    store().copy(root() + "n/" + name, root() + "n/" + name + "-copy");
    assertThat(list("n/" + name)).containsExactly("n/" + name, "n/" + name + "-copy");
    store().delete(List.of(root() + "n/" + name, root() + "n/" + name + "-copy"));
    assertThat(list("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "a/../b", "a//b", "./a", "a/.", "a/", "a\\b", "a\nb", "a\u0000b"})
  void pathThatIsNotPlainIsRefused(String bad) throws IOException {
    String path = root() + bad;
    put("object", "x");

    assertThatIllegalArgumentException().isThrownBy(() -> store().create(path));
    assertThatIllegalArgumentException().isThrownBy(() -> store().read(path, 0, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store().read(path, 0, ByteBuffer.allocateDirect(1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store().read(path, List.of(new Range(0, 1))));
    assertThatIllegalArgumentException().isThrownBy(() -> store().copy(path, root() + "b"));
    assertThatIllegalArgumentException().isThrownBy(() -> store().copy(root() + "object", path));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store().delete(List.of(root() + "object", path)));
    assertThat(list("")).containsExactly("object");
  }

  @Test
  void absoluteAndEmptyPathsAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> store().create("/" + root() + "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> store().create(""));
    assertThatIllegalArgumentException().isThrownBy(() -> store().read("/etc/hostname", 0, 1));
  }

  @Test
  void copyLivesOnWithoutItsOriginal() throws IOException {
    put("a/original", "hello");

    store().copy(root() + "a/original", root() + "b/copy");
    assertThat(list("")).containsExactly("a/original", "b/copy");
    store().delete(List.of(root() + "a/original"));

    assertThat(text("b/copy", 0, 5)).isEqualTo("hello");
    assertThat(list("")).containsExactly("b/copy");
  }

  @Test
  void copyMayBeRepeated() throws IOException {
    put("original", "hello");

    store().copy(root() + "original", root() + "copy");
    store().copy(root() + "original", root() + "copy");

    assertThat(list("")).containsExactly("copy", "original");
    assertThat(text("copy", 0, 5)).isEqualTo("hello");
  }

  @Test
  void largeObjectIsCopiedWhole() throws IOException {
    byte[] bytes = new byte[largeBytes()];
    new Random(9).nextBytes(bytes);
    try (ObjectWriter writer = store().create(root() + "large")) {
      writer.write(Slice.of(bytes));
      writer.commit();
    }

    store().copy(root() + "large", root() + "copy");

    assertThat(store().read(root() + "copy", 0, bytes.length)).isEqualTo(Slice.of(bytes));
  }

  @Test
  void deletedObjectIsGoneAndMayBeDeletedAgain() throws IOException {
    put("a/one", "x");
    put("a/two", "x");

    store().delete(List.of(root() + "a/one", root() + "a/missing", root() + "missing/x"));
    assertThat(list("")).containsExactly("a/two");
    assertNotFound("a/one");

    store().delete(List.of(root() + "a/one", root() + "a/one"));
    store().delete(List.of());
    assertThat(list("")).containsExactly("a/two");
  }

  @Test
  void deletingWhatOnlyLeadsToObjectsDeletesNone() throws IOException {
    put("a/b/object", "x");

    store().delete(List.of(root() + "a/b", root() + "a", root() + "a/b/object/below"));

    assertThat(list("")).containsExactly("a/b/object");
  }

  @Test
  void manyObjectsAreListedAndDeletedAtOnce() throws Exception {
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < manyObjects(); i++) {
      paths.add("%smany/%06d".formatted(root(), i));
    }
    concurrently(
        4,
        thread -> {
          for (int i = thread; i < paths.size(); i += 4) {
            try (ObjectWriter writer = store().create(paths.get(i))) {
              writer.commit();
            }
          }
        });
    put("other", "x");

    assertThat(store().list(root() + "many/")).isEqualTo(paths);
    store().delete(paths);
    assertThat(list("")).containsExactly("other");
  }

  @Test
  void threadsWriteReadAndDeleteBesideEachOther() throws Exception {
    concurrently(
        4,
        thread -> {
          for (int i = 0; i < 20; i++) {
            String path = "shared/directory" + i % 3 + "/" + thread + "-" + i;
            put(path, path);
            assertThat(text(path, 0, path.length())).isEqualTo(path);
            assertThat(list("shared/")).contains(path);
            store().delete(List.of(root() + path));
            assertNotFound(path);
          }
        });
    assertThat(list("")).isEmpty();
  }

  @Test
  void answersLikeASortedMap() throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    Map<String, byte[]> model = new TreeMap<>();
    int names = 0;
    for (int step = 0; step < 150; step++) {
      List<String> known = new ArrayList<>(model.keySet());
      String some = known.isEmpty() ? "none" : known.get(random.nextInt(known.size()));
      String fresh = "m/" + random.nextInt(3) + "/" + names++;
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          byte[] bytes = new byte[random.nextInt(3000)];
          random.nextBytes(bytes);
          try (ObjectWriter writer = store().create(root() + fresh)) {
            writer.write(Slice.of(bytes));
            writer.commit();
          }
          model.put(fresh, bytes);
        }
        case 2 -> {
          if (model.containsKey(some)) {
            store().copy(root() + some, root() + fresh);
            model.put(fresh, model.get(some));
          }
        }
        case 3 -> {
          store().delete(List.of(root() + some));
          model.remove(some);
        }
        case 4 -> {
          String prefix = "m/" + random.nextInt(3);
          assertThat(list(prefix))
              .isEqualTo(model.keySet().stream().filter(path -> path.startsWith(prefix)).toList());
        }
        default -> {
          if (model.containsKey(some)) {
            byte[] bytes = model.get(some);
            int offset = random.nextInt(bytes.length + 1);
            int length = random.nextInt(bytes.length - offset + 1);
            assertThat(read(some, offset, length)).isEqualTo(Slice.of(bytes, offset, length));
          }
        }
      }
    }
    assertThat(list("m/")).isEqualTo(new ArrayList<>(model.keySet()));
  }

  final void put(String path, String text) throws IOException {
    try (ObjectWriter writer = store().create(root() + path)) {
      writer.write(Slice.utf8(text));
      writer.commit();
    }
  }

  final String text(String path, long offset, int length) throws IOException {
    return new String(read(path, offset, length).toByteArray(), UTF_8);
  }

  /** Reads in both ways, which must give the same. */
  private Slice read(String path, long offset, int length) throws IOException {
    Slice bytes = store().read(root() + path, offset, length);
    ByteBuffer target = ByteBuffer.allocateDirect(length + 5).position(3).limit(length + 3);
    store().read(root() + path, offset, target);
    byte[] put = new byte[length + 5];
    target.clear().get(put);
    assertThat(Slice.of(put, 3, length)).isEqualTo(bytes);
    assertThat(new byte[] {put[0], put[1], put[2], put[length + 3], put[length + 4]})
        .as("around it")
        .containsOnly(0);
    return bytes;
  }

  /** Lists below the root, and takes the root away again. */
  final List<String> list(String prefix) throws IOException {
    return store().list(root() + prefix).stream()
        .map(path -> path.substring(root().length()))
        .toList();
  }

  private void assertNotFound(String path) {
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store().read(root() + path, 0, 1))
        .withMessageContaining(root() + path);
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store().read(root() + path, 0, 0));
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store().read(root() + path, 0, ByteBuffer.allocateDirect(1)))
        .withMessageContaining(root() + path);
  }

  private void assertEnd(String path, long offset, int length) {
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> store().read(root() + path, offset, length))
        .withMessageContaining(root() + path);
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(
            () -> store().read(root() + path, offset, ByteBuffer.allocate(Math.min(length, 100))))
        .withMessageContaining(root() + path);
  }

  /** What one of many threads does. */
  private interface Work {
    void run(int thread) throws Exception;
  }

  private static void concurrently(int threads, Work work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        futures.add(
            executor.submit(
                () -> {
                  start.await(60, TimeUnit.SECONDS);
                  work.run(thread);
                  return null;
                }));
      }
      for (Future<?> future : futures) {
        future.get(120, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
