package io.hummock.examples.benchmark.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Java process with the class path of this one; what it prints goes where this one prints. */
public final class ChildJvm {
  /** The flags that Flink's own scripts pass to a JVM of version 17, as far as state needs them. */
  public static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.net=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=java.base/java.time=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED");

  private ChildJvm() {}

  /**
   * Starts one; the caller ends it.
   *
   * @param flags of the JVM, beside those that open its modules
   * @param environment variables beside those of this process
   */
  public static Process start(
      List<String> flags, Class<?> main, List<String> arguments, Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(OPENED);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().putAll(environment);
    return builder.start();
  }

  /**
   * Runs one to its end.
   *
   * @param limit after which it is killed
   * @return what went wrong; empty if it ended with exit code 0
   */
  public static String run(
      List<String> flags,
      Class<?> main,
      List<String> arguments,
      Map<String, String> environment,
      Duration limit)
      throws IOException, InterruptedException {
    Process process = start(flags, main, arguments, environment);
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return "did not end within " + limit.toMinutes() + " minutes";
      }
      return process.exitValue() == 0 ? "" : "ended with exit code " + process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
