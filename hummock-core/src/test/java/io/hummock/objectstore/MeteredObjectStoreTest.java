package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.FaultyObjectStore.Call;
import io.hummock.testing.FaultyObjectStore.Mode;
import io.hummock.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeteredObjectStoreTest extends ObjectStoreContract {
  private final List<String> reports = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private final FaultyObjectStore faulty = new FaultyObjectStore(new InMemoryObjectStore(), clock);
  private final MeteredObjectStore store =
      new MeteredObjectStore(
          faulty,
          new HummockMetrics() {
            @Override
            public synchronized void storeCall(StoreCall call, long bytes, long nanos) {
              reports.add(call + " " + bytes + " B " + nanos + " ns");
            }

            @Override
            public synchronized void storeError(StoreCall call, long nanos) {
              reports.add(call + " failed " + nanos + " ns");
            }
          },
          clock);

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  String root() {
    return "";
  }

  @Test
  void reportsEachCallWithItsBytesAndTime() throws IOException {
    faulty.delayCalls(10);
    try (ObjectWriter writer = store.create("object")) {
      writer.write(Slice.utf8("01234"));
      writer.write(Slice.utf8("56789"));
      writer.commit();
    }
    store.read("object", 2, 3);
    store.read("object", List.of(new ObjectStore.Range(0, 1), new ObjectStore.Range(5, 5)));
    store.read("object", 6, ByteBuffer.allocateDirect(4));
    store.list("");
    store.copy("object", "copy");
    store.delete(List.of("copy", "object"));

    assertThat(reports)
        .containsExactly(
            "CREATE 0 B 10 ns",
            "PUT 10 B 30 ns",
            "READ 3 B 10 ns",
            "READ 6 B 10 ns",
            "READ 4 B 10 ns",
            "LIST 0 B 10 ns",
            "COPY 0 B 10 ns",
            "DELETE 0 B 10 ns");
  }

  @Test
  void reportsEachFailureOnce() throws IOException {
    put("object", "hello");
    reports.clear();
    faulty.delayCalls(10);

    for (Call call : Call.values()) {
      faulty.failCall(call, 1, Mode.ERROR_BEFORE);
      assertThatIOException().isThrownBy(() -> run(call));
    }

    assertThat(reports)
        .containsExactly(
            "CREATE failed 10 ns",
            "CREATE 0 B 10 ns",
            "PUT failed 10 ns",
            "CREATE 0 B 10 ns",
            "PUT failed 20 ns",
            "READ failed 10 ns",
            "LIST failed 10 ns",
            "COPY failed 10 ns",
            "DELETE failed 10 ns");
  }

  @Test
  void writerThatIsNotCommittedPutsNothing() throws IOException {
    store.create("object").close();

    assertThat(reports).containsExactly("CREATE 0 B 0 ns");
  }

  private void run(Call call) throws IOException {
    switch (call) {
      case CREATE, WRITE, COMMIT -> put("other", "x");
      case READ -> store.read("object", 0, 1);
      case LIST -> store.list("");
      case COPY -> store.copy("object", "copy");
      case DELETE -> store.delete(List.of("object"));
    }
  }
}
