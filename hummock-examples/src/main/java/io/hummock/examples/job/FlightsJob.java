package io.hummock.examples.job;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The main job: see {@link JobOptions#HELP}. */
public final class FlightsJob {
  private static final int RIGHT = 0;
  private static final int WRONG = 1;
  private static final int BAD_ARGUMENTS = 2;

  private static final String LOG_CONFIGURATION = "log4j2.configurationFile";

  private FlightsJob() {}

  /** Runs the job and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(JobOptions.HELP);
      return RIGHT;
    }
    JobOptions options;
    try {
      options = JobOptions.parse(arguments, environment);
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return BAD_ARGUMENTS;
    }
    Path work = null;
    try {
      work = Files.createTempDirectory("hummock-flights-");
      logTo(work.resolve("flights.log"));
      int code = run(options, work, out);
      if (code == RIGHT) {
        delete(work);
      } else {
        err.println("Results and Flink's log are kept in " + work);
      }
      return code;
    } catch (Exception e) {
      LoggerFactory.getLogger(FlightsJob.class).error("The run has failed", e);
      explain(e, err);
      err.println("Flink's log is " + (work == null ? "not there" : work.resolve("flights.log")));
      return WRONG;
    }
  }

  /**
   * Comes before the first logger is made; whoever has configured log4j otherwise has precedence.
   */
  private static void logTo(Path file) {
    System.setProperty("flights.log", file.toString());
    if (System.getProperty(LOG_CONFIGURATION) == null) {
      System.setProperty(LOG_CONFIGURATION, "flights-log4j2.properties");
    }
  }

  private static int run(JobOptions options, Path work, PrintStream out) throws Exception {
    try (FlightsRun run = new FlightsRun(options, work, out)) {
      out.printf(
          "%,d flights of %d days; checkpoints go to %s%n",
          run.rows(), options.days(), run.store());
      try {
        StoreContents.probe(run.store());
      } catch (IOException | RuntimeException e) {
        throw new IOException(
            "cannot write to --store "
                + run.store()
                + (options.onS3()
                    ? ": does the bucket exist, and are --endpoint, --region, --access-key and"
                        + " --secret-key right?"
                    : ": is the directory writable?"),
            e);
      }
      FlightsRun.Outcome outcome = run.run();
      out.println("checking every line against a plain computation");
      Results results =
          Results.compare(Results.read(run.results()), PlainComputation.results(options.days()));
      Report report = new Report(out);
      report.findings(results);
      report.verdict(run.rows(), outcome, results);
      return results.right() ? RIGHT : WRONG;
    }
  }

  private static void explain(Exception failure, PrintStream err) {
    String last = "";
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage() == null ? cause.getClass().getName() : cause.getMessage();
      // A cause is often quoted by what wraps it.
      if (!last.contains(message)) {
        err.println((last.isEmpty() ? "" : "  because: ") + message);
        last = message;
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
