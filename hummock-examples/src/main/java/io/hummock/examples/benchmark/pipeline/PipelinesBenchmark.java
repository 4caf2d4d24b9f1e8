package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.process.PerBackendBenchmark;
import io.hummock.examples.benchmark.process.Recorder;
import io.hummock.examples.benchmark.report.Unit;
import java.time.Duration;
import java.util.List;

/** Whole jobs: records a second, and the CPU time for a million of them. */
public final class PipelinesBenchmark extends PerBackendBenchmark {
  /** The name of the command and of its result file. */
  public static final String NAME = "pipelines";

  private static final int WARM_UP = 10;

  public PipelinesBenchmark(Class<?> main) {
    super(main);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String purpose() {
    return "jobs on a small cluster, with a checkpoint every two seconds";
  }

  @Override
  protected String defaultBackends() {
    return "heap,rocksdb,rocksdb-tuned,forst,hummock";
  }

  @Override
  protected int defaultHeap() {
    return 4096;
  }

  @Override
  protected List<Option> ownOptions() {
    return List.of(
        new Option("scale", "X", "1", "how many records there are, as a factor on the defaults"),
        new Option("interval", "MS", "2000", "between the starts of two checkpoints"),
        new Option("parallelism", "N", "1", "of the stateful part; the source has one reader"),
        new Option("warm-up", "true|false", "true", "whether a tenth of each job runs before it"),
        new Option("rounds", "N", "1", "repetitions of which the median counts"),
        new Option("memory", "MB", "512", "managed memory"));
  }

  @Override
  protected void measure(Peer peer, Arguments arguments, Recorder recorder) throws Exception {
    double scale = arguments.number("scale");
    int parallelism = arguments.count("parallelism");
    int memory = arguments.count("memory");
    Duration interval = Duration.ofMillis(arguments.count("interval"));
    recorder.condition("managed memory", memory + " MB");
    recorder.condition("Java heap", arguments.text("heap") + " MB, G1");
    String setting =
        "a checkpoint every " + interval.toMillis() + " ms; parallelism " + parallelism;
    for (Pipeline pipeline : Pipeline.ALL) {
      long records = Math.max(WARM_UP, Math.round(pipeline.thousands() * 1000L * scale));
      if (arguments.flag("warm-up")) {
        PipelineRun.of(pipeline, peer, records / WARM_UP, parallelism, memory, interval);
      }
      for (int round = 0; round < arguments.count("rounds"); round++) {
        PipelineRun run = PipelineRun.of(pipeline, peer, records, parallelism, memory, interval);
        String name = pipeline.name();
        recorder.add(
            setting,
            "job",
            name,
            peer.label(),
            Unit.WALL_NANOS,
            (double) run.wallNanos() / records);
        recorder.add(
            setting,
            "job",
            name,
            peer.label(),
            Unit.CPU_NANOS,
            (double) run.usage().cpu() / records);
        recorder.add(
            setting, "job", name, peer.label(), Unit.PERCENT, run.usage().garbagePercent());
        recorder.add(setting, "records of", name, peer.label(), Unit.COUNT, (double) records);
        recorder.add(
            setting, "checkpoints of", name, peer.label(), Unit.COUNT, (double) run.checkpoints());
        recorder.add(
            setting, "results of", name, peer.label(), Unit.CHECKSUM, (double) run.results());
        // As an exact double: equal checksums are equal numbers.
        recorder.add(
            setting,
            "checksum of",
            name,
            peer.label(),
            Unit.CHECKSUM,
            (double) (run.checksum() & (1L << 53) - 1));
      }
    }
  }
}
