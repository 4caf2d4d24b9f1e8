package io.hummock.examples.benchmark.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** The measurements of one setting, by operation and backend. */
final class Comparison {
  private static final List<String> ORDER = List.of("heap", "rocksdb", "rocksdb-tuned", "forst");
  private static final String SUBJECT = "hummock";

  /** An operation of a group. */
  record Row(String group, String operation) {}

  private final Map<Row, Map<String, Map<Unit, Double>>> rows = new LinkedHashMap<>();
  private final List<String> backends;

  Comparison(Collection<Measurement> measurements) {
    Set<String> found = new LinkedHashSet<>();
    for (Measurement each : measurements) {
      found.add(each.backend());
      rows.computeIfAbsent(new Row(each.group(), each.operation()), row -> new LinkedHashMap<>())
          .computeIfAbsent(each.backend(), backend -> new EnumMap<>(Unit.class))
          .put(each.unit(), each.value());
    }
    backends = found.stream().sorted(Comparator.comparingInt(Comparison::place)).toList();
  }

  /** The known peers first, then unknown ones, Hummock and its variants last. */
  private static int place(String backend) {
    int known = ORDER.indexOf(backend);
    if (known >= 0) {
      return known;
    }
    return backend.startsWith(SUBJECT) ? ORDER.size() + 1 : ORDER.size();
  }

  /** The measurements of each setting but its checksums, which are equal, in the file's order. */
  static Map<String, Comparison> bySetting(ResultFile results) {
    Map<String, List<Measurement>> settings = new LinkedHashMap<>();
    for (Measurement each : results.measurements()) {
      if (each.unit() != Unit.CHECKSUM) {
        settings.computeIfAbsent(each.setting(), setting -> new ArrayList<>()).add(each);
      }
    }
    Map<String, Comparison> comparisons = new LinkedHashMap<>();
    settings.forEach((setting, found) -> comparisons.put(setting, new Comparison(found)));
    return comparisons;
  }

  List<String> backends() {
    return backends;
  }

  /** The backend that the others are compared with; empty if it was not measured. */
  Optional<String> subject() {
    return backends.stream().filter(backend -> backend.startsWith(SUBJECT)).findFirst();
  }

  /** All backends but the subject; none if there is no subject. */
  List<String> peers() {
    Optional<String> subject = subject();
    return subject.isEmpty()
        ? List.of()
        : backends.stream().filter(backend -> !backend.equals(subject.get())).toList();
  }

  Set<Row> rows() {
    return rows.keySet();
  }

  List<String> groups() {
    return rows.keySet().stream().map(Row::group).distinct().toList();
  }

  List<Row> rows(String group) {
    return rows.keySet().stream().filter(row -> row.group().equals(group)).toList();
  }

  /** What a backend gave for an operation; empty if it was not measured. */
  Map<Unit, Double> values(Row row, String backend) {
    return Objects.requireNonNull(rows.get(row)).getOrDefault(backend, Map.of());
  }

  /** How many times better {@code one} is than {@code other}. */
  OptionalDouble ratio(Row row, String one, String other) {
    return Ratios.smallest(values(row, one), values(row, other));
  }

  /** The geometric mean over those of the rows for which there is a ratio. */
  OptionalDouble mean(Collection<Row> of, String one, String other) {
    return Ratios.geometricMean(
        of.stream()
            .map(row -> ratio(row, one, other))
            .filter(OptionalDouble::isPresent)
            .map(OptionalDouble::getAsDouble)
            .toList());
  }
}
