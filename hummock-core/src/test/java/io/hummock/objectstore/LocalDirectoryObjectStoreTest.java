package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hummock.bytes.Slice;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDirectoryObjectStoreTest extends ObjectStoreContract {
  @TempDir private Path directory;
  private LocalDirectoryObjectStore store;

  @BeforeEach
  void open() throws IOException {
    store = LocalDirectoryObjectStore.durable(directory.resolve("made/on/demand"));
  }

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  String root() {
    return "";
  }

  @Test
  void directoriesComeAndGoWithTheirObjects() throws IOException {
    put("a/b/c/one", "x");
    put("a/two", "x");
    assertThat(files()).containsExactly("a", "a/b", "a/b/c", "a/b/c/one", "a/two");

    store.delete(List.of("a/b/c/one"));
    assertThat(files()).containsExactly("a", "a/two");

    store.delete(List.of("a/two"));
    assertThat(files()).isEmpty();
    assertThat(storeDirectory()).isDirectory();
  }

  @Test
  void writerThatIsNotCommittedLeavesNoFileAndNoDirectory() throws IOException {
    try (ObjectWriter writer = store.create("a/b/object")) {
      writer.write(Slice.utf8("hello"));
      assertThat(files()).hasSize(3);
      assertThat(store.list("")).isEmpty();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void directoryOfAnOpenWriterIsNotTakenAway() throws IOException {
    put("a/b/first", "x");
    try (ObjectWriter writer = store.create("a/b/second")) {
      store.delete(List.of("a/b/first"));
      writer.commit();
    }
    assertThat(store.list("")).containsExactly("a/b/second");
  }

  @Test
  void leftoversOfACrashAreNotObjects() throws IOException {
    ObjectWriter writer = store.create("a/object");
    writer.write(Slice.utf8("hello"));
    // No close: so it is after a crash.

    LocalDirectoryObjectStore reopened = LocalDirectoryObjectStore.durable(storeDirectory());
    assertThat(reopened.list("")).isEmpty();
    String leftover = files().get(1);
    assertThatIllegalArgumentException().isThrownBy(() -> reopened.read(leftover, 0, 5));
    writer.close();
  }

  @Test
  void objectsAreThereWhenTheDirectoryIsOpenedAgain() throws IOException {
    put("a/object", "hello");
    store.close();

    LocalDirectoryObjectStore reopened = LocalDirectoryObjectStore.scratch(storeDirectory());
    assertThat(reopened.read("a/object", 1, 3)).isEqualTo(Slice.utf8("ell"));
  }

  @Test
  void rootThatHasGoneIsNotMadeAgain() throws IOException {
    Files.delete(storeDirectory());

    assertThatIOException()
        .isThrownBy(() -> store.create("a/object"))
        .withMessageContaining("a/object");
    assertThat(storeDirectory()).doesNotExist();
    assertThat(store.list("")).isEmpty();
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.read("a/object", 0, 1));
  }

  @Test
  void objectCannotLieBelowAnother() throws IOException {
    put("a", "x");

    assertThatIOException().isThrownBy(() -> store.create("a/b")).withMessageContaining("a/b");
    assertThat(store.list("")).containsExactly("a");
  }

  @Test
  void interruptEndsAReadAndHarmsNoOtherRead() throws IOException {
    put("object", "hello");

    Thread.currentThread().interrupt();
    assertThatExceptionOfType(ClosedByInterruptException.class)
        .isThrownBy(() -> store.read("object", 0, 5));
    assertThat(Thread.interrupted()).isTrue();

    assertThat(text("object", 0, 5)).isEqualTo("hello");
  }

  private Path storeDirectory() {
    return directory.resolve("made/on/demand");
  }

  /** Everything below the store's directory, in order. */
  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(storeDirectory())) {
      return files
          .filter(file -> !file.equals(storeDirectory()))
          .map(file -> storeDirectory().relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
