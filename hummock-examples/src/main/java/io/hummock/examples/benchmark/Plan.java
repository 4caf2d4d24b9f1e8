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
 * @param byBenchmark the command line of each
 */
record Plan(Map<String, String> byBenchmark) {
  private static final double LEAST_MINUTES = 15;

  List<String> arguments(String benchmark) {
    return Arrays.asList(Objects.requireNonNull(byBenchmark.get(benchmark)).split(" ", -1));
  }

  /** About ten minutes on two cores: the operations that say most, and small sizes. */
  static Plan quick() {
    return new Plan(
        Map.of(
            OperationsBenchmark.NAME,
            "--backends heap,rocksdb-tuned,hummock --keys 100000 --seconds 0.2 --warmups 3"
                + " --iterations 3 --include (ValueOperations.(get|getMissing|update|readModifyWrite)"
                + "|ListOperations.(append|getAndIterate|windowCycle)"
                + "|MapOperations.(get|put|iterateEntries)|FoldingOperations.reducingAdd"
                + "|TimerOperations.pollAndAdd|ScanOperations.getKeysFirstTen)$",
            LargerThanMemoryBenchmark.NAME,
            "--backends rocksdb-tuned,hummock --gb 0.25 --memory 32 --seconds 3 --time-limit 5",
            CheckpointBenchmark.NAME,
            "--backends rocksdb,hummock --keys 100000 --rounds 1 --time-limit 5",
            PipelinesBenchmark.NAME,
            "--backends heap,rocksdb,hummock --scale 0.1 --time-limit 5",
            MemoryBenchmark.NAME,
            "--backends hummock --process-size 1024m --rate 1000 --minutes 1.5"));
  }

  /**
   * Everything, with as much time for each as there is: half of it for the operations.
   *
   * @throws IllegalArgumentException if it is too little for all processes even to start
   */
  static Plan within(double minutes) {
    if (minutes < LEAST_MINUTES) {
      throw new IllegalArgumentException(
          "--minutes " + minutes + ": give 15 at least, or --quick true for a part of it");
    }
    double share = minutes / 100;
    boolean roomy = minutes >= 60;
    return new Plan(
        Map.of(
            OperationsBenchmark.NAME,
            format(
                "--backends %s --keys %d --seconds %.2f --warmups 3 --iterations %d",
                roomy ? "heap,rocksdb,rocksdb-tuned,forst,hummock" : "heap,rocksdb,hummock",
                roomy ? 250_000 : 100_000,
                roomy ? share / 2 : share * 0.6,
                roomy ? 5 : 3),
            LargerThanMemoryBenchmark.NAME,
            format(
                "--backends %s --gb %s --memory %d --fill-seconds %.0f --seconds %.1f",
                roomy ? "rocksdb,rocksdb-tuned,forst,hummock" : "rocksdb-tuned,hummock",
                roomy ? "4" : "1",
                roomy ? 256 : 64,
                minutes * 3,
                share * 20),
            CheckpointBenchmark.NAME,
            format(
                "--backends %s --keys %d --rounds %d",
                roomy ? "heap,rocksdb,rocksdb-tuned,forst,hummock" : "rocksdb,hummock",
                roomy ? 1_000_000 : 500_000,
                roomy ? 3 : 1),
            PipelinesBenchmark.NAME,
            format(
                "--backends %s --scale %.2f",
                roomy ? "heap,rocksdb,rocksdb-tuned,forst,hummock" : "heap,rocksdb,hummock",
                Math.min(1, share)),
            MemoryBenchmark.NAME,
            format(
                "--backends %s --minutes %.1f",
                roomy ? "rocksdb-tuned,hummock" : "hummock", share * 8)));
  }

  private static String format(String format, Object... parts) {
    return String.format(Locale.ROOT, format, parts);
  }
}
