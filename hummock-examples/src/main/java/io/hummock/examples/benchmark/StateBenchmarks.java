package io.hummock.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks of state operations for several backends in one run, a process each, and
 * writes the table that sets them side by side.
 */
public final class StateBenchmarks {
  private static final String USAGE =
      """
      Options:
        --include REGEX     which benchmarks (default: all operations)
        --backends A,B,...  of heap, rocksdb, rocksdb-tuned, forst, hummock (default: all)
        --keys N            how many keys have state (default: 500000)
        --distribution D    UNIFORM or ZIPF (default: UNIFORM)
        --memory MB         managed memory (default: 512)
        --seconds S         time of one iteration (default: 1)
        --output FILE       where the table goes (default: standard output only)
      """;

  private static final Set<String> NAMES =
      Set.of(
          "--include",
          "--backends",
          "--keys",
          "--distribution",
          "--memory",
          "--seconds",
          "--output");

  /** The flags that Flink's own scripts pass to a JVM of version 17. */
  private static final String[] JVM_ARGUMENTS = {
    "-Xmx4g",
    "-XX:+UseG1GC",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.time=ALL-UNNAMED"
  };

  private StateBenchmarks() {}

  /** Runs from the command line; see the usage text. */
  public static void main(String[] arguments) throws Exception {
    Arguments given = new Arguments(arguments, NAMES, USAGE);
    List<Peer> peers =
        Peer.listOf(given.get("--backends", "heap,rocksdb,rocksdb-tuned,forst,hummock"));
    String keys = given.get("--keys", "500000");
    String distribution = given.get("--distribution", "UNIFORM");
    String memory = given.get("--memory", "512");
    TimeValue iteration = TimeValue.seconds(given.get("--seconds", 1));
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(given.get("--include", "Operations"))
                    .param("backend", peers.stream().map(Peer::label).toArray(String[]::new))
                    .param("keys", keys)
                    .param("distribution", distribution)
                    .param("managedMemory", memory)
                    .warmupTime(iteration)
                    .measurementTime(iteration)
                    .timeUnit(TimeUnit.NANOSECONDS)
                    .jvmArgs(JVM_ARGUMENTS)
                    .addProfiler(CpuProfiler.class)
                    .addProfiler(GCProfiler.class)
                    .build())
            .run();
    String table =
        StateReport.of(results, peers)
            .markdown(
                keys
                    + " keys, "
                    + distribution.toLowerCase(Locale.ROOT)
                    + ", "
                    + memory
                    + " MB of managed memory");
    System.out.println(table);
    String output = given.get("--output", "");
    if (!output.isEmpty()) {
      write(Path.of(output), table);
    }
  }

  private static void write(Path output, String table) throws IOException {
    Path parent = output.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(output, table);
  }
}
