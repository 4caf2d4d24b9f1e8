package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.ChildJvm;
import io.hummock.examples.benchmark.process.Command;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.process.Recorder;
import io.hummock.examples.benchmark.report.Measurement;
import io.hummock.examples.benchmark.report.ResultFile;
import io.hummock.examples.benchmark.report.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks of state operations and writes their medians. */
public final class OperationsBenchmark implements Command {
  /** The name of the command and of its result file. */
  public static final String NAME = "operations";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String purpose() {
    return "single state operations, by JMH";
  }

  @Override
  public List<Option> options() {
    return List.of(
        new Option(
            "backends",
            "A,B,…",
            "heap,rocksdb,rocksdb-tuned,forst,hummock",
            "of " + Peer.NAMES + ", or the class of a state backend's factory"),
        new Option("include", "REGEX", "Operations", "which operations, as Class.method"),
        new Option("keys", "N", "250000", "how many keys have state"),
        new Option("key-kinds", "K,…", "LONG", "of LONG, STRING, POJO, ROW"),
        new Option("distributions", "D,…", "UNIFORM", "of UNIFORM, ZIPF"),
        new Option(
            "checkpointed",
            "B,…",
            "true",
            "whether a checkpoint has carried the state into tables: true, false or both"),
        new Option("memory", "MB", "512", "managed memory"),
        new Option("heap", "MB", "4096", "the Java heap of each process"),
        new Option("seconds", "S", "1", "the time of one iteration"),
        new Option("warmups", "N", "3", "iterations before the measurement"),
        new Option("iterations", "N", "5", "iterations of which the median counts"),
        new Option("in-process", "true|false", "false", "without a process each, for tests"),
        new Option("append", "true|false", "false", "keeps what the results have so far"),
        new Option("results", "DIR", "target/benchmarks", "where the file with the results goes"));
  }

  @Override
  public void run(Arguments arguments) throws Exception {
    List<String> backends = arguments.list("backends");
    Peer.listOf(backends); // fails before anything is run
    TimeValue iteration =
        TimeValue.milliseconds(Math.max(1, (long) (arguments.number("seconds") * 1000)));
    List<String> flags = new ArrayList<>(ChildJvm.OPENED);
    flags.add("-Xms" + arguments.count("heap") + "m");
    flags.add("-Xmx" + arguments.count("heap") + "m");
    flags.add("-XX:+UseG1GC");
    // The heap of a job has been used before: a page's first touch costs more than many an
    // operation.
    flags.add("-XX:+AlwaysPreTouch");
    var runs =
        new Runner(
            new OptionsBuilder()
                .include(arguments.text("include"))
                .param("backend", backends.toArray(String[]::new))
                .param("keys", Integer.toString(arguments.count("keys")))
                .param("keyKind", arguments.list("key-kinds").toArray(String[]::new))
                .param("distribution", arguments.list("distributions").toArray(String[]::new))
                .param("checkpointed", arguments.list("checkpointed").toArray(String[]::new))
                .param("managedMemory", Integer.toString(arguments.count("memory")))
                .warmupIterations(arguments.count("warmups"))
                .warmupTime(iteration)
                // The last one is not recorded, see withoutTeardown.
                .measurementIterations(arguments.count("iterations") + 1)
                .measurementTime(iteration)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(arguments.flag("in-process") ? 0 : 1)
                .jvmArgs(flags.toArray(String[]::new))
                .addProfiler(CpuProfiler.class)
                .addProfiler(GCProfiler.class)
                .build());
    Recorder recorder = new Recorder();
    recorder.condition("keys", arguments.text("keys"));
    recorder.condition("managed memory", arguments.text("memory") + " MB");
    recorder.condition("Java heap", arguments.text("heap") + " MB, G1");
    recorder.condition(
        "iterations",
        arguments.text("iterations")
            + " of "
            + arguments.text("seconds")
            + " s after "
            + arguments.text("warmups")
            + " to warm up");
    for (RunResult result : runs.run()) {
      record(withoutTeardown(result), recorder);
    }
    write(recorder, arguments);
    checkComplete(recorder.results(), backends);
  }

  private static void write(Recorder recorder, Arguments arguments) throws IOException {
    Path directory = Path.of(arguments.text("results"));
    Path file = ResultFile.path(directory, NAME);
    if (arguments.flag("append") && Files.exists(file)) {
      Recorder all = new Recorder();
      all.addAll(ResultFile.read(file));
      all.addAll(recorder.results());
      all.write(directory, NAME);
    } else {
      recorder.write(directory, NAME);
    }
  }

  /** JMH goes on after a failure and leaves the operation out. */
  private static void checkComplete(ResultFile results, List<String> backends) {
    Map<String, Set<String>> measured = new TreeMap<>();
    for (Measurement each : results.measurements()) {
      measured
          .computeIfAbsent(
              each.group() + "." + each.operation() + " (" + each.setting() + ")",
              operation -> new HashSet<>())
          .add(each.backend());
    }
    if (measured.isEmpty()) {
      throw new IllegalStateException(
          "no operation was measured: --include takes a regular expression over Class.method, and"
              + " what failed stands above");
    }
    measured.forEach(
        (operation, found) -> {
          if (!found.containsAll(backends)) {
            throw new IllegalStateException(
                operation + " was measured for " + found + " only; what failed stands above");
          }
        });
  }

  /**
   * The result without its last iteration. What profilers see of that one includes the teardown,
   * which checks all contents, while its clock has stopped before.
   */
  static RunResult withoutTeardown(RunResult result) {
    List<IterationResult> iterations =
        List.copyOf(result.getAggregatedResult().getIterationResults());
    return new RunResult(
        result.getParams(),
        List.of(
            new BenchmarkResult(result.getParams(), iterations.subList(0, iterations.size() - 1))));
  }

  private static void record(RunResult result, Recorder recorder) {
    BenchmarkParams parameters = result.getParams();
    String[] name = parameters.getBenchmark().split("\\.", -1);
    String group = name[name.length - 2].replace("Operations", "");
    String operation = name[name.length - 1];
    String backend = parameters.getParam("backend");
    String setting =
        parameters.getParam("keyKind").toLowerCase(Locale.ROOT)
            + " keys; "
            + parameters.getParam("distribution").toLowerCase(Locale.ROOT)
            + "; "
            + (Boolean.parseBoolean(parameters.getParam("checkpointed"))
                ? "checkpointed"
                : "never checkpointed");
    double measuredMillis =
        result.getAggregatedResult().getIterationResults().size()
            * (double) parameters.getMeasurement().getTime().convertTo(TimeUnit.MILLISECONDS);
    recorder.add(
        setting, group, operation, backend, Unit.WALL_NANOS, median(result.getPrimaryResult()));
    if (!result.getSecondaryResults().containsKey("gc.time")) {
      recorder.add(setting, group, operation, backend, Unit.PERCENT, 0);
    }
    result
        .getSecondaryResults()
        .forEach(
            (label, secondary) -> {
              switch (label) {
                case CpuProfiler.RESULT ->
                    recorder.add(
                        setting, group, operation, backend, Unit.CPU_NANOS, median(secondary));
                case "gc.time" ->
                    recorder.add(
                        setting,
                        group,
                        operation,
                        backend,
                        Unit.PERCENT,
                        100 * secondary.getScore() / measuredMillis);
                case "gc.alloc.rate.norm" ->
                    recorder.add(
                        setting,
                        group,
                        operation,
                        backend,
                        Unit.ALLOCATED_BYTES,
                        secondary.getScore());
                default -> {}
              }
            });
  }

  private static double median(Result<?> result) {
    return result.getStatistics().getPercentile(50);
  }
}
