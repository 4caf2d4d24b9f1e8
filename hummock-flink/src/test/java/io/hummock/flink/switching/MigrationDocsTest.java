package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.HummockConfigOptions;
import io.hummock.flink.switching.Cluster.Setup;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.client.cli.CliFrontendParser;
import org.apache.flink.client.cli.DefaultCLI;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of docs/migration.md, and looks for the options that it names. */
class MigrationDocsTest {
  private static final Path DOCS = Path.of("..", "docs", "migration.md");
  private static final Pattern COMMAND = Pattern.compile("bin/flink (.*)");
  private static final Pattern OPTIONS =
      Pattern.compile(
          "^\\| `(state\\.backend\\.rocksdb\\.[\\w.-]+)` \\| (?:`([\\w.-]+)`)? ?\\|",
          Pattern.MULTILINE);

  @TempDir private Path directory;

  @Test
  void commandsMoveAJobFromRocksDbToHummock() throws Exception {
    List<String> commands =
        COMMAND.matcher(Files.readString(DOCS)).results().map(found -> found.group(1)).toList();
    assertThat(commands).hasSize(2);
    Cluster cluster = new Cluster(directory);
    try {
      List<String> expected = Run.uninterrupted(cluster, true);
      Run run = new Run(cluster);
      run.start(Setup.of("rocksdb", 2));
      run.advanceTo(EveryKindOfState.SHORT_LIVED_IS_GONE);
      run.awaitShortLivedExpired();
      Path savepoints = directory.resolve("stopped");
      CliFrontend client =
          new CliFrontend(cluster.clientConfiguration(), List.of(new DefaultCLI()));

      String[] stop =
          commands
              .get(0)
              .replace("<directory>", savepoints.toUri().toString())
              .replace("<job id>", run.awaitRunning().toString())
              .split(" ");
      assertThat(client.parseAndRun(stop)).isZero();
      run.awaitStopped();

      String[] start =
          commands
              .get(1)
              .substring("run ".length())
              .replace("<savepoint>", onlyChild(savepoints).toUri().toString())
              .split(" ");
      CommandLine line =
          client.getCommandLine(CliFrontendParser.getRunCommandOptions(), start, true);
      SavepointRestoreSettings restore = CliFrontendParser.createSavepointRestoreSettings(line);
      Configuration options = client.validateAndGetActiveCommandLine(line).toConfiguration(line);
      assertThat(line.getArgList()).containsExactly("<job.jar>");
      run.startFrom(
          restore.getRestorePath(), Setup.of(options.get(StateBackendOptions.STATE_BACKEND), 3));
      run.finish();

      assertThat(run.lines()).isEqualTo(expected);
    } finally {
      cluster.cancelAll();
      cluster.close();
    }
  }

  @Test
  void optionsExist() throws Exception {
    Set<String> rocksDb = keys(RocksDBOptions.class, RocksDBConfigurableOptions.class);
    Set<String> hummock = keys(HummockConfigOptions.class);
    List<MatchResult> rows = OPTIONS.matcher(Files.readString(DOCS)).results().toList();
    assertThat(rows).hasSizeGreaterThan(10);
    for (MatchResult row : rows) {
      assertThat(rocksDb).contains(row.group(1));
      if (row.group(2) != null) {
        assertThat(hummock).contains(row.group(2));
      }
    }
  }

  private static Set<String> keys(Class<?>... holders) throws IllegalAccessException {
    Set<String> keys = new HashSet<>();
    for (Class<?> holder : holders) {
      for (Field field : holder.getFields()) {
        if (field.getType() == ConfigOption.class) {
          keys.add(((ConfigOption<?>) field.get(null)).key());
        }
      }
    }
    return keys;
  }

  private static Path onlyChild(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(children::add);
    }
    assertThat(children).hasSize(1);
    return children.get(0);
  }
}
