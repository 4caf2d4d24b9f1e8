package io.hummock.examples.benchmark.checkpoint;

import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.process.Option;
import io.hummock.examples.benchmark.process.PerBackendBenchmark;
import io.hummock.examples.benchmark.process.Recorder;
import io.hummock.examples.benchmark.process.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.util.FileUtils;

/**
 * Checkpoints of one operator: all keys written, then a part of them changed, then restored by one
 * subtask, by two, and by one again.
 */
public final class CheckpointBenchmark extends PerBackendBenchmark {
  /** The name of the command and of its result file. */
  public static final String NAME = "checkpoints";

  private static final String LOCAL = "local";
  private static final String MINIO = "minio";

  public CheckpointBenchmark(Class<?> main) {
    super(main);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String purpose() {
    return "checkpoints, restores and rescaling, on a local disk and on MinIO";
  }

  @Override
  protected String defaultBackends() {
    return "heap,rocksdb,rocksdb-tuned,forst,hummock";
  }

  @Override
  protected int defaultHeap() {
    return 4096;
  }

  @Override
  protected List<Option> ownOptions() {
    return List.of(
        new Option(
            "stores",
            "S,…",
            LOCAL + "," + MINIO,
            "where checkpoints go: local (a temporary directory), minio (a server started for it),"
                + " or a URI such as s3://bucket/prefix"),
        new Option(
            "endpoint",
            "URL",
            "",
            "of the S3 service, for a URI; keys come from AWS_ACCESS_KEY_ID and"
                + " AWS_SECRET_ACCESS_KEY"),
        new Option("keys", "N", "1000000", "how many keys have state"),
        new Option("bytes", "N", "100", "the length of a value"),
        new Option("changed", "PERCENT", "1", "the keys that change before the second checkpoint"),
        new Option("rounds", "N", "3", "repetitions of which the median counts, after one more"),
        new Option("memory", "MB", "1024", "managed memory"));
  }

  @Override
  protected Surroundings surroundings(Arguments arguments) throws Exception {
    return arguments.list("stores").contains(MINIO) ? new MinioProcess() : Surroundings.NONE;
  }

  @Override
  protected void measure(Peer peer, Arguments arguments, Recorder recorder) throws Exception {
    recorder.condition("keys", arguments.text("keys"));
    recorder.condition("values", arguments.text("bytes") + " bytes");
    recorder.condition("managed memory", arguments.text("memory") + " MB");
    recorder.condition("median of", arguments.text("rounds") + " rounds after one to warm up");
    for (String store : arguments.list("stores")) {
      Configuration base = s3(store, arguments.text("endpoint"));
      FileSystem.initialize(base, PluginUtils.createPluginManagerFromRootFolder(base));
      Path temporary = Files.createTempDirectory("hummock-checkpoints");
      try {
        String target =
            switch (store) {
              case LOCAL -> temporary.toUri() + "checkpoints";
              case MINIO -> "s3://" + MinioProcess.BUCKET + "/checkpoints";
              default -> store;
            };
        String setting =
            switch (store) {
              case LOCAL -> "local disk";
              case MINIO -> "MinIO";
              default -> store;
            };
        for (int round = 0; round <= arguments.count("rounds"); round++) {
          Recorder into = round == 0 ? new Recorder() : recorder;
          new CheckpointRound(
                  peer,
                  base,
                  target + "/" + peer.label().replaceAll("[^a-z-]", "_") + "-" + round,
                  arguments,
                  (group, operation, unit, value) ->
                      into.add(setting, group, operation, peer.label(), unit, value))
              .run();
        }
      } finally {
        FileUtils.deleteDirectory(temporary.toFile());
      }
    }
  }

  /** What Flink has to know to reach S3. */
  private static Configuration s3(String store, String given) {
    Configuration base = new Configuration();
    String endpoint = store.equals(MINIO) ? System.getenv(MinioProcess.ENDPOINT) : given;
    if (store.equals(MINIO) && endpoint == null) {
      throw new IllegalArgumentException(
          "--in-process starts no MinIO: give --stores local, or a URI and --endpoint");
    }
    if (endpoint != null && !endpoint.isEmpty()) {
      base.setString("s3.endpoint", endpoint);
      base.setString("s3.path-style-access", "true");
      base.setString("s3.region", "us-east-1");
    }
    copyFromEnvironment(base, MinioProcess.ACCESS_KEY, "s3.access-key");
    copyFromEnvironment(base, MinioProcess.SECRET_KEY, "s3.secret-key");
    return base;
  }

  private static void copyFromEnvironment(Configuration base, String variable, String option) {
    String value = System.getenv(variable);
    if (value != null) {
      base.setString(option, value);
    }
  }
}
