package io.hummock.examples.flights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a command and the job that it runs in the same JVM know of each other: how far the source
 * has come, and how far it may go. Thread-safe.
 *
 * <p>On a cluster of other processes nobody looks, but a file may hold the source: a replay whose
 * name is a {@code file:} URI goes up to the fraction that stands in that file at the time.
 */
public final class Replay {
  private static final Map<String, Replay> BY_NAME = new ConcurrentHashMap<>();

  /** How long what was read from a file counts. */
  private static final Duration LIMIT_LASTS = Duration.ofMillis(20);

  private final Map<String, Integer> positions = new ConcurrentHashMap<>();
  private final LongAdder rowsRead = new LongAdder();

  private final @Nullable Path limitFile;

  private volatile double limit;
  private volatile long limitReadNanos;

  private Replay(@Nullable Path limitFile) {
    this.limitFile = limitFile;
    this.limit = limitFile == null ? 1 : 0;
    this.limitReadNanos = System.nanoTime() - LIMIT_LASTS.toNanos();
  }

  /** The replay of a name, the same for all that ask in this JVM. */
  public static Replay named(String name) {
    return BY_NAME.computeIfAbsent(
        name, key -> new Replay(key.startsWith("file:") ? Path.of(URI.create(key)) : null));
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
    readLimit();
    return position < Math.ceil(limit * rows);
  }

  private void readLimit() {
    if (limitFile == null || System.nanoTime() - limitReadNanos < LIMIT_LASTS.toNanos()) {
      return;
    }
    try {
      limit = Double.parseDouble(Files.readString(limitFile).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("the file that holds the replay: " + limitFile, e);
    }
    limitReadNanos = System.nanoTime();
  }

  void started(String airport, int position) {
    positions.put(airport, position);
  }

  void read(String airport, int position) {
    positions.put(airport, position);
    rowsRead.increment();
  }
}
