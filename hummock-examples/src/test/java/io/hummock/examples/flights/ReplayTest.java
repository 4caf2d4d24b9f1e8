package io.hummock.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
  @TempDir private Path directory;

  @Test
  void nobodyHoldsAReplayAtFirst() {
    Replay replay = Replay.named("ReplayTest");
    assertThat(replay.allows(9, 10)).isTrue();
    Replay.forget("ReplayTest");
  }

  @Test
  void fileHoldsTheReplayThatHasItsName() throws IOException {
    Path file = Files.writeString(directory.resolve("limit"), "0\n");
    Replay replay = Replay.named(file.toUri().toString());
    assertThat(replay.allows(0, 10)).isFalse();
    Files.writeString(file, "0.5");
    Awaitility.await().until(() -> replay.allows(4, 10));
    assertThat(replay.allows(5, 10)).isFalse();
    Replay.forget(file.toUri().toString());
  }

  @Test
  void missingFileIsNamed() {
    Path file = directory.resolve("missing");
    Replay replay = Replay.named(file.toUri().toString());
    assertThatThrownBy(() -> replay.allows(0, 10))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(file.toString());
    Replay.forget(file.toUri().toString());
  }
}
