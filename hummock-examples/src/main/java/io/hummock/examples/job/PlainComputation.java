package io.hummock.examples.job;

import io.hummock.examples.flights.FlightsFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The results that the job must give, computed from the published file with sorted lists and loops,
 * by nothing that the job uses: own parsing, own times, own lines.
 */
final class PlainComputation {
  private final int days;
  private final List<String> lines = new ArrayList<>();

  private PlainComputation(int days) {
    this.days = days;
  }

  private record Leg(
      LocalDateTime at, String carrier, int number, String from, String to, int delay) {}

  private static final class Tally {
    int departed;
    int cancelled;
    int delay;
    int worst;
  }

  /**
   * All result lines, in no particular order.
   *
   * @param days how many days of the year count, from the first of January on
   */
  static List<String> results(int days) throws IOException {
    PlainComputation computation = new PlainComputation(days);
    computation.run();
    return computation.lines;
  }

  private void run() throws IOException {
    Map<String, List<Leg>> byAircraft = new TreeMap<>();
    Map<LocalDate, Map<String, Tally>> byDay = new TreeMap<>();
    LocalDate end = LocalDate.of(2013, 1, 1).plusDays(days);
    try (BufferedReader file = FlightsFile.open()) {
      file.readLine();
      for (String line = file.readLine(); line != null; line = file.readLine()) {
        // year,month,day,dep_time,sched_dep_time,dep_delay,...,carrier,flight,tailnum,origin,dest,
        String[] cell = line.split(",", -1);
        LocalDate date = LocalDate.parse(iso(cell[0], cell[1], cell[2]));
        if (!date.isBefore(end)) {
          continue;
        }
        String clock = String.format(Locale.ROOT, "%4s", cell[4]).replace(' ', '0');
        LocalDateTime at =
            date.atTime(
                Integer.parseInt(clock.substring(0, 2)), Integer.parseInt(clock.substring(2)));
        boolean left = !cell[5].equals("NA");
        int delay = left ? Integer.parseInt(cell[5]) : 0;
        at = at.plusMinutes(delay);
        Tally tally =
            byDay
                .computeIfAbsent(at.toLocalDate(), day -> new TreeMap<>())
                .computeIfAbsent(cell[12] + '-' + cell[13], route -> new Tally());
        if (!left) {
          tally.cancelled++;
          continue;
        }
        tally.departed++;
        tally.delay += delay;
        tally.worst = Math.max(tally.worst, delay);
        if (!cell[11].equals("NA")) {
          byAircraft
              .computeIfAbsent(cell[11], tail -> new ArrayList<>())
              .add(new Leg(at, cell[9], Integer.parseInt(cell[10]), cell[12], cell[13], delay));
        }
      }
    }
    byAircraft.forEach(this::aircraft);
    byDay.forEach(this::day);
  }

  private static String iso(String year, String month, String day) {
    return year
        + (month.length() == 1 ? "-0" : "-")
        + month
        + (day.length() == 1 ? "-0" : "-")
        + day;
  }

  private void aircraft(String tail, List<Leg> legs) {
    legs.sort(
        Comparator.comparing(Leg::at)
            .thenComparing(Leg::carrier)
            .thenComparing(Leg::number)
            .thenComparing(Leg::from));
    Map<String, Integer> visits = new TreeMap<>();
    int worst = Integer.MIN_VALUE;
    int lateFrom = 0; // the legs from here up to the present one were all late
    for (int i = 0; i < legs.size(); i++) {
      Leg leg = legs.get(i);
      visits.merge(leg.to, 1, Integer::sum);
      worst = Math.max(worst, leg.delay);
      if (leg.delay < 15) {
        chain(tail, legs.subList(lateFrom, i));
        lateFrom = i + 1;
      }
      lines.add(
          "departure,%s,%s,%s%d,%s-%s,%d,%s,%s,%d,%d,%d"
              .formatted(
                  tail,
                  text(leg.at),
                  leg.carrier,
                  leg.number,
                  leg.from,
                  leg.to,
                  leg.delay,
                  last(10, i, legs).stream().mapToInt(Leg::delay).average().orElseThrow(),
                  last(5, i, legs).stream().map(Leg::to).collect(Collectors.joining(" ")),
                  i + 1 - lateFrom,
                  worst,
                  visits.get(leg.to)));
      boolean last = i + 1 == legs.size();
      if (last || legs.get(i + 1).at.isAfter(leg.at.plusDays(14))) {
        chain(tail, legs.subList(lateFrom, i + 1));
        lateFrom = i + 1;
        int most = Collections.max(visits.values());
        String favourite =
            visits.entrySet().stream()
                .filter(visited -> visited.getValue() == most)
                .findFirst()
                .orElseThrow()
                .getKey();
        lines.add("quiet,%s,%s,%s,%d".formatted(tail, text(leg.at), favourite, most));
      }
    }
  }

  private static List<Leg> last(int count, int index, List<Leg> legs) {
    return legs.subList(Math.max(0, index + 1 - count), index + 1);
  }

  private void chain(String tail, List<Leg> late) {
    if (late.size() >= 3) {
      lines.add(
          "chain,%s,%s,%s,%d,%d"
              .formatted(
                  tail,
                  text(late.get(0).at),
                  text(late.get(late.size() - 1).at),
                  late.size(),
                  late.stream().mapToInt(Leg::delay).sum()));
    }
  }

  private void day(LocalDate day, Map<String, Tally> routes) {
    routes.forEach(
        (route, tally) ->
            lines.add(
                "route,%s,%s,%d,%d,%d,%d"
                    .formatted(
                        day, route, tally.departed, tally.cancelled, tally.delay, tally.worst)));
    List<Map.Entry<String, Tally>> ranked = new ArrayList<>(routes.entrySet());
    ranked.sort(Comparator.comparing(route -> -route.getValue().departed)); // stable: then by name
    for (int rank = 1; rank <= Math.min(3, ranked.size()); rank++) {
      var route = ranked.get(rank - 1);
      lines.add(
          "busiest,%s,%d,%s,%d".formatted(day, rank, route.getKey(), route.getValue().departed));
    }
  }

  private static String text(LocalDateTime at) {
    return at.truncatedTo(ChronoUnit.MINUTES).toString().replace('T', ' ');
  }
}
