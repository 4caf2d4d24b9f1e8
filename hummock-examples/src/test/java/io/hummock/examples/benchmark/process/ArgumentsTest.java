package io.hummock.examples.benchmark.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final List<Option> OPTIONS =
      List.of(
          new Option("keys", "N", "100", "how many keys"),
          new Option("backends", "A,B", "heap,hummock", "which backends"),
          new Option("fast", "true|false", "false", "whether to hurry"));

  private static Arguments of(String... line) {
    return new Arguments(List.of(line), OPTIONS);
  }

  @Test
  void whatIsNotGivenHasItsDefault() {
    Arguments arguments = of("--keys", "7");
    assertThat(arguments.count("keys")).isEqualTo(7);
    assertThat(arguments.list("backends")).containsExactly("heap", "hummock");
    assertThat(arguments.flag("fast")).isFalse();
  }

  @Test
  void anUnknownOptionIsToldWhichThereAre() {
    assertThatThrownBy(() -> of("--key", "7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--key")
        .hasMessageContaining("--keys N")
        .hasMessageContaining("how many keys");
    assertThatThrownBy(() -> of("--keys")).hasMessageContaining("--keys has no value");
  }

  @Test
  void aWrongValueIsToldWhatWouldBeRight() {
    assertThatThrownBy(() -> of("--keys", "many").count("keys"))
        .hasMessageContaining("--keys many")
        .hasMessageContaining("a number such as 100");
    assertThatThrownBy(() -> of("--keys", "1.5").count("keys"))
        .hasMessageContaining("a whole number from 1");
    assertThatThrownBy(() -> of("--keys", "0").count("keys"))
        .hasMessageContaining("greater than 0");
    assertThatThrownBy(() -> of("--fast", "yes").flag("fast"))
        .hasMessageContaining("true or false");
  }

  @Test
  void aCommandLineCanBePassedOnWithChanges() {
    assertThat(of("--keys", "7", "--fast", "true").with(Map.of("keys", "8")))
        .containsExactlyInAnyOrder("--keys", "8", "--fast", "true")
        .containsSubsequence("--keys", "8");
  }
}
