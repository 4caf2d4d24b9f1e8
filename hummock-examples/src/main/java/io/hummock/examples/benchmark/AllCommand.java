package io.hummock.examples.benchmark;

import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Command;
import io.hummock.examples.benchmark.process.Option;
import java.util.ArrayList;
import java.util.List;

/** Runs all benchmarks one after the other, and makes the page of what they found. */
final class AllCommand implements Command {
  private final List<Command> benchmarks;
  private final Command report;

  AllCommand(List<Command> benchmarks, Command report) {
    this.benchmarks = List.copyOf(benchmarks);
    this.report = report;
  }

  @Override
  public String name() {
    return "all";
  }

  @Override
  public String purpose() {
    return "all benchmarks, and the report";
  }

  @Override
  public List<Option> options() {
    return List.of(
        new Option("minutes", "M", "90", "how long all of it may take, roughly; 15 at least"),
        new Option("quick", "true|false", "false", "few operations and small sizes, ten minutes"),
        new Option("results", "DIR", "target/benchmarks", "where the result files go"),
        new Option("docs", "DIR", "target/benchmarks", "where the page goes"));
  }

  @Override
  public void run(Arguments arguments) throws Exception {
    List<String> failures = new ArrayList<>();
    Plan plan = arguments.flag("quick") ? Plan.quick() : Plan.within(arguments.number("minutes"));
    for (Command benchmark : benchmarks) {
      for (List<String> options : plan.lines(benchmark.name())) {
        List<String> line = new ArrayList<>(options);
        line.add("--results");
        line.add(arguments.text("results"));
        System.out.println(benchmark.name() + " " + String.join(" ", line));
        try {
          benchmark.run(new Arguments(line, benchmark.options()));
        } catch (IllegalStateException e) { // the others are worth their while all the same
          System.out.println(e.getMessage());
          failures.add(benchmark.name() + ": " + e.getMessage());
        }
      }
    }
    report.run(
        new Arguments(
            List.of("--results", arguments.text("results"), "--docs", arguments.text("docs")),
            report.options()));
    if (!failures.isEmpty()) {
      throw new IllegalStateException(String.join("\n", failures));
    }
  }
}
