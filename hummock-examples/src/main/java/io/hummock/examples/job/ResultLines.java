package io.hummock.examples.job;

import io.hummock.examples.flights.Flight;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** The job's results as lines of comma separated values, the kind of result first. */
final class ResultLines {
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd").withZone(ZoneOffset.UTC);

  private ResultLines() {}

  /** What is known of an aircraft at one of its departures. */
  static String departure(
      Flight flight,
      double rollingDelay,
      List<String> lastAirports,
      int lateInARow,
      int worstDelay,
      int visits) {
    return String.join(
        ",",
        "departure",
        flight.aircraft(),
        minute(flight.departure()),
        flight.carrier() + flight.number(),
        flight.route(),
        Integer.toString(flight.delay()),
        Double.toString(rollingDelay),
        String.join(" ", lastAirports),
        Integer.toString(lateInARow),
        Integer.toString(worstDelay),
        Integer.toString(visits));
  }

  /** An aircraft was late {@value LateChain#NOTABLE} times running or more, and is no longer. */
  static String chain(String aircraft, LateChain chain) {
    return String.join(
        ",",
        "chain",
        aircraft,
        minute(chain.first()),
        minute(chain.last()),
        Integer.toString(chain.length()),
        Integer.toString(chain.delay()));
  }

  /** An aircraft has not left New York for long. */
  static String quiet(String aircraft, long since, String favourite, int visits) {
    return String.join(",", "quiet", aircraft, minute(since), favourite, Integer.toString(visits));
  }

  /** One route on one day. */
  static String route(RouteDay day) {
    return String.join(
        ",",
        "route",
        day(day.day()),
        day.route(),
        Integer.toString(day.departed()),
        Integer.toString(day.cancelled()),
        Integer.toString(day.delay()),
        Integer.toString(day.worst()));
  }

  /** A route that was among the busiest of a day. */
  static String busiest(RouteDay day, int rank) {
    return String.join(
        ",",
        "busiest",
        day(day.day()),
        Integer.toString(rank),
        day.route(),
        Integer.toString(day.departed()));
  }

  /** A flight that came after the watermark: the job counts on there being none. */
  static String late(Flight flight) {
    return String.join(",", "late", flight.aircraft(), minute(flight.departure()), flight.route());
  }

  private static String minute(long millis) {
    return MINUTE.format(Instant.ofEpochMilli(millis));
  }

  private static String day(long millis) {
    return DAY.format(Instant.ofEpochMilli(millis));
  }
}
