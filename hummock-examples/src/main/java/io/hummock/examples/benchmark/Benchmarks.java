package io.hummock.examples.benchmark;

import io.hummock.examples.benchmark.checkpoint.CheckpointBenchmark;
import io.hummock.examples.benchmark.larger.LargerThanMemoryBenchmark;
import io.hummock.examples.benchmark.memory.MemoryBenchmark;
import io.hummock.examples.benchmark.operations.OperationsBenchmark;
import io.hummock.examples.benchmark.pipeline.PipelinesBenchmark;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Command;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line of all benchmarks: {@code <command> [--option value …]}. */
public final class Benchmarks {
  private static final List<Command> COMMANDS = commands();

  private Benchmarks() {}

  /** The benchmarks, in the order of a run of all. */
  static List<Command> benchmarks() {
    return List.of(
        new OperationsBenchmark(),
        new LargerThanMemoryBenchmark(Benchmarks.class),
        new CheckpointBenchmark(Benchmarks.class),
        new PipelinesBenchmark(Benchmarks.class),
        new MemoryBenchmark(Benchmarks.class));
  }

  private static List<Command> commands() {
    List<Command> benchmarks = benchmarks();
    List<Command> commands = new ArrayList<>();
    Command report = new ReportCommand();
    commands.add(new AllCommand(benchmarks, report));
    commands.addAll(benchmarks);
    commands.add(report);
    return commands;
  }

  /** Runs from the command line and ends the process; {@code --help} says what there is. */
  public static void main(String[] arguments) throws Exception {
    System.exit(run(Arrays.asList(arguments), System.out, System.err));
  }

  /**
   * Runs a command; without one, all benchmarks.
   *
   * @return the exit code: 0 if all went well, 2 if an argument is wrong
   */
  static int run(List<String> arguments, PrintStream out, PrintStream error) throws Exception {
    if (arguments.contains("--help")) {
      out.println(usage());
      return 0;
    }
    try {
      List<String> line = arguments.isEmpty() ? List.of("all") : arguments;
      Command command = command(line.get(0));
      command.run(new Arguments(line.subList(1, line.size()), command.options()));
      return 0;
    } catch (IllegalArgumentException e) {
      error.println(e.getMessage());
      return 2;
    }
  }

  private static Command command(String name) {
    return COMMANDS.stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no command '" + name + "'\n" + usage()));
  }

  private static String usage() {
    StringBuilder text = new StringBuilder(4096);
    text.append("<command> [--option value ...]\n");
    for (Command command : COMMANDS) {
      text.append('\n').append(command.name()).append(": ").append(command.purpose()).append('\n');
      text.append(Arguments.usage(command.options())).append('\n');
    }
    return text.toString();
  }
}
