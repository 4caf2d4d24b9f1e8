package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class InMemoryObjectStoreTest extends ObjectStoreContract {
  private final InMemoryObjectStore store = new InMemoryObjectStore();

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  String root() {
    return "";
  }

  @Test
  void namesAreWriteOnce() throws IOException {
    put("object", "one");
    put("object", "one");

    assertThatIllegalStateException()
        .isThrownBy(() -> put("object", "two"))
        .withMessageContaining("object");
    assertThat(text("object", 0, 3)).isEqualTo("one");
  }

  @Test
  void countsItsBytes() throws IOException {
    put("a", "12345");
    put("b", "678");

    assertThat(store.bytes()).isEqualTo(8);
  }

  @Test
  void objectsOutliveClosing() throws IOException {
    put("object", "hello");
    store.close();

    assertThat(text("object", 0, 5)).isEqualTo("hello");
  }
}
