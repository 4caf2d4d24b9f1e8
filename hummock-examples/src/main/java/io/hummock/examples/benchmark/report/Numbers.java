package io.hummock.examples.benchmark.report;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** How numbers stand in tables. */
final class Numbers {
  static final String MISSING = "-";

  /** How costs by clock and CPU are shown. */
  enum Style {
    /** Nanoseconds an operation. */
    NANOS,
    /** Records a second, and seconds of CPU time for a million of them. */
    RATE
  }

  private Numbers() {}

  static String cell(Map<Unit, Double> values, Style style) {
    Double wall = values.get(Unit.WALL_NANOS);
    if (wall != null) {
      Double cpu = values.get(Unit.CPU_NANOS);
      return style == Style.NANOS
          ? String.format(Locale.ROOT, "%,.0f", wall)
              + (cpu == null ? "" : String.format(Locale.ROOT, " / %,.0f", cpu))
          : String.format(Locale.ROOT, "%,.0f/s", 1e9 / wall)
              + (cpu == null ? "" : String.format(Locale.ROOT, " / %.2f s", cpu / 1000));
    }
    for (Map.Entry<Unit, Double> value : values.entrySet()) {
      switch (value.getKey()) {
        case MILLIS -> {
          return significant(value.getValue()) + " ms";
        }
        case MICROS -> {
          return significant(value.getValue()) + " µs";
        }
        case BYTES -> {
          return significant(value.getValue() / 1e6) + " MB";
        }
        case COUNT, CHECKSUM -> {
          return significant(value.getValue());
        }
        case WALL_NANOS, CPU_NANOS, ALLOCATED_BYTES, PERCENT -> {}
      }
    }
    return MISSING;
  }

  static String ratio(OptionalDouble ratio) {
    return ratio.isEmpty() ? MISSING : significant(ratio.getAsDouble());
  }

  /** Two decimals below 10, one below 100, none above. */
  static String significant(double value) {
    double size = Math.abs(value);
    if (value == Math.rint(value) || size >= 100) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size < 10 ? "%.2f" : "%.1f", value);
  }
}
