package io.hummock.examples.benchmark.memory;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.ChildJvm;
import io.hummock.examples.benchmark.process.Command;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.process.PerBackendBenchmark;
import io.hummock.examples.benchmark.process.ProcessUsage;
import io.hummock.examples.benchmark.process.Recorder;
import io.hummock.examples.benchmark.report.Curve;
import io.hummock.examples.benchmark.report.Curve.Point;
import io.hummock.examples.benchmark.report.CurveFile;
import io.hummock.examples.benchmark.report.ReportPage;
import io.hummock.examples.benchmark.report.ResultFile;
import io.hummock.examples.benchmark.report.Unit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A job of as many records as an hour has at a given rate, in a process started as a TaskManager
 * is, with the sizes that Flink derives from the process size; its resident memory is read each
 * second.
 */
public final class MemoryBenchmark implements Command {
  /** The name of the command and of its result file. */
  public static final String NAME = "memory";

  private static final double TOLERANCE = 1.05;
  private static final long SECONDS_AN_HOUR = 3600;
  private static final double MEGABYTE = 1 << 20;

  private final Class<?> main;

  /**
   * @param main the class whose {@code main} runs this benchmark, if its name is the first argument
   */
  public MemoryBenchmark(Class<?> main) {
    this.main = main;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String purpose() {
    return "resident memory of a TaskManager whose caches are full, over time";
  }

  @Override
  public List<Option> options() {
    return List.of(
        new Option("backends", "A,B,…", "rocksdb-tuned,hummock", "of " + Peer.NAMES),
        new Option("process-size", "SIZE", "1728m", "taskmanager.memory.process.size"),
        new Option("rate", "N", "10000", "records a second of the hour that is made up for"),
        new Option("minutes", "M", "15", "after which a job is cancelled, however far it came"),
        new Option("state", "X", "3", "the size of the state as a multiple of managed memory"),
        new Option("results", "DIR", "target/benchmarks", "where the files with the results go"),
        new Option("in-process", "true|false", "false", "only runs the job, in this process"));
  }

  @Override
  public void run(Arguments arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(
        TaskManagerOptions.TOTAL_PROCESS_MEMORY, processSize(arguments.text("process-size")));
    TaskExecutorProcessSpec memory = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
    Path results = Path.of(arguments.text("results"));
    if (arguments.flag("in-process")) {
      Recorder recorder = new Recorder();
      for (Peer peer : Peer.listOf(arguments.list("backends"))) {
        runJob(peer, memory, arguments, recorder);
      }
      recorder.write(results, NAME);
      return;
    }
    measure(memory, arguments, results);
  }

  private static MemorySize processSize(String text) {
    try {
      return MemorySize.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--process-size " + text + ": give a size as in Flink's configuration, such as 1728m", e);
    }
  }

  private static void runJob(
      Peer peer, TaskExecutorProcessSpec memory, Arguments arguments, Recorder recorder)
      throws Exception {
    long managed = memory.getManagedMemorySize().getBytes();
    long keys = Math.max(1, (long) (arguments.number("state") * managed / WideState.VALUE_BYTES));
    long records = Math.max(keys, (long) (arguments.number("rate") * SECONDS_AN_HOUR));
    Duration limit = Duration.ofMillis((long) (arguments.number("minutes") * 60_000));
    long processed = MemoryJob.run(peer, memory, keys, records, limit);
    String setting = setting(arguments);
    recorder.add(setting, "job", "keys", peer.label(), Unit.COUNT, (double) keys);
    recorder.add(setting, "job", "records processed", peer.label(), Unit.COUNT, (double) processed);
    recorder.add(
        setting,
        "job",
        "of the hour in percent",
        peer.label(),
        Unit.COUNT,
        100.0 * processed / records);
  }

  private static String setting(Arguments arguments) {
    return "process size "
        + arguments.text("process-size")
        + "; state "
        + arguments.text("state")
        + " times managed memory; "
        + arguments.text("rate")
        + " records a second for an hour";
  }

  private void measure(TaskExecutorProcessSpec memory, Arguments arguments, Path results)
      throws Exception {
    Recorder recorder = new Recorder();
    double size = (double) memory.getTotalProcessMemorySize().getBytes();
    recorder.condition("process size", String.format(Locale.ROOT, "%.0f MB", size / MEGABYTE));
    recorder.condition("managed memory", memory.getManagedMemorySize().toHumanReadableString());
    recorder.condition("Java heap", memory.getJvmHeapMemorySize().toHumanReadableString());
    List<String> flags = new ArrayList<>();
    flags.addAll(Arrays.asList(ProcessMemoryUtils.generateJvmParametersStr(memory).split(" ", -1)));
    flags.add("-XX:+UseG1GC");
    Map<String, List<Point>> curves = new LinkedHashMap<>();
    List<String> beyond = new ArrayList<>();
    for (Peer peer : Peer.listOf(arguments.list("backends"))) {
      List<Point> curve = new ArrayList<>();
      double peak = sample(peer, flags, arguments, recorder, curve);
      curves.put(peer.label(), curve);
      CurveFile.write(results.resolve(ReportPage.MEMORY_CURVE), curves);
      String setting = setting(arguments);
      recorder.add(setting, "resident", "at its peak", peer.label(), Unit.BYTES, peak);
      recorder.add(setting, "resident", "at the end", peer.label(), Unit.BYTES, last(curve));
      recorder.add(
          setting,
          "resident",
          "peak in percent of the process size",
          peer.label(),
          Unit.COUNT,
          100 * peak / size);
      recorder.write(results, NAME);
      boolean within = peak <= TOLERANCE * size;
      System.out.printf(
          Locale.ROOT,
          "%s: at most %.0f MB resident of a process size of %.0f MB: %s%n",
          peer.label(),
          peak / MEGABYTE,
          size / MEGABYTE,
          within ? "within 5 %" : "BEYOND 5 %");
      if (!within && peer.isHummock()) {
        beyond.add(peer.label());
      }
    }
    Curve picture = ReportPage.memoryCurve(curves, size / MEGABYTE);
    Files.writeString(results.resolve(ReportPage.MEMORY_PICTURE), picture.svg());
    if (!beyond.isEmpty()) {
      throw new IllegalStateException(
          beyond + " took more than the process size and 5 %; the curve is in " + results);
    }
  }

  private static double last(List<Point> curve) {
    return curve.isEmpty() ? Double.NaN : curve.get(curve.size() - 1).value() * MEGABYTE;
  }

  /** Runs a job in a process of its own, and gives the most bytes that were resident. */
  private double sample(
      Peer peer, List<String> flags, Arguments arguments, Recorder recorder, List<Point> curve)
      throws Exception {
    Path partial = Files.createTempDirectory("hummock-results");
    Process process =
        ChildJvm.start(
            flags, main, PerBackendBenchmark.childLine(NAME, arguments, peer, partial), Map.of());
    long start = System.nanoTime();
    double peak = 0;
    try {
      while (!process.waitFor(1, TimeUnit.SECONDS)) {
        ProcessUsage.Memory now = ProcessUsage.memory(process.pid());
        if (now.resident() > 0) {
          curve.add(new Point((System.nanoTime() - start) / 1e9, now.resident() / MEGABYTE));
          peak = Math.max(peak, (double) now.peak());
        }
      }
    } finally {
      process.destroyForcibly();
    }
    Path file = ResultFile.path(partial, NAME);
    if (process.exitValue() != 0 || !Files.exists(file)) {
      throw new IllegalStateException(
          peer.label() + " failed with exit code " + process.exitValue() + "; see above");
    }
    recorder.addAll(ResultFile.read(file));
    Files.delete(file);
    Files.delete(partial);
    return peak;
  }
}
