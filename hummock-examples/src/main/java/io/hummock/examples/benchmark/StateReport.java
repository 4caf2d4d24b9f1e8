package io.hummock.examples.benchmark;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * Results of several backends side by side: nanoseconds an operation by the clock and by CPU, and
 * how many times Hummock is faster than each peer, by whichever of the two says less.
 */
final class StateReport {
  /**
   * One backend's result for one operation.
   *
   * @param wall nanoseconds an operation by the clock
   * @param cpu nanoseconds an operation of CPU time, all threads
   * @param garbageShare the share of the time that the garbage collector took
   */
  record Measurement(double wall, double cpu, double garbageShare) {
    /** How many times as long {@code other} takes: the smaller of the wall and the CPU ratio. */
    double fasterThan(Measurement other) {
      return Math.min(other.wall / wall, other.cpu / cpu);
    }
  }

  private final List<Peer> peers;
  private final Map<String, Map<Peer, Measurement>> operations = new TreeMap<>();

  private StateReport(List<Peer> peers) {
    this.peers = peers;
  }

  static StateReport of(Collection<RunResult> results, List<Peer> peers) {
    StateReport report = new StateReport(peers);
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      String[] parts = benchmark.split("\\.", -1);
      String operation =
          parts[parts.length - 2].replace("Operations", "") + " " + parts[parts.length - 1];
      report
          .operations
          .computeIfAbsent(operation, name -> new EnumMap<>(Peer.class))
          .put(
              Peer.of(result.getParams().getParam("backend")),
              new Measurement(
                  result.getPrimaryResult().getScore(),
                  secondary(result, CpuProfiler.RESULT),
                  garbageShare(result)));
    }
    return report;
  }

  private static double secondary(RunResult result, String name) {
    Result<?> secondary = result.getSecondaryResults().get(name);
    return secondary == null ? Double.NaN : secondary.getScore();
  }

  private static double garbageShare(RunResult result) {
    double millis = secondary(result, "gc.time");
    double measured =
        result.getParams().getMeasurement().getCount()
            * result.getParams().getMeasurement().getTime().convertTo(TimeUnit.MILLISECONDS);
    return Double.isNaN(millis) ? 0 : millis / measured;
  }

  String markdown(String conditions) {
    StringBuilder text = new StringBuilder(4096);
    text.append("Nanoseconds an operation: by the clock / of CPU time, all threads. ")
        .append(conditions)
        .append(".\n\n| operation |");
    peers.forEach(peer -> text.append(' ').append(peer.label()).append(" |"));
    List<Peer> others = peers.stream().filter(peer -> peer != Peer.HUMMOCK).toList();
    boolean compares = peers.contains(Peer.HUMMOCK);
    if (compares) {
      others.forEach(peer -> text.append(" x ").append(peer.label()).append(" |"));
      text.append(" GC |");
    }
    text.append("\n| --- |");
    int columns = peers.size() + (compares ? others.size() + 1 : 0);
    text.append(" ---: |".repeat(columns)).append('\n');
    operations.forEach(
        (operation, measurements) -> {
          text.append("| ").append(operation).append(" |");
          for (Peer peer : peers) {
            text.append(' ').append(cell(measurements.get(peer))).append(" |");
          }
          Measurement hummock = measurements.get(Peer.HUMMOCK);
          if (compares) {
            for (Peer peer : others) {
              text.append(' ').append(ratio(hummock, measurements.get(peer))).append(" |");
            }
            text.append(
                hummock == null
                    ? " |"
                    : String.format(Locale.ROOT, " %.1f %% |", 100 * hummock.garbageShare()));
          }
          text.append('\n');
        });
    if (compares) {
      text.append("| **geometric mean** |").append(" |".repeat(peers.size()));
      for (Peer peer : others) {
        text.append(String.format(Locale.ROOT, " **%.2f** |", geometricMean(peer)));
      }
      text.append(" |\n\n")
          .append("`x peer`: how many times faster Hummock is, by the smaller of the clock's and ")
          .append("the CPU's ratio; below 1 it is slower. GC: Hummock's share of the time.\n");
    }
    return text.toString();
  }

  private double geometricMean(Peer peer) {
    return Math.exp(
        operations.values().stream()
            .filter(each -> each.containsKey(peer) && each.containsKey(Peer.HUMMOCK))
            .mapToDouble(each -> Math.log(each.get(Peer.HUMMOCK).fasterThan(each.get(peer))))
            .average()
            .orElse(Double.NaN));
  }

  private static String cell(@Nullable Measurement measurement) {
    return measurement == null
        ? "-"
        : String.format(Locale.ROOT, "%,.0f / %,.0f", measurement.wall(), measurement.cpu());
  }

  private static String ratio(@Nullable Measurement hummock, @Nullable Measurement other) {
    return hummock == null || other == null
        ? "-"
        : String.format(Locale.ROOT, "%.2f", hummock.fasterThan(other));
  }
}
