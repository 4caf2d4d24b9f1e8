package io.hummock.examples.benchmark.report;

import java.util.Arrays;

/** What a number counts, and whether less of it is better. */
public enum Unit {
  /** Nanoseconds an operation by the clock. */
  WALL_NANOS("wall ns", true),
  /** Nanoseconds an operation of CPU time of the whole process. */
  CPU_NANOS("cpu ns", true),
  MILLIS("ms", true),
  MICROS("us", true),
  BYTES("bytes", true),
  /** Bytes on the Java heap that an operation allocates. */
  ALLOCATED_BYTES("allocated bytes", false),
  /** The share of the time that the garbage collector takes. */
  PERCENT("%", false),
  /** A number of things of which neither more nor less is better. */
  COUNT("count", false),
  /** What all backends must agree on. */
  CHECKSUM("checksum", false);

  private final String text;
  private final boolean cost;

  Unit(String text, boolean cost) {
    this.text = text;
    this.cost = cost;
  }

  /** As it stands in result files. */
  public String text() {
    return text;
  }

  /** Whether a ratio of two such numbers says which backend is better. */
  public boolean isCost() {
    return cost;
  }

  static Unit of(String text) {
    return Arrays.stream(values())
        .filter(unit -> unit.text.equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no unit '" + text + "'"));
  }
}
