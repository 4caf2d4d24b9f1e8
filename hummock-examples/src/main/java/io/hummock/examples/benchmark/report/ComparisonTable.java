package io.hummock.examples.benchmark.report;

import io.hummock.examples.benchmark.report.Comparison.Row;
import io.hummock.examples.benchmark.report.Numbers.Style;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A comparison as a table in Markdown: a row an operation, and how many times better Hummock is.
 */
final class ComparisonTable {
  private final Comparison comparison;
  private final Style style;
  private final boolean means;

  /**
   * @param means whether each group, and the whole, ends with the geometric means of its ratios
   */
  ComparisonTable(Comparison comparison, Style style, boolean means) {
    this.comparison = comparison;
    this.style = style;
    this.means = means;
  }

  String markdown() {
    List<String> peers = comparison.peers();
    boolean garbage = has(Unit.PERCENT);
    boolean allocated = has(Unit.ALLOCATED_BYTES);
    StringBuilder text = new StringBuilder(4096);
    text.append("| |");
    comparison.backends().forEach(backend -> text.append(' ').append(backend).append(" |"));
    peers.forEach(peer -> text.append(" × ").append(peer).append(" |"));
    text.append(garbage ? " GC |" : "").append(allocated ? " B/op |" : "").append("\n| --- |");
    int columns = comparison.backends().size() + peers.size();
    text.append(" ---: |".repeat(columns + (garbage ? 1 : 0) + (allocated ? 1 : 0))).append('\n');
    long compared = comparison.groups().stream().filter(this::isCompared).count();
    for (String group : comparison.groups()) {
      List<Row> rows = comparison.rows(group);
      for (Row row : rows) {
        text.append("| ").append(group).append(' ').append(row.operation()).append(" |");
        for (String backend : comparison.backends()) {
          text.append(' ')
              .append(Numbers.cell(comparison.values(row, backend), style))
              .append(" |");
        }
        comparison
            .subject()
            .ifPresent(
                subject ->
                    peers.forEach(
                        peer ->
                            text.append(' ')
                                .append(Numbers.ratio(comparison.ratio(row, subject, peer)))
                                .append(" |")));
        text.append(garbage ? extra(row, Unit.PERCENT, " %.1f %% |") : "")
            .append(allocated ? extra(row, Unit.ALLOCATED_BYTES, " %,.0f |") : "")
            .append('\n');
      }
      if (means && compared > 1 && rows.size() > 1 && isCompared(group)) {
        mean(text, "**" + group + "**", rows, garbage, allocated);
      }
    }
    if (means) {
      mean(text, "**geometric mean**", comparison.rows(), garbage, allocated);
    }
    return text.toString();
  }

  /** Whether there is a ratio for any row of a group. */
  private boolean isCompared(String group) {
    return comparison
        .subject()
        .map(
            subject ->
                comparison.peers().stream()
                    .anyMatch(
                        peer -> comparison.mean(comparison.rows(group), subject, peer).isPresent()))
        .orElse(false);
  }

  private boolean has(Unit unit) {
    Optional<String> subject = comparison.subject();
    return subject.isPresent()
        && comparison.rows().stream()
            .anyMatch(row -> comparison.values(row, subject.get()).containsKey(unit));
  }

  private String extra(Row row, Unit unit, String format) {
    Map<Unit, Double> values =
        comparison.subject().map(subject -> comparison.values(row, subject)).orElse(Map.of());
    Double value = values.get(unit);
    return value == null ? " |" : String.format(Locale.ROOT, format, value);
  }

  private void mean(
      StringBuilder text, String label, Collection<Row> rows, boolean garbage, boolean allocated) {
    Optional<String> subject = comparison.subject();
    if (subject.isEmpty()) {
      return;
    }
    text.append("| ").append(label).append(" |").append(" |".repeat(comparison.backends().size()));
    for (String peer : comparison.peers()) {
      OptionalDouble mean = comparison.mean(rows, subject.get(), peer);
      text.append(" **").append(Numbers.ratio(mean)).append("** |");
    }
    text.append(garbage ? " |" : "").append(allocated ? " |" : "").append('\n');
  }
}
