package io.hummock.examples.benchmark.report;

/**
 * One number that a benchmark found.
 *
 * @param setting the conditions that this number shares with others beside it, such as {@code long
 *     keys; uniform}
 * @param group operations of one kind, such as {@code Value}
 * @param operation what was done
 * @param backend the label of the state backend
 * @param unit what the number counts
 */
public record Measurement(
    String setting, String group, String operation, String backend, Unit unit, double value) {

  public Measurement {
    for (String text : new String[] {setting, group, operation, backend}) {
      if (text.indexOf(',') >= 0 || text.indexOf('\n') >= 0) {
        throw new IllegalArgumentException("a comma or line break in '" + text + "'");
      }
    }
  }
}
