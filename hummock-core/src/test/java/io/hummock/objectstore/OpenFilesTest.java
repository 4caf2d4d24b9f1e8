package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.testing.ManualClock;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
  private static final Duration IDLE = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private final ManualClock clock = new ManualClock();
  private final OpenFiles files = new OpenFiles(name -> directory.resolve(name), 3, IDLE, clock);

  @BeforeEach
  void write() throws IOException {
    for (int i = 0; i < 5; i++) {
      Files.writeString(directory.resolve("file" + i), "content " + i);
    }
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void rangesComeInTheOrderAskedFor() throws IOException {
    assertThat(files.read("file1", List.of(new Range(8, 1), new Range(0, 7), new Range(9, 0))))
        .containsExactly(Slice.utf8("1"), Slice.utf8("content"), Slice.EMPTY);
  }

  @Test
  void atMostSoManyStayOpen() throws IOException {
    for (int i = 0; i < 5; i++) {
      read(i);
    }
    assertThat(files.count()).isEqualTo(3);
  }

  @Test
  void fileThatNobodyReadsForAWhileIsClosed() throws IOException {
    read(0);
    clock.advance(IDLE.toNanos() - 1);
    read(1);
    assertThat(files.count()).isEqualTo(2);
    clock.advance(1);
    assertThat(files.count()).isEqualTo(1);
  }

  @Test
  void forgottenFileIsOpenedAnew() throws IOException {
    read(0);
    Files.delete(directory.resolve("file0"));
    read(0);
    files.forget("file0");
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> read(0));
  }

  @Test
  void interruptedReaderDoesNotDisturbTheNext() throws IOException {
    read(0);
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(ClosedByInterruptException.class).isThrownBy(() -> read(0));
    assertThat(Thread.interrupted()).isTrue();
    read(0);
  }

  @Test
  void readersStandTheInterruptOfAnother() throws Exception {
    Thread other =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                try {
                  read(0);
                } catch (IOException e) {
                  return;
                }
              }
            });
    other.start();
    for (int i = 0; i < 1000; i++) {
      read(0);
      if (i == 500) {
        other.interrupt();
      }
    }
    other.join();
    read(0);
  }

  @Test
  void whatIsNotThereIsNotOpened() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> files.read("missing", List.of(new Range(0, 0))));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> files.read(".", List.of(new Range(0, 0))));
    assertThat(files.count()).isZero();
  }

  @Test
  void rangePastTheEndIsRefused() {
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> files.read("file0", List.of(new Range(5, 5))))
        .withMessage("file0 @5: expected 5 bytes, has 9");
  }

  private void read(int file) throws IOException {
    assertThat(files.read("file" + file, List.of(new Range(8, 1))))
        .containsExactly(Slice.utf8(Integer.toString(file)));
  }
}
