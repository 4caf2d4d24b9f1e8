package io.hummock.examples.benchmark.process;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.report.ResultFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A benchmark that gives each backend a process of its own, and then puts the results into one
 * file. A backend that fails costs its own results only; the run fails at its end.
 */
public abstract class PerBackendBenchmark implements Command {
  private final Class<?> main;

  /**
   * @param main the class whose {@code main} runs this benchmark, if its name is the first argument
   */
  protected PerBackendBenchmark(Class<?> main) {
    this.main = main;
  }

  /** The options of this benchmark alone. */
  protected abstract List<Option> ownOptions();

  /** The backends that are measured unless others are asked for. */
  protected abstract String defaultBackends();

  /** The default size of the Java heap of each process in megabytes. */
  protected abstract int defaultHeap();

  /** Measures one backend in this process. */
  protected abstract void measure(Peer peer, Arguments arguments, Recorder recorder)
      throws Exception;

  /** Starts what the processes share; called once a run, before the first of them. */
  protected Surroundings surroundings(Arguments arguments) throws Exception {
    return Surroundings.NONE;
  }

  @Override
  public final List<Option> options() {
    List<Option> options = new ArrayList<>();
    options.add(
        new Option(
            "backends",
            "A,B,…",
            defaultBackends(),
            "of " + Peer.NAMES + ", or the class of a state backend's factory"));
    options.addAll(ownOptions());
    options.add(
        new Option(
            "heap",
            "MB",
            Integer.toString(defaultHeap()),
            "the largest Java heap of each process"));
    options.add(
        new Option("results", "DIR", "target/benchmarks", "where the file with the results goes"));
    options.add(
        new Option("time-limit", "MINUTES", "60", "after which a backend's process is killed"));
    options.add(
        new Option("in-process", "true|false", "false", "measures all in this process, for tests"));
    return options;
  }

  @Override
  public final void run(Arguments arguments) throws Exception {
    List<Peer> peers = Peer.listOf(arguments.list("backends"));
    Path results = Path.of(arguments.text("results"));
    Recorder recorder = new Recorder();
    if (arguments.flag("in-process")) {
      for (Peer peer : peers) {
        measure(peer, arguments, recorder);
      }
      recorder.write(results, name());
      recorder.checkChecksums();
      return;
    }
    List<String> failures = new ArrayList<>();
    try (Surroundings surroundings = surroundings(arguments)) {
      for (Peer peer : peers) {
        String failure = inChild(peer, arguments, surroundings, recorder);
        recorder.write(results, name());
        if (!failure.isEmpty()) {
          failures.add(peer.label() + " " + failure);
        }
      }
    }
    recorder.checkChecksums();
    if (!failures.isEmpty()) {
      throw new IllegalStateException(name() + ": " + String.join("; ", failures));
    }
  }

  /** What went wrong; empty if nothing did. */
  private String inChild(
      Peer peer, Arguments arguments, Surroundings surroundings, Recorder recorder)
      throws IOException, InterruptedException {
    Path partial = Files.createTempDirectory("hummock-results");
    try {
      String failure =
          ChildJvm.run(
              List.of("-Xmx" + arguments.count("heap") + "m", "-XX:+UseG1GC"),
              main,
              childLine(name(), arguments, peer, partial),
              surroundings.environment(),
              Duration.ofMillis((long) (arguments.number("time-limit") * 60_000)));
      Path file = ResultFile.path(partial, name());
      if (Files.exists(file)) {
        recorder.addAll(ResultFile.read(file));
      }
      return failure;
    } finally {
      Files.deleteIfExists(ResultFile.path(partial, name()));
      Files.delete(partial);
    }
  }

  /** The command line by which a process of its own measures one backend. */
  public static List<String> childLine(
      String command, Arguments arguments, Peer peer, Path results) {
    List<String> line = new ArrayList<>();
    line.add(command);
    line.addAll(
        arguments.with(
            Map.of(
                "backends", peer.label(),
                "results", results.toString(),
                "in-process", "true")));
    return line;
  }
}
