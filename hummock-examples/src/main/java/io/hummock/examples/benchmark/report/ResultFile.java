package io.hummock.examples.benchmark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one run of a benchmark found, with the conditions of the run. Stored as text: conditions as
 * lines {@code # name: value}, a heading, then one measurement a line, its fields separated by
 * commas.
 *
 * @param conditions such as the number of keys; in the order in which they were given
 */
public record ResultFile(Map<String, String> conditions, List<Measurement> measurements) {
  private static final String HEADING = "setting,group,operation,backend,unit,value";
  private static final String EXTENSION = ".csv";
  private static final int FIELDS = 6;

  public ResultFile {
    conditions = new LinkedHashMap<>(conditions);
    measurements = List.copyOf(measurements);
  }

  /** Where the results of a benchmark lie in a directory. */
  public static Path path(Path directory, String benchmark) {
    return directory.resolve(benchmark + EXTENSION);
  }

  /** Writes the file, and the directories above it. */
  public void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder(256);
    conditions.forEach(
        (name, value) -> text.append("# ").append(name).append(": ").append(value).append('\n'));
    text.append(HEADING).append('\n');
    for (Measurement each : measurements) {
      text.append(
          String.join(
              ",",
              each.setting(),
              each.group(),
              each.operation(),
              each.backend(),
              each.unit().text(),
              Double.toString(each.value())));
      text.append('\n');
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, text);
  }

  /**
   * Reads a file.
   *
   * @throws IOException also if it is not a result file; the message names file and line
   */
  public static ResultFile read(Path file) throws IOException {
    Map<String, String> conditions = new LinkedHashMap<>();
    List<Measurement> measurements = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.startsWith("# ")) {
        int colon = line.indexOf(": ");
        if (colon < 0) {
          throw new IOException(file + " line " + number + ": no condition: " + line);
        }
        conditions.put(line.substring(2, colon), line.substring(colon + 2));
      } else if (!line.equals(HEADING)) {
        String[] fields = line.split(",", -1);
        if (fields.length != FIELDS) {
          throw new IOException(file + " line " + number + ": no measurement: " + line);
        }
        try {
          measurements.add(
              new Measurement(
                  fields[0],
                  fields[1],
                  fields[2],
                  fields[3],
                  Unit.of(fields[4]),
                  Double.parseDouble(fields[5])));
        } catch (IllegalArgumentException e) {
          throw new IOException(file + " line " + number + ": " + e.getMessage(), e);
        }
      }
    }
    return new ResultFile(conditions, measurements);
  }
}
