package io.hummock.examples.benchmark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Curves as a file: a heading, then a line a point, {@code series,time,value}. */
public final class CurveFile {
  private static final String HEADING = "series,time,value";
  private static final int FIELDS = 3;

  private CurveFile() {}

  /** Writes the curves, and the directories above the file. */
  public static void write(Path file, Map<String, List<Curve.Point>> curves) throws IOException {
    StringBuilder text = new StringBuilder(4096);
    text.append(HEADING).append('\n');
    curves.forEach(
        (series, points) ->
            points.forEach(
                point ->
                    text.append(
                        String.format(
                            Locale.ROOT, "%s,%.1f,%.1f%n", series, point.time(), point.value()))));
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, text);
  }

  /**
   * Reads curves.
   *
   * @throws IOException also if it is no such file; the message names file and line
   */
  public static Map<String, List<Curve.Point>> read(Path file) throws IOException {
    Map<String, List<Curve.Point>> curves = new LinkedHashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.equals(HEADING)) {
        continue;
      }
      String[] fields = line.split(",", -1);
      try {
        if (fields.length != FIELDS) {
          throw new NumberFormatException("not three fields");
        }
        curves
            .computeIfAbsent(fields[0], series -> new ArrayList<>())
            .add(new Curve.Point(Double.parseDouble(fields[1]), Double.parseDouble(fields[2])));
      } catch (NumberFormatException e) {
        throw new IOException(file + " line " + number + ": no point: " + line, e);
      }
    }
    return curves;
  }
}
