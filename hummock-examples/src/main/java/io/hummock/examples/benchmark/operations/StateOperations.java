package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeySequence;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import io.hummock.examples.benchmark.backend.Peer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What every benchmark of state operations shares: a backend of its own process, filled before the
 * first measurement, a sequence of keys that is the same for all backends, and a check of the
 * contents before and after, so that a wrong answer cannot look fast.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public abstract class StateOperations {
  private static final long SEED = 20260101;
  private static final long CHECKED = 2_000;

  /** The backend, as {@link Peer#of} takes it. */
  @Param({"heap", "rocksdb", "rocksdb-tuned", "forst", "hummock"})
  public String backend = "";

  /** How many keys have state. */
  @Param("250000")
  public int keys;

  /** What the keys are made of, a {@link KeyKind}. */
  @Param("LONG")
  public String keyKind = "";

  /** How often each key is asked for, a {@link KeySequence.Distribution}. */
  @Param("UNIFORM")
  public String distribution = "";

  /**
   * Whether a checkpoint follows the filling, which carries the state from memtables into tables,
   * as in a job that has run for some time.
   */
  @Param("true")
  public boolean checkpointed;

  /** Managed memory in MB. */
  @Param("512")
  public int managedMemory;

  // Set by JMH before anything reads them.
  @SuppressWarnings("NullAway.Init")
  private KeyedStateFixture<Object> fixture;

  @SuppressWarnings("NullAway.Init")
  private KeySequence sequence;

  private KeyKind kind = KeyKind.LONG;

  /** Opens the backend, fills it and checks what is in it. */
  @Setup(Level.Trial)
  public final void open() throws Exception {
    kind = KeyKind.valueOf(keyKind);
    fixture =
        KeyedStateFixture.open(Peer.of(backend), kind.serializer(), (long) managedMemory << 20);
    sequence = new KeySequence(keys, KeySequence.Distribution.valueOf(distribution), SEED);
    fill(fixture);
    if (checkpointed) {
      fixture.checkpoint(1);
      fixture.complete(1);
    }
    verify();
  }

  /** Checks what is in the backend and closes it. */
  @TearDown(Level.Trial)
  public final void close() throws Exception {
    try {
      verify();
    } finally {
      fixture.close();
    }
  }

  /** Registers the state and gives every key its first content. */
  abstract void fill(KeyedStateFixture<Object> fixture) throws Exception;

  /**
   * Checks that the state is what {@link #fill} and the operations since have made of it.
   *
   * @throws IllegalStateException if it is not
   */
  abstract void verify() throws Exception;

  final KeyedStateFixture<Object> fixture() {
    return fixture;
  }

  final Object key(long number) {
    return kind.key(number);
  }

  /** Makes a key current. */
  final void use(long number) {
    fixture.backend().setCurrentKey(kind.key(number));
  }

  /** The number of the next key of the sequence. */
  final int next() {
    return sequence.next();
  }

  /** Makes the next key of the sequence current and returns its number. */
  final long useNext() {
    long number = sequence.next();
    use(number);
    return number;
  }

  /** The distance between the keys of a sample of so many. */
  static long step(long count) {
    return Math.max(1, count / CHECKED);
  }

  static void expect(Object expected, Object found, String what) {
    if (!expected.equals(found)) {
      throw new IllegalStateException(
          "wrong answer: " + what + " is " + found + " instead of " + expected);
    }
  }
}
