package io.hummock.examples.benchmark;

import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Command;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.report.ReportPage;
import java.nio.file.Path;
import java.util.List;

/** Makes the page with tables and charts. */
final class ReportCommand implements Command {
  @Override
  public String name() {
    return "report";
  }

  @Override
  public String purpose() {
    return "makes benchmarks.md and its charts from result files";
  }

  @Override
  public List<Option> options() {
    return List.of(
        new Option("results", "DIR", "target/benchmarks", "where the result files are"),
        new Option("docs", "DIR", "target/benchmarks", "where the page goes"));
  }

  @Override
  public void run(Arguments arguments) throws Exception {
    Path docs = Path.of(arguments.text("docs"));
    new ReportPage(Path.of(arguments.text("results"))).write(docs);
    System.out.println("wrote " + docs.resolve(ReportPage.PAGE));
  }
}
