package io.hummock.examples.benchmark.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many times better than one backend the others are, on a logarithmic scale: a bar a row for
 * the subject, marks for its peers.
 */
final class RatioChart {
  private static final int WIDTH = 820;
  private static final double LETTER = 7.2;
  private static final int RIGHT = 60;
  private static final int TOP = 76;
  private static final int ROW = 21;
  private static final int BOTTOM = 26;

  private final String title;
  private final String baseline;
  private final List<String> series;
  private final Map<String, Map<String, Double>> rows = new LinkedHashMap<>();

  /**
   * @param baseline what all are compared with
   * @param series the backends, the subject first
   */
  RatioChart(String title, String baseline, List<String> series) {
    this.title = title;
    this.baseline = baseline;
    this.series = List.copyOf(series);
  }

  /** Adds a row, the ratios by backend; a backend that is left out has no mark. */
  void row(String label, Map<String, Double> ratios) {
    if (!ratios.isEmpty()) {
      rows.put(label, Map.copyOf(ratios));
    }
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  String svg() {
    double[] all =
        rows.values().stream()
            .flatMap(row -> row.values().stream())
            .mapToDouble(Double::doubleValue)
            .toArray();
    double low = Math.floor(Math.log10(lowest(all)) - 1e-9);
    double high = Math.ceil(Math.log10(highest(all)) + 1e-9);
    int left =
        24 + (int) (LETTER * rows.keySet().stream().mapToInt(String::length).max().orElse(0));
    Svg svg = new Svg(WIDTH, TOP + rows.size() * ROW + BOTTOM);
    svg.text(16, 26, "start", "title", title);
    legend(svg);
    int bottom = TOP + rows.size() * ROW;
    for (int power = (int) low; power <= high; power++) {
      for (int digit = 1; digit < 10; digit++) {
        double value = digit * Math.pow(10, power);
        double x = x(value, left, low, high);
        if (x <= WIDTH - RIGHT + 0.5 && (digit == 1 || digit == 2 || digit == 5)) {
          svg.line(x, TOP, x, bottom, value == 1 ? "axis" : "grid");
          svg.text(x, bottom + 16, "middle", "faint number", times(value));
        }
      }
    }
    int y = TOP + ROW / 2;
    for (Map.Entry<String, Map<String, Double>> row : rows.entrySet()) {
      svg.text(left - 10, y + 4, "end", "label", row.getKey());
      for (int i = 0; i < series.size(); i++) {
        Double ratio = row.getValue().get(series.get(i));
        if (ratio != null) {
          double x = x(ratio, left, low, high);
          String label = row.getKey() + ", " + series.get(i) + ": " + times(ratio);
          if (i == 0) {
            svg.bar(x(1, left, low, high), x, y, ROW - 9.0, 0, label);
          } else {
            svg.mark(x, y, colour(i), label);
          }
        }
      }
      Double subject = row.getValue().get(series.get(0));
      if (subject != null) {
        svg.text(WIDTH - 10, y + 4, "end", "number", times(subject));
      }
      y += ROW;
    }
    return svg.toString();
  }

  private void legend(Svg svg) {
    double x = 16;
    for (int i = 0; i < series.size(); i++) {
      if (i == 0) {
        svg.bar(x, x + 14, 46, 10, 0, series.get(0));
      } else {
        svg.mark(x + 7, 46, colour(i), series.get(i));
      }
      svg.text(x + 20, 50, "start", "label", series.get(i));
      x += 40 + LETTER * series.get(i).length();
    }
    svg.text(x, 50, "start", "faint", "1× is " + baseline + "; further right is better");
  }

  private static int colour(int place) {
    return 1 + (place - 1) % (Svg.colours() - 1);
  }

  private static double lowest(double[] values) {
    double lowest = 1;
    for (double value : values) {
      lowest = Math.min(lowest, value);
    }
    return lowest;
  }

  private static double highest(double[] values) {
    double highest = 1;
    for (double value : values) {
      highest = Math.max(highest, value);
    }
    return highest;
  }

  private static double x(double value, int left, double low, double high) {
    return left + (Math.log10(value) - low) / (high - low) * (WIDTH - left - RIGHT);
  }

  private static String times(double value) {
    return (value >= 1 || value == 0
            ? Numbers.significant(value)
            : String.format(Locale.ROOT, "%.2g", value).replaceAll("0+$", ""))
        + "×";
  }
}
