package io.hummock.examples.benchmark.process;

import io.hummock.examples.benchmark.report.Measurement;
import io.hummock.examples.benchmark.report.ResultFile;
import io.hummock.examples.benchmark.report.Unit;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Collects what a run finds, prints it, and writes it as a file. */
public final class Recorder {
  /**
   * Where a number belongs.
   *
   * @see Measurement
   */
  private record Place(String setting, String group, String operation, String backend, Unit unit) {}

  private final Map<String, String> conditions = new LinkedHashMap<>();
  private final Map<Place, List<Double>> values = new LinkedHashMap<>();

  /** A recorder that knows the machine. */
  public Recorder() {
    condition(
        "machine",
        Runtime.getRuntime().availableProcessors()
            + " cores, "
            + System.getProperty("os.name")
            + ", JDK "
            + System.getProperty("java.version"));
    condition(
        "load average at the start",
        String.format(
            Locale.ROOT,
            "%.1f",
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
  }

  /** Adds a condition of the run. */
  public void condition(String name, String value) {
    conditions.put(name, value);
  }

  /** Adds a number; of several in one place the median counts. */
  public void add(
      String setting, String group, String operation, String backend, Unit unit, double value) {
    System.out.printf(
        Locale.ROOT,
        "%s | %s %s | %s | %,.1f %s%n",
        setting,
        group,
        operation,
        backend,
        value,
        unit.text());
    values
        .computeIfAbsent(
            new Place(setting, group, operation, backend, unit), place -> new ArrayList<>())
        .add(value);
  }

  /** Adds what another run has found. */
  public void addAll(ResultFile other) {
    other.conditions().forEach(conditions::putIfAbsent);
    for (Measurement each : other.measurements()) {
      values
          .computeIfAbsent(
              new Place(
                  each.setting(), each.group(), each.operation(), each.backend(), each.unit()),
              place -> new ArrayList<>())
          .add(each.value());
    }
  }

  /** What was found so far. */
  public ResultFile results() {
    List<Measurement> measurements = new ArrayList<>();
    values.forEach(
        (place, found) ->
            measurements.add(
                new Measurement(
                    place.setting(),
                    place.group(),
                    place.operation(),
                    place.backend(),
                    place.unit(),
                    median(found))));
    return new ResultFile(conditions, measurements);
  }

  /**
   * Asserts that all backends found the same checksums.
   *
   * @throws IllegalStateException if not; the message names the operation and what each found
   */
  public void checkChecksums() {
    Map<String, Map<String, Double>> found = new TreeMap<>();
    values.forEach(
        (place, checksums) -> {
          if (place.unit() == Unit.CHECKSUM) {
            Map<String, Double> byBackend =
                found.computeIfAbsent(
                    place.setting() + ": " + place.group() + " " + place.operation(),
                    name -> new TreeMap<>());
            for (int i = 0; i < checksums.size(); i++) {
              byBackend.put(place.backend() + (i == 0 ? "" : " #" + (i + 1)), checksums.get(i));
            }
          }
        });
    found.forEach(
        (operation, byBackend) -> {
          if (byBackend.values().stream().distinct().count() > 1) {
            throw new IllegalStateException(
                "the backends do not agree on the results of " + operation + ": " + byBackend);
          }
        });
  }

  /** Writes the file of a benchmark. */
  public void write(Path directory, String benchmark) throws IOException {
    results().write(ResultFile.path(directory, benchmark));
  }

  private static double median(List<Double> found) {
    List<Double> sorted = found.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
