package io.hummock.examples.benchmark;

import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
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
 * first measurement, and a sequence of keys that is the same for all backends.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public abstract class StateOperations {
  private static final long SEED = 20260101;

  /** The backend, as {@link Peer#label} names it. */
  @Param({"heap", "rocksdb", "rocksdb-tuned", "forst", "hummock"})
  public String backend = "";

  /** How many keys have state. */
  @Param("500000")
  public int keys;

  /** How often each key is asked for. */
  @Param("UNIFORM")
  public String distribution = "";

  /** Managed memory in MB. */
  @Param("512")
  public int managedMemory;

  // Set by JMH before anything reads them.
  @SuppressWarnings("NullAway.Init")
  private KeyedStateFixture<Long> fixture;

  @SuppressWarnings("NullAway.Init")
  private KeySequence sequence;

  /** Opens the backend and fills it. */
  @Setup(Level.Trial)
  public final void open() throws Exception {
    fixture =
        KeyedStateFixture.open(
            Peer.of(backend), LongSerializer.INSTANCE, (long) managedMemory << 20);
    sequence = new KeySequence(keys, KeySequence.Distribution.valueOf(distribution), SEED);
    fill(fixture);
  }

  /** Closes the backend. */
  @TearDown(Level.Trial)
  public final void close() throws Exception {
    fixture.close();
  }

  /** Registers the state and gives every key its first content. */
  abstract void fill(KeyedStateFixture<Long> fixture) throws Exception;

  final KeyedStateFixture<Long> fixture() {
    return fixture;
  }

  /** Makes a key current. */
  final void use(long key) {
    fixture.backend().setCurrentKey(key);
  }

  /** Makes the next key of the sequence current and returns it. */
  final long useNext() {
    long key = sequence.next();
    use(key);
    return key;
  }
}
