package io.hummock.iterator;

/** Which way a cursor walks; fixed when it is made. */
public enum Direction {
  /** Ascending full keys: of one key the newest version first. */
  FORWARD,
  /** Descending full keys: of one key the oldest version first. */
  BACKWARD;

  /** A comparison's result as this direction sees it: below zero comes first. */
  public int order(int comparison) {
    return this == FORWARD ? comparison : -comparison;
  }
}
