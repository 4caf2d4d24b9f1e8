package io.hummock.examples.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The lines that the job committed beside the lines that it should have.
 *
 * @param lines what the job gave, each as often as it did
 * @param expected how many lines there should be
 * @param missing lines that the job did not give
 * @param surplus lines that it gave too often, or should not have given; each as often as that
 */
record Results(List<String> lines, int expected, List<String> missing, List<String> surplus) {
  Results {
    lines = List.copyOf(lines);
    missing = List.copyOf(missing);
    surplus = List.copyOf(surplus);
  }

  /** Compares every line, and how often it occurs. */
  static Results compare(List<String> lines, List<String> expected) {
    Map<String, Integer> open = new HashMap<>();
    expected.forEach(line -> open.merge(line, 1, Integer::sum));
    List<String> surplus = new ArrayList<>();
    for (String line : lines) {
      Integer left = open.get(line);
      if (left == null || left == 0) {
        surplus.add(line);
      } else {
        open.put(line, left - 1);
      }
    }
    List<String> missing = new ArrayList<>();
    open.forEach(
        (line, left) -> {
          for (int i = 0; i < left; i++) {
            missing.add(line);
          }
        });
    return new Results(lines, expected.size(), missing, surplus);
  }

  /** All lines of the files that were committed; what a sink has in progress begins with a dot. */
  static List<String> read(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(file -> !file.getFileName().toString().startsWith(".")).toList();
    }
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      lines.addAll(Files.readAllLines(file));
    }
    return lines;
  }

  boolean right() {
    return missing.isEmpty() && surplus.isEmpty();
  }

  /** The fields of all lines of one kind. */
  List<String[]> ofKind(String kind) {
    String prefix = kind + ",";
    return lines.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.split(",", -1))
        .toList();
  }
}
