package io.hummock.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultyObjectStoreTest {
  private final InMemoryObjectStore below = new InMemoryObjectStore();
  private final ManualClock clock = new ManualClock();
  private final FaultyObjectStore store = new FaultyObjectStore(below, clock);

  @Test
  void countsEveryCallButClosing() throws IOException {
    put("object");
    store.read("object", 0, 1);
    store.read("object", List.of(new Range(0, 1), new Range(1, 1)));
    store.list("");
    store.copy("object", "copy");
    store.delete(List.of("copy", "object"));

    assertThat(store.calls()).isEqualTo(8);
    assertThat(store.calls(Call.READ)).isEqualTo(2);
    assertThat(store.failures()).isZero();
  }

  @Test
  void failsTheCallItWasArmedForAndNoOther() throws IOException {
    put("object");
    store.failCall(2, Mode.ERROR_BEFORE);

    store.read("object", 0, 1);
    assertThatIOException().isThrownBy(() -> store.read("object", 0, 1));
    store.read("object", 0, 1);
    assertThat(store.failures()).isEqualTo(1);
  }

  @Test
  void failsTheNthCallOfAKind() throws IOException {
    put("object");
    store.failCall(Call.LIST, 2, Mode.ERROR_BEFORE);

    store.list("");
    store.read("object", 0, 1);
    store.read("object", 0, 1);
    assertThatIOException().isThrownBy(() -> store.list(""));
    store.list("");
  }

  @Test
  void failsUntilItIsDisarmed() throws IOException {
    put("object");
    store.failFromCall(Call.READ, 1, Mode.TIMEOUT);

    assertThatIOException().isThrownBy(() -> store.read("object", 0, 1));
    assertThatIOException().isThrownBy(() -> store.read("object", List.of()));
    store.disarm();
    store.read("object", 0, 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"ERROR_BEFORE", "TIMEOUT", "SHORT_BODY"})
  void failureWithoutEffectLeavesNoObject(Mode mode) throws IOException {
    for (Call call : List.of(Call.CREATE, Call.WRITE, Call.COMMIT)) {
      store.failCall(call, 1, mode);
      assertThatIOException().isThrownBy(() -> put("object")).withMessageContaining("object");
    }
    store.disarm();
    put("object");
    store.failCall(Call.COPY, 1, mode);
    assertThatIOException().isThrownBy(() -> store.copy("object", "copy"));

    assertThat(below.list("")).containsExactly("object");
  }

  @Test
  void errorAfterTheEffectLeavesTheEffect() throws IOException {
    store.failCall(Call.COMMIT, 1, Mode.ERROR_AFTER_EFFECT);
    assertThatIOException().isThrownBy(() -> put("object"));
    assertThat(below.list("")).containsExactly("object");

    store.failCall(Call.COPY, 1, Mode.ERROR_AFTER_EFFECT);
    assertThatIOException().isThrownBy(() -> store.copy("object", "copy"));
    assertThat(below.list("")).containsExactly("copy", "object");

    store.failCall(Call.DELETE, 1, Mode.ERROR_AFTER_EFFECT);
    assertThatIOException().isThrownBy(() -> store.delete(List.of("copy", "object")));
    assertThat(below.list("")).isEmpty();
  }

  @Test
  void shortBodyIsTheEndOfTheFileAndTearsADeletion() throws IOException {
    put("a");
    put("b");
    put("c");
    store.failCall(1, Mode.SHORT_BODY);
    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> store.read("a", 0, 1));

    store.failCall(1, Mode.SHORT_BODY);
    assertThatIOException().isThrownBy(() -> store.delete(List.of("a", "b", "c")));
    assertThat(below.list("")).containsExactly("c");
  }

  @Test
  void waitsOnTheClockAndNotInReality() throws IOException {
    put("object");
    store.delayCalls(5);
    store.read("object", 0, 1);
    assertThat(clock.nanoTime()).isEqualTo(5);

    store.disarm();
    store.failCall(1, Mode.TIMEOUT);
    assertThatExceptionOfType(SocketTimeoutException.class)
        .isThrownBy(() -> store.read("object", 0, 1));
    assertThat(clock.nanoTime()).isEqualTo(5 + FaultyObjectStore.TIMEOUT_NANOS);
  }

  private void put(String path) throws IOException {
    try (ObjectWriter writer = store.create(path)) {
      writer.write(Slice.utf8("hello"));
      writer.commit();
    }
  }
}
