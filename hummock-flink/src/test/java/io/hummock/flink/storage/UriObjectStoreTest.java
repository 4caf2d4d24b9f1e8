package io.hummock.flink.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hummock.bytes.Slice;
import io.hummock.flink.storage.UriObjectStore.Route;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.ObjectWriter;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UriObjectStoreTest {
  @TempDir private Path directory;

  private final InMemoryObjectStore memory = new InMemoryObjectStore();
  private final List<String> opened = new ArrayList<>();
  private final UriObjectStore store =
      new UriObjectStore(
          scheme -> {
            opened.add(scheme);
            return scheme.equals("file")
                ? new Route(new FileSystemObjectStore(), true)
                : new Route(memory, false);
          });

  @Test
  void schemeTellsTheStoreAndIsOpenedOnce() throws IOException {
    put("s3://bucket/a/one", "1");
    put("s3://bucket/a/two", "2");
    String file = "file:" + directory + "/three";
    put(file, "3");

    assertThat(memory.list("")).containsExactly("bucket/a/one", "bucket/a/two");
    assertThat(store.list("s3://bucket/a/"))
        .containsExactly("s3://bucket/a/one", "s3://bucket/a/two");
    assertThat(text(file)).isEqualTo("3");
    assertThat(opened).containsExactly("s3", "file");

    store.delete(List.of("s3://bucket/a/one", file));
    assertThat(memory.list("")).containsExactly("bucket/a/two");
    assertThatExceptionOfType(ObjectNotFoundException.class).isThrownBy(() -> text(file));
  }

  @Test
  void copyBetweenSpellingsOfOneStoreIsTheStoresOwn() throws IOException {
    put("s3://bucket/one", "1");
    store.copy("s3://bucket/one", "s3a://bucket/two");

    assertThat(text("s3a://bucket/two")).isEqualTo("1");
    assertThat(memory.list("")).containsExactly("bucket/one", "bucket/two");
  }

  @Test
  void copyBetweenStoresIsWholeWhateverItsLength() throws IOException {
    Random random = new Random(5);
    for (int length : new int[] {0, 1, 1 << 20, (1 << 20) + 1, 3_333_333}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      String from = "s3://bucket/" + length;
      String to = "file:" + directory + "/" + length;
      try (ObjectWriter writer = store.create(from)) {
        writer.write(Slice.of(bytes));
        writer.commit();
      }

      store.copy(from, to);

      assertThat(store.read(to, 0, length)).isEqualTo(Slice.of(bytes));
      assertThatExceptionOfType(EOFException.class).isThrownBy(() -> store.read(to, 0, length + 1));
    }
  }

  @Test
  void copyOfWhatIsMissingLeavesNothing() {
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.copy("s3://bucket/no", "file:" + directory + "/copy"));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void bytesInAHandleAreReadAndCopied() throws IOException {
    ByteStreamStateHandle handle = new ByteStreamStateHandle("x", new byte[] {1, 2, 3, 4});
    String path = store.pathOf(handle);

    assertThat(UriObjectStore.isHandle(path)).isTrue();
    assertThat(store.handleOf(path, 4)).isSameAs(handle);
    assertThat(store.read(path, List.of(new Range(2, 2), new Range(0, 1))))
        .containsExactly(Slice.of(new byte[] {3, 4}), Slice.of(new byte[] {1}));
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> store.read(path, 3, 2))
        .withMessageContaining(path);
    store.copy(path, "s3://bucket/copy");
    assertThat(store.read("s3://bucket/copy", 0, 4)).isEqualTo(Slice.of(new byte[] {1, 2, 3, 4}));
    assertThatIllegalArgumentException().isThrownBy(() -> store.create(path));
    store.delete(List.of(path));
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.read(path, 0, 1));
  }

  @Test
  void pathOfAFileIsTheSameHoweverItsHandleCame() {
    org.apache.flink.core.fs.Path file = new org.apache.flink.core.fs.Path("s3://b/with space/x");
    assertThat(store.pathOf(new FileStateHandle(file, 1))).isEqualTo("s3://b/with space/x");
    assertThat(store.pathOf(new RelativeFileStateHandle(file, "x", 1)))
        .isEqualTo("s3://b/with space/x");
    assertThat(store.handleOf("s3://b/with space/x", 1)).isEqualTo(new FileStateHandle(file, 1));
    assertThat(UriObjectStore.pathOf(new org.apache.flink.core.fs.Path("/a/b")))
        .isEqualTo("file:/a/b");
    assertThat(UriObjectStore.pathOf(new org.apache.flink.core.fs.Path("file:///a/b")))
        .isEqualTo("file:/a/b");
  }

  @Test
  void pathWithoutASchemeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> store.create("/a/b"));
    assertThatIllegalArgumentException().isThrownBy(() -> store.read("a/b:c", 0, 1));
  }

  private void put(String path, String text) throws IOException {
    try (ObjectWriter writer = store.create(path)) {
      writer.write(Slice.utf8(text));
      writer.commit();
    }
  }

  private String text(String path) throws IOException {
    return new String(
        store.read(path, 0, 1).toByteArray(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
