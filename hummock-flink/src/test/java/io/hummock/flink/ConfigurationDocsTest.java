package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.storage.S3Key;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;

/**
 * Holds the tables of docs/configuration.md to the options of the code. {@code
 * -Dhummock.docs.write=true} writes them anew.
 */
class ConfigurationDocsTest {

  private static final Path DOCS = Path.of("..", "docs", "configuration.md");

  @Test
  void tableHasTheOptionsOfTheCode() throws Exception {
    check("options", table());
  }

  @Test
  void tableHasTheKeysOfS3() throws Exception {
    check("s3 keys", s3Table());
  }

  private static void check(String name, String expected) throws IOException {
    String beginMark = "<!-- " + name + ": written by ConfigurationDocsTest -->\n";
    String endMark = "<!-- end of " + name + " -->\n";
    String text = Files.readString(DOCS);
    int begin = text.indexOf(beginMark) + beginMark.length();
    int end = text.indexOf(endMark);
    assertThat(end).as("the marks of the table in %s", DOCS).isGreaterThanOrEqualTo(begin);
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
          "| `%s` | %s | %s |\n"
              .formatted(
                  option.key(), value == null ? "none" : "`" + value + "`", description(option)));
    }
    return table.append('\n').toString();
  }

  private static String s3Table() {
    StringBuilder table = new StringBuilder("\n| key | default | meaning |\n| --- | --- | --- |\n");
    for (S3Key key : S3Key.values()) {
      String names =
          key.names().stream()
              .map(name -> "`" + S3Key.FLINK + name + "`")
              .collect(Collectors.joining(" or "));
      table.append("| %s | %s | %s |\n".formatted(names, key.defaultText(), key.description()));
    }
    return table.append('\n').toString();
  }

  @Test
  void everyKeyOfS3IsDescribed() {
    for (S3Key key : S3Key.values()) {
      assertThat(key.description()).as(key.key()).hasSizeGreaterThan(20).endsWith(".");
      assertThat(key.defaultText()).as(key.key()).isNotBlank();
    }
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
