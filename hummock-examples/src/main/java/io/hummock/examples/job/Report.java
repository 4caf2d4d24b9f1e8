package io.hummock.examples.job;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;

/** Prints what the job found out, and how the run went. */
final class Report {
  private static final int LINES = 5;
  private static final int DIFFERENCES = 10;

  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  /** A number of bytes for a reader. */
  static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    return bytes < 1_000_000
        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** A restore for a reader. */
  static String restore(RunningJob.Restore restore) {
    return "from checkpoint %d in %d ms (opening state: at most %d ms a subtask)"
        .formatted(
            restore.checkpoint(), restore.toRunning().toMillis(), restore.opening().toMillis());
  }

  /** Some of what the job found out. */
  void findings(Results results) {
    Map<String, int[]> routes = new TreeMap<>();
    for (String[] line : results.ofKind("busiest")) {
      int[] counts = routes.computeIfAbsent(line[3], route -> new int[3]);
      counts[0]++;
      counts[1] += Integer.parseInt(line[2]) == 1 ? 1 : 0;
      counts[2] = Math.max(counts[2], Integer.parseInt(line[4]));
    }
    row("%nBusiest routes", "days among 3", "days first", "most in a day");
    routes.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> -entry.getValue()[0]))
        .limit(LINES)
        .forEach(
            entry ->
                row(entry.getKey(), entry.getValue()[0], entry.getValue()[1], entry.getValue()[2]));

    row("%nLongest chains of late departures", "departures", "minutes late", "ended");
    largest(results.ofKind("chain"), line -> Integer.parseInt(line[4]))
        .forEach(line -> row(line[1], line[4], line[5], line[3]));

    row("%nWorst mean delay of 10 departures", "minutes", "at", "last airports");
    largest(results.ofKind("departure"), line -> (int) Math.round(10 * Double.parseDouble(line[6])))
        .forEach(
            line ->
                row(
                    line[1],
                    String.format(Locale.ROOT, "%.1f", Double.parseDouble(line[6])),
                    line[2],
                    line[7]));
  }

  private static List<String[]> largest(List<String[]> lines, ToIntFunction<String[]> measure) {
    return lines.stream()
        .sorted(
            Comparator.comparingInt((String[] line) -> -measure.applyAsInt(line))
                .thenComparing(line -> line[1])
                .thenComparing(line -> line[2]))
        .limit(LINES)
        .toList();
  }

  private void row(String what, Object... cells) {
    out.printf(what.startsWith("%n") ? "%n" : "");
    out.printf("%-36s %14s %18s  %s%n", what.replace("%n", ""), cells[0], cells[1], cells[2]);
  }

  /**
   * How the run went, and last whether the results are right.
   *
   * @param rows how many there are to read
   */
  void verdict(long rows, FlightsRun.Outcome outcome, Results results) {
    out.println();
    List<Long> durations =
        outcome.checkpoints().stream()
            .map(CompletedCheckpointStats::getEndToEndDuration)
            .sorted()
            .toList();
    out.printf(
        "Checkpoints        %d taken, %d broken off (a kill or a stop does); median %s ms, longest %s ms%n",
        durations.size(),
        outcome.brokenOffCheckpoints(),
        durations.isEmpty() ? "-" : durations.get(durations.size() / 2),
        durations.isEmpty() ? "-" : durations.get(durations.size() - 1));
    out.printf("New in checkpoints %s in all%n", bytes(outcome.checkpointedBytes()));
    if (outcome.uploadedObjects() > 0) {
      out.printf(
          "Uploaded in all    %s in %,d objects, compactions included%n",
          bytes(outcome.uploadedBytes()), outcome.uploadedObjects());
    }
    if (!outcome.restores().isEmpty()) {
      out.printf("Store at the stop  %s%n", outcome.atStop());
    }
    out.printf("Store at the end   %s%n", outcome.atEnd());
    String[] reasons = {"Restore after kill ", "Restore to resume  "};
    for (int i = 0; i < outcome.restores().size(); i++) {
      out.printf("%s%s%n", reasons[i], restore(outcome.restores().get(i)));
    }
    out.printf(
        "Rows read          %,d, %,d of them once more after a restore%n",
        outcome.rowsRead(), outcome.rowsRead() - rows);
    out.printf(
        "Results            %,d lines, %,d expected: %,d missing, %,d doubled or wrong%n",
        results.lines().size(),
        results.expected(),
        results.missing().size(),
        results.surplus().size());
    some("missing", results.missing());
    some("surplus", results.surplus());
    out.println(results.right() ? "RESULTS RIGHT" : "RESULTS WRONG");
  }

  private void some(String what, List<String> lines) {
    lines.stream().sorted().limit(DIFFERENCES).forEach(line -> out.println(what + ": " + line));
    if (lines.size() > DIFFERENCES) {
      out.println(what + ": ... and " + (lines.size() - DIFFERENCES) + " more");
    }
  }
}
