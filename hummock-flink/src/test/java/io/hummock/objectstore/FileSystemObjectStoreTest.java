package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hummock.bytes.Slice;
import io.hummock.flink.storage.FileSystemObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lies in the core's package, where the contract is. */
class FileSystemObjectStoreTest extends ObjectStoreContract {
  @TempDir private Path directory;
  private final ObjectStore store = new FileSystemObjectStore();

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  String root() {
    return "file:" + directory + "/";
  }

  @Test
  void unfinishedObjectHasAnotherName() throws IOException {
    try (ObjectWriter writer = store.create(root() + "a/object")) {
      writer.write(Slice.utf8("hello"));
      assertThat(files()).hasSize(1).allMatch(name -> name.endsWith(".tmp"));
      writer.commit();
      assertThat(files()).containsExactly("a/object");
    }
  }

  @Test
  void abandonedWriterLeavesNoFile() throws IOException {
    store.create(root() + "a/object").close();
    assertThat(files()).isEmpty();
  }

  @Test
  void otherSpellingsOfTheSameFileAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create("file://" + directory + "/object"));
    assertThatIllegalArgumentException().isThrownBy(() -> store.create(directory + "/object"));
  }

  /** All names of the contract but one with a colon, which Flink's own paths do not take. */
  @Override
  @ParameterizedTest
  @ValueSource(
      strings = {
        "with space",
        "plus+plus",
        "100%",
        "a%2Fb",
        "a&b=c?d#e",
        "quote'\"<>",
        "~t!*()",
        "h\u00FCt",
        "semi;at@comma,",
        "..dots..",
        "$"
      })
  void anyNameComesBackAsItWas(String name) throws IOException {
    super.anyNameComesBackAsItWas(name);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> directory.relativize(path).toString())
          .toList();
    }
  }
}
