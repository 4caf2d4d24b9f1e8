package io.hummock.examples.flights;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * The flights of 2013 as three feeds, one an airport.
 *
 * <p>The file has its months in the order 1, 10, 11, 12, 2, ...; a feed has the days in the order
 * of the calendar. Within a day the file's order stays: by what the clock showed at the departure,
 * and last the cancelled flights. A flight that was to leave in the evening and left after midnight
 * thus stands at the head of its day, a day too early, and event times fall back by up to 28 hours.
 */
public final class FlightsFile {
  /** The airports, each of them a feed. */
  public static final List<String> AIRPORTS = List.of("EWR", "JFK", "LGA");

  private static final String RESOURCE = "/nycflights13/flights.csv.gz";
  private static final long MINUTE_MILLIS = 60_000;

  private FlightsFile() {}

  /** Loaded once, when first asked for: three subtasks and several attempts share it. */
  private static final class Loaded {
    static final Map<String, List<Row>> FEEDS = load();
  }

  private record Row(int dayOfYear, Flight flight) {}

  /** The file itself, as it was published; the caller closes it. */
  public static BufferedReader open() throws IOException {
    InputStream resource = FlightsFile.class.getResourceAsStream(RESOURCE);
    if (resource == null) {
      throw new FileNotFoundException(RESOURCE + " is not on the class path");
    }
    return new BufferedReader(
        new InputStreamReader(new GZIPInputStream(resource, 1 << 16), StandardCharsets.UTF_8));
  }

  /**
   * The feed of an airport.
   *
   * @param airport one of {@link #AIRPORTS}
   * @param days how many days of the year, from the first of January on
   */
  public static List<Flight> feed(String airport, int days) {
    List<Row> rows = Loaded.FEEDS.get(airport);
    if (rows == null) {
      throw new IllegalArgumentException("airport " + airport + " is none of " + AIRPORTS);
    }
    return rows.stream().takeWhile(row -> row.dayOfYear() <= days).map(Row::flight).toList();
  }

  private static Map<String, List<Row>> load() {
    Map<String, List<Row>> feeds = new HashMap<>();
    AIRPORTS.forEach(airport -> feeds.put(airport, new ArrayList<>()));
    Map<String, String> shared = new HashMap<>();
    try (BufferedReader file = open()) {
      String line = file.readLine();
      if (line == null || !line.startsWith("year,month,day,dep_time,sched_dep_time,dep_delay,")) {
        throw new IOException(RESOURCE + ": unexpected header " + line);
      }
      while ((line = file.readLine()) != null) {
        Row row = parse(line, shared);
        List<Row> feed = feeds.get(row.flight().origin());
        if (feed == null) {
          throw new IOException(RESOURCE + ": unexpected origin in " + line);
        }
        feed.add(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    feeds.values().forEach(feed -> feed.sort(Comparator.comparingInt(Row::dayOfYear)));
    return feeds;
  }

  private static Row parse(String line, Map<String, String> shared) {
    String[] columns = line.split(",", -1);
    int scheduled = Integer.parseInt(columns[4]);
    LocalDateTime due =
        LocalDateTime.of(
            Integer.parseInt(columns[0]),
            Integer.parseInt(columns[1]),
            Integer.parseInt(columns[2]),
            scheduled / 100,
            scheduled % 100);
    boolean cancelled = columns[3].equals("NA");
    int delay = cancelled ? 0 : Integer.parseInt(columns[5]);
    String aircraft = columns[11].equals("NA") ? "" : columns[11];
    return new Row(
        due.getDayOfYear(),
        new Flight(
            due.toInstant(ZoneOffset.UTC).toEpochMilli() + delay * MINUTE_MILLIS,
            shared.computeIfAbsent(columns[9], code -> code),
            Integer.parseInt(columns[10]),
            shared.computeIfAbsent(aircraft, code -> code),
            shared.computeIfAbsent(columns[12], code -> code),
            shared.computeIfAbsent(columns[13], code -> code),
            delay,
            cancelled));
  }
}
