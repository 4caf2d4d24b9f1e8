package io.hummock.examples.benchmark.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values over time, with limits drawn across; from zero up. */
public final class Curve {
  private static final int WIDTH = 820;
  private static final int HEIGHT = 340;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 64;
  private static final int BOTTOM = 46;
  private static final int TICKS = 5;

  /** A point: a time and a value. */
  public record Point(double time, double value) {}

  private final String title;
  private final String unitOfTime;
  private final String unitOfValues;
  private final Map<String, List<Point>> series = new LinkedHashMap<>();
  private final Map<String, Double> limits = new LinkedHashMap<>();

  public Curve(String title, String unitOfTime, String unitOfValues) {
    this.title = title;
    this.unitOfTime = unitOfTime;
    this.unitOfValues = unitOfValues;
  }

  /** Adds a curve, in order of time. */
  public void add(String name, List<Point> points) {
    series.put(name, List.copyOf(points));
  }

  /** Adds a line that says how far values may go. */
  public void limit(String name, double value) {
    limits.put(name, value);
  }

  /** The picture. */
  public String svg() {
    double maxTime = 1;
    double maxValue = 1;
    for (List<Point> points : series.values()) {
      for (Point point : points) {
        maxTime = Math.max(maxTime, point.time());
        maxValue = Math.max(maxValue, point.value());
      }
    }
    for (double limit : limits.values()) {
      maxValue = Math.max(maxValue, limit);
    }
    maxValue *= 1.1;
    Svg svg = new Svg(WIDTH, HEIGHT);
    svg.text(16, 26, "start", "title", title);
    int bottom = HEIGHT - BOTTOM;
    double stepOfValues = step(maxValue);
    for (double value = 0; value <= maxValue; value += stepOfValues) {
      svg.line(LEFT, y(value, maxValue), WIDTH - RIGHT, y(value, maxValue), "grid");
      svg.text(LEFT - 8, y(value, maxValue) + 4, "end", "faint number", Numbers.significant(value));
    }
    double stepOfTime = step(maxTime);
    for (double time = 0; time <= maxTime; time += stepOfTime) {
      svg.text(x(time, maxTime), bottom + 16, "middle", "faint number", Numbers.significant(time));
    }
    svg.line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis");
    svg.text(WIDTH - RIGHT, bottom + 34, "end", "faint", unitOfTime);
    svg.text(16, TOP - 8, "start", "faint", unitOfValues);
    double legend = LEFT + 60;
    int colour = 0;
    for (Map.Entry<String, List<Point>> each : series.entrySet()) {
      StringBuilder points = new StringBuilder(each.getValue().size() * 12);
      for (Point point : each.getValue()) {
        points.append(
            String.format(
                Locale.ROOT, "%.1f,%.1f ", x(point.time(), maxTime), y(point.value(), maxValue)));
      }
      svg.curve(points.toString().strip(), colour);
      svg.bar(legend, legend + 14, 46, 4, colour, each.getKey());
      svg.text(legend + 20, 50, "start", "label", each.getKey());
      legend += 44 + 7.2 * each.getKey().length();
      colour = (colour + 1) % Svg.colours();
    }
    double end = maxValue;
    double highest = limits.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    limits.forEach(
        (name, value) -> {
          svg.line(LEFT, y(value, end), WIDTH - RIGHT, y(value, end), "limit");
          svg.text(
              WIDTH - RIGHT - 4,
              y(value, end) + (value == highest ? -5 : 13),
              "end",
              "number",
              name);
        });
    return svg.toString();
  }

  private static double x(double time, double end) {
    return LEFT + time / end * (WIDTH - LEFT - RIGHT);
  }

  private static double y(double value, double end) {
    return HEIGHT - BOTTOM - value / end * (HEIGHT - TOP - BOTTOM);
  }

  /** A round step of which some few reach to the end. */
  private static double step(double end) {
    double power = Math.pow(10, Math.floor(Math.log10(end / TICKS)));
    for (double factor : new double[] {1, 2, 5}) {
      if (end / (factor * power) <= TICKS + 1) {
        return factor * power;
      }
    }
    return 10 * power;
  }
}
