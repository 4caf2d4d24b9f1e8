package io.hummock.examples.job;

/**
 * Late departures of one aircraft in a row.
 *
 * @param first departure of the first of them
 * @param last departure of the latest of them
 * @param length how many
 * @param delay the sum of their delays in minutes
 */
public record LateChain(long first, long last, int length, int delay) {
  /** A departure this many minutes after schedule, or more, is late. */
  static final int LATE = 15;

  /** So many late departures in a row are worth a line. */
  static final int NOTABLE = 3;

  LateChain longerBy(long departure, int minutes) {
    return new LateChain(first, departure, length + 1, delay + minutes);
  }
}
