package io.hummock.examples.benchmark.larger;

import io.hummock.examples.benchmark.backend.KeySequence;
import io.hummock.examples.benchmark.backend.KeySequence.Distribution;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.process.PerBackendBenchmark;
import io.hummock.examples.benchmark.process.ProcessUsage;
import io.hummock.examples.benchmark.process.Recorder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A value state several times as large as managed memory: filled, then read and changed in several
 * ways, each for a limited time.
 */
public final class LargerThanMemoryBenchmark extends PerBackendBenchmark {
  /** The name of the command and of its result file. */
  public static final String NAME = "larger-than-memory";

  private static final long SEED = 20260102;
  private static final int MAX_KEYS = 1_000_000_000;

  /** What a key and its value are counted as. */
  private static final int ENTRY_BYTES = Long.BYTES + LargeState.VALUE_BYTES;

  public LargerThanMemoryBenchmark(Class<?> main) {
    super(main);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String purpose() {
    return "a state several times as large as managed memory";
  }

  @Override
  protected String defaultBackends() {
    return "rocksdb,rocksdb-tuned,forst,hummock";
  }

  @Override
  protected int defaultHeap() {
    return 1024;
  }

  @Override
  protected List<Option> ownOptions() {
    return List.of(
        new Option("gb", "N", "4", "keys and values in GB, parts of it allowed"),
        new Option("memory", "MB", "256", "managed memory"),
        new Option("fill-seconds", "S", "900", "after which filling ends, however far it came"),
        new Option("seconds", "S", "30", "how long each other phase goes on"));
  }

  @Override
  protected void measure(Peer peer, Arguments arguments, Recorder recorder) throws Exception {
    int keys =
        (int) Math.min(MAX_KEYS, Math.max(1, arguments.number("gb") * (1 << 30) / ENTRY_BYTES));
    String setting =
        String.format(
            Locale.ROOT,
            "%s GB in values of %d bytes on %s MB of managed memory",
            arguments.text("gb"),
            LargeState.VALUE_BYTES,
            arguments.text("memory"));
    recorder.condition("keys", Integer.toString(keys));
    recorder.condition("Java heap", arguments.text("heap") + " MB, G1");
    recorder.condition("a phase", "at most " + arguments.text("seconds") + " s");
    try (KeyedStateFixture<Long> fixture = LargeState.open(peer, arguments.count("memory"))) {
      LargeState state = new LargeState(fixture, keys);
      PhaseReport report = new PhaseReport(setting, peer.label(), recorder);

      int[] next = {0};
      Phase fill = Phase.of(keys, seconds(arguments, "fill-seconds"), () -> state.fill(next[0]++));
      report.add("fill", fill);
      int filled = next[0];
      report.count("keys filled", filled);
      fixture.checkpoint(1);
      fixture.complete(1);

      Duration limit = seconds(arguments, "seconds");
      KeySequence uniform = new KeySequence(filled, Distribution.UNIFORM, SEED);
      KeySequence hot = new KeySequence(filled, Distribution.ZIPF, SEED);
      report.add("uniform get", Phase.of(limit, () -> state.get(uniform.next())));
      report.add("hot get", Phase.of(limit, () -> state.get(hot.next())));
      report.add("missing get", Phase.of(limit, () -> state.getMissing(uniform.next())));
      report.add("read-modify-write", Phase.of(limit, () -> state.increment(uniform.next())));
      report.add("hot read-modify-write", Phase.of(limit, () -> state.increment(hot.next())));
      // What was written while the state was larger than memory has to be there as well.
      report.add("get after changes", Phase.of(limit, () -> state.get(uniform.next())));

      report.footprint(fixture.diskBytes(), ProcessUsage.memory());
    }
  }

  private static Duration seconds(Arguments arguments, String name) {
    return Duration.ofMillis((long) (arguments.number(name) * 1000));
  }
}
