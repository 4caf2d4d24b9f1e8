package io.hummock.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
  @Test
  void whatIsWrittenIsRead(@TempDir Path directory) throws IOException {
    ResultFile results =
        new ResultFile(
            Map.of("machine", "2 cores: fast ones"),
            List.of(
                new Measurement("long keys; hot", "Value", "get", "hummock", Unit.WALL_NANOS, 1.5),
                new Measurement("", "", "bytes", "heap", Unit.BYTES, Double.NaN)));
    Path file = ResultFile.path(directory.resolve("new"), "some");
    results.write(file);
    assertThat(ResultFile.read(file)).isEqualTo(results);
  }

  @Test
  void aBrokenLineIsNamed(@TempDir Path directory) throws IOException {
    Path file = ResultFile.path(directory, "some");
    Files.writeString(file, "setting,group,operation,backend,unit,value\na,b,c\n");
    assertThatThrownBy(() -> ResultFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("a,b,c");
  }

  @Test
  void aNameThatWouldBreakTheFileIsRefused() {
    assertThatThrownBy(() -> new Measurement("a,b", "", "", "", Unit.COUNT, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a,b");
  }
}
