package io.hummock.examples.flights;

/**
 * One flight that was to leave New York.
 *
 * @param departure when it left, or was to leave if it was cancelled: minutes of New York's wall
 *     clock, counted in milliseconds since 1970 as if that clock were UTC. It is the event time.
 * @param carrier code of the airline
 * @param number flight number of the airline
 * @param aircraft tail number; empty where none is known
 * @param origin airport code: EWR, JFK or LGA
 * @param destination airport code
 * @param delay minutes after the scheduled departure, negative if early; 0 if cancelled
 * @param cancelled whether it never left
 */
public record Flight(
    long departure,
    String carrier,
    int number,
    String aircraft,
    String origin,
    String destination,
    int delay,
    boolean cancelled) {

  /** Origin and destination, as in {@code JFK-LAX}. */
  public String route() {
    return origin + "-" + destination;
  }
}
