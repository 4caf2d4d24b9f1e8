package io.hummock.examples.benchmark.report;

import java.util.Collection;
import java.util.Map;
import java.util.OptionalDouble;

/** How many times better one backend is than another. */
final class Ratios {
  private Ratios() {}

  /**
   * How many times as much {@code other} costs as {@code subject}: by each unit that both have, and
   * of these the smallest; above 1 the subject is better. A cost of zero or of no number says
   * nothing.
   *
   * @return empty if they have no cost in common
   */
  static OptionalDouble smallest(Map<Unit, Double> subject, Map<Unit, Double> other) {
    return subject.entrySet().stream()
        .filter(cost -> cost.getKey().isCost() && comparable(cost.getValue()))
        .filter(cost -> comparable(other.getOrDefault(cost.getKey(), Double.NaN)))
        .mapToDouble(cost -> other.getOrDefault(cost.getKey(), Double.NaN) / cost.getValue())
        .min();
  }

  private static boolean comparable(double value) {
    return value > 0 && Double.isFinite(value);
  }

  /**
   * The geometric mean.
   *
   * @return empty if there is nothing to take the mean of
   */
  static OptionalDouble geometricMean(Collection<Double> ratios) {
    OptionalDouble logarithm = ratios.stream().mapToDouble(Math::log).average();
    return logarithm.isPresent()
        ? OptionalDouble.of(Math.exp(logarithm.getAsDouble()))
        : OptionalDouble.empty();
  }
}
