package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;

/**
 * Holds the table of docs/configuration.md to the options of the code. {@code
 * -Dhummock.docs.write=true} writes it anew.
 */
class ConfigurationDocsTest {

  private static final Path DOCS = Path.of("..", "docs", "configuration.md");
  private static final String BEGIN = "<!-- options: written by ConfigurationDocsTest -->\n";
  private static final String END = "<!-- end of options -->\n";

  @Test
  void tableHasTheOptionsOfTheCode() throws Exception {
    String text = Files.readString(DOCS);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    assertThat(end).as("the marks of the table in %s", DOCS).isGreaterThanOrEqualTo(begin);
    String expected = table();
    if (Boolean.getBoolean("hummock.docs.write")) {
      write(text.substring(0, begin) + expected + text.substring(end));
      return;
    }
    assertThat(text.substring(begin, end)).isEqualTo(expected);
  }

  @Test
  void everyOptionIsHummocksAndHasADescription() throws Exception {
    List<ConfigOption<?>> options = options();
    assertThat(options).hasSizeBetween(5, 25);
    for (ConfigOption<?> option : options) {
      assertThat(option.key()).startsWith("state.backend.hummock.");
      assertThat(description(option)).as(option.key()).hasSizeGreaterThan(20).endsWith(".");
    }
  }

  private static void write(String text) throws IOException {
    Files.writeString(DOCS, text);
  }

  private static String table() throws IllegalAccessException {
    StringBuilder table =
        new StringBuilder("\n| option | default | meaning |\n| --- | --- | --- |\n");
    for (ConfigOption<?> option : options()) {
      Object value = option.defaultValue();
      table.append(
          "| `%s` | %s | %s |%n"
              .formatted(
                  option.key(), value == null ? "none" : "`" + value + "`", description(option)));
    }
    return table.append('\n').toString();
  }

  private static String description(ConfigOption<?> option) {
    return new HtmlFormatter().format(option.description()).replace("|", "\\|");
  }

  private static List<ConfigOption<?>> options() throws IllegalAccessException {
    List<ConfigOption<?>> options = new ArrayList<>();
    for (Field field : HummockConfigOptions.class.getFields()) {
      if (field.get(null) instanceof ConfigOption<?> option) {
        options.add(option);
      }
    }
    return options;
  }
}
