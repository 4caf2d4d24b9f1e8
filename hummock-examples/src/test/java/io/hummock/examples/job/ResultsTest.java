package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  @Test
  void sameLinesInAnyOrderAreRight() {
    Results results = Results.compare(List.of("b", "a", "b"), List.of("a", "b", "b"));
    assertThat(results.right()).isTrue();
    assertThat(results.expected()).isEqualTo(3);
  }

  @Test
  void lostLineIsMissed() {
    Results results = Results.compare(List.of("a"), List.of("a", "b"));
    assertThat(results.right()).isFalse();
    assertThat(results.missing()).containsExactly("b");
    assertThat(results.surplus()).isEmpty();
  }

  @Test
  void doubledLineIsSurplus() {
    Results results = Results.compare(List.of("a", "a", "b"), List.of("a", "b"));
    assertThat(results.right()).isFalse();
    assertThat(results.missing()).isEmpty();
    assertThat(results.surplus()).containsExactly("a");
  }

  @Test
  void wrongLineIsSurplusAndTheRightOneMissing() {
    Results results = Results.compare(List.of("a,2"), List.of("a,1"));
    assertThat(results.right()).isFalse();
    assertThat(results.missing()).containsExactly("a,1");
    assertThat(results.surplus()).containsExactly("a,2");
  }

  @Test
  void filesInProgressAreNotRead(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("part-1"), "a\nb\n");
    Files.writeString(directory.resolve("part-2"), "c\n");
    Files.writeString(directory.resolve(".part-3.inprogress"), "d\n");
    assertThat(Results.read(directory)).containsExactlyInAnyOrder("a", "b", "c");
  }
}
