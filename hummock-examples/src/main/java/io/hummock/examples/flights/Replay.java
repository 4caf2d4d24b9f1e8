package io.hummock.examples.flights;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a command and the job that it runs in the same JVM know of each other: how far the source
 * has come, and how far it may go. Thread-safe.
 *
 * <p>On a cluster of other processes nobody holds the source, and nobody looks.
 */
public final class Replay {
  private static final Map<String, Replay> BY_NAME = new ConcurrentHashMap<>();

  private final Map<String, Integer> positions = new ConcurrentHashMap<>();
  private final LongAdder rowsRead = new LongAdder();

  private volatile double limit = 1;

  private Replay() {}

  /** The replay of a name, the same for all that ask in this JVM. */
  public static Replay named(String name) {
    return BY_NAME.computeIfAbsent(name, unused -> new Replay());
  }

  /** Forgets a replay that has ended. */
  public static void forget(String name) {
    BY_NAME.remove(name);
  }

  /** Lets each feed go on up to this fraction of its rows, from 0 to 1, and then wait. */
  public void allowUpTo(double fraction) {
    limit = fraction;
  }

  /** How many rows were read, those read again after a failure included. */
  public long rowsRead() {
    return rowsRead.sum();
  }

  /** How many rows lie before the present positions. */
  public long position() {
    return positions.values().stream().mapToLong(Integer::longValue).sum();
  }

  boolean allows(int position, int rows) {
    return position < Math.ceil(limit * rows);
  }

  void started(String airport, int position) {
    positions.put(airport, position);
  }

  void read(String airport, int position) {
    positions.put(airport, position);
    rowsRead.increment();
  }
}
