package io.hummock.examples.benchmark;

import io.hummock.examples.benchmark.checkpoint.CheckpointBenchmark;
import io.hummock.examples.benchmark.larger.LargerThanMemoryBenchmark;
import io.hummock.examples.benchmark.memory.MemoryBenchmark;
import io.hummock.examples.benchmark.operations.OperationsBenchmark;
import io.hummock.examples.benchmark.pipeline.PipelinesBenchmark;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The options of each benchmark in a run of all.
 *
 * @param byBenchmark the command lines of each, one after the other
 */
record Plan(Map<String, List<String>> byBenchmark) {
  private static final double LEAST_MINUTES = 15;
  private static final double ALL_BACKENDS_MINUTES = 25;
  private static final double ROOMY_MINUTES = 60;
  private static final String ALL_BACKENDS = "heap,rocksdb,rocksdb-tuned,forst,hummock";
  private static final String SOME_BACKENDS = "heap,rocksdb,hummock";

  /** Those that say most. */
  private static final String CORE =
      "(ValueOperations.(get|getMissing|update|readModifyWrite)"
          + "|ListOperations.(append|getAndIterate|windowCycle)"
          + "|MapOperations.(get|put|iterateEntries)|FoldingOperations.reducingAdd"
          + "|TimerOperations.pollAndAdd|ScanOperations.getKeysFirstTen)$";

  /** The command lines of a benchmark, each split into its parts. */
  List<List<String>> lines(String benchmark) {
    return Objects.requireNonNull(byBenchmark.get(benchmark)).stream()
        .map(line -> Arrays.asList(line.split(" ", -1)))
        .toList();
  }

  /** About ten minutes on two cores: the operations that say most, and small sizes. */
  static Plan quick() {
    return new Plan(
        Map.of(
            OperationsBenchmark.NAME,
            List.of(
                "--backends heap,rocksdb-tuned,hummock --keys 100000 --seconds 0.2 --warmups 3"
                    + " --iterations 3 --include "
                    + CORE),
            LargerThanMemoryBenchmark.NAME,
            List.of(
                "--backends rocksdb-tuned,hummock --gb 0.25 --memory 32 --seconds 3"
                    + " --fill-seconds 60 --time-limit 5"),
            CheckpointBenchmark.NAME,
            List.of("--backends rocksdb,hummock --keys 100000 --rounds 1 --time-limit 5"),
            PipelinesBenchmark.NAME,
            List.of("--backends heap,rocksdb,hummock --scale 0.1 --time-limit 5"),
            MemoryBenchmark.NAME,
            List.of("--backends hummock --process-size 1024m --rate 1000 --minutes 1.5")));
  }

  /**
   * Everything, with as much time for each as there is: half of it for the operations. An hour and
   * more is enough for all backends, for the sizes that are the defaults, and for further kinds and
   * distributions of keys.
   *
   * @throws IllegalArgumentException if it is too little for all processes even to start
   */
  static Plan within(double minutes) {
    if (minutes < LEAST_MINUTES) {
      throw new IllegalArgumentException(
          "--minutes " + minutes + ": give 15 at least, or --quick true for a part of it");
    }
    return minutes < ROOMY_MINUTES ? tight(minutes) : roomy(minutes);
  }

  private static Plan tight(double minutes) {
    boolean all = minutes >= ALL_BACKENDS_MINUTES;
    return new Plan(
        Map.of(
            OperationsBenchmark.NAME,
            List.of(
                format(
                    "--backends %s --keys 100000 --seconds %.2f --warmups 3 --iterations 3",
                    all ? ALL_BACKENDS : SOME_BACKENDS, minutes * 0.006)),
            LargerThanMemoryBenchmark.NAME,
            List.of(
                format(
                    "--backends rocksdb-tuned,hummock --gb 1 --memory 64 --fill-seconds %.0f"
                        + " --seconds %.1f --time-limit %.1f",
                    minutes * 3, minutes * 0.2, minutes / 5)),
            CheckpointBenchmark.NAME,
            List.of(
                format(
                    "--backends rocksdb,hummock --keys 300000 --rounds 1 --time-limit %.1f",
                    minutes / 5)),
            PipelinesBenchmark.NAME,
            List.of(
                format(
                    "--backends %s --scale %.2f --time-limit %.1f",
                    SOME_BACKENDS, minutes / 100, minutes / 5)),
            MemoryBenchmark.NAME,
            List.of(format("--backends hummock --minutes %.1f", minutes * 0.08))));
  }

  private static Plan roomy(double minutes) {
    double share = Math.min(1, minutes / 100);
    String further =
        format("--append true --backends %s --seconds %.2f --include ", SOME_BACKENDS, share / 2)
            + CORE;
    return new Plan(
        Map.of(
            OperationsBenchmark.NAME,
            List.of(
                format("--seconds %.2f", share / 2),
                further + " --key-kinds STRING,ROW",
                further + " --distributions ZIPF",
                further + " --checkpointed false"),
            LargerThanMemoryBenchmark.NAME,
            List.of(format("--fill-seconds %.0f --seconds %.1f", minutes * 3, share * 20)),
            CheckpointBenchmark.NAME,
            List.of("--rounds 2"),
            PipelinesBenchmark.NAME,
            List.of(format("--scale %.2f", share)),
            MemoryBenchmark.NAME,
            List.of(format("--minutes %.1f", share * 8))));
  }

  private static String format(String format, Object... parts) {
    return String.format(Locale.ROOT, format, parts);
  }
}
