package io.hummock.examples.benchmark.checkpoint;

import io.hummock.examples.benchmark.process.Surroundings;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.FileUtils;

/**
 * A MinIO server on a free loopback port with one bucket, its data in a temporary directory; both
 * are gone when it is closed.
 */
final class MinioProcess implements Surroundings {
  /** The variable with the server's address. */
  static final String ENDPOINT = "HUMMOCK_BENCHMARK_ENDPOINT";

  static final String ACCESS_KEY = "AWS_ACCESS_KEY_ID";
  static final String SECRET_KEY = "AWS_SECRET_ACCESS_KEY";
  static final String BUCKET = "benchmark";

  private static final long START_SECONDS = 60;

  private final Path directory;
  private final Process process;
  private final String endpoint;
  private final String secretKey;

  /**
   * Starts it.
   *
   * @throws IllegalArgumentException if there is no binary; the message says where one may be
   */
  MinioProcess() throws IOException {
    Path binary = binary();
    directory = Files.createTempDirectory("hummock-minio");
    int port = freePort();
    endpoint = "http://127.0.0.1:" + port;
    secretKey = UUID.randomUUID().toString();
    Path data = directory.resolve("data");
    // To MinIO a directory that it finds among its data is a bucket.
    Files.createDirectories(data.resolve(BUCKET));
    Path log = directory.resolve("minio.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                binary.toString(),
                "server",
                "--quiet",
                "--address",
                "127.0.0.1:" + port,
                "--console-address",
                "127.0.0.1:" + freePort(),
                data.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("MINIO_"));
    builder.environment().put("MINIO_ROOT_USER", BUCKET);
    builder.environment().put("MINIO_ROOT_PASSWORD", secretKey);
    builder.environment().put("MINIO_BROWSER", "off");
    builder.environment().put("MINIO_UPDATE", "off");
    process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "minio-end"));
    try {
      awaitReady(log);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  @Override
  public Map<String, String> environment() {
    return Map.of(ENDPOINT, endpoint, ACCESS_KEY, BUCKET, SECRET_KEY, secretKey);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().join();
    FileUtils.deleteDirectory(directory.toFile());
  }

  private void awaitReady(Path log) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isReady()) {
      boolean ended;
      try {
        ended = process.waitFor(50, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while MinIO starts", e);
      }
      if (ended || System.nanoTime() - end > 0) {
        throw new IOException(
            (ended ? "MinIO ended: " : "MinIO is not ready: ") + Files.readString(log));
      }
    }
  }

  private boolean isReady() {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create(endpoint).resolve("/minio/health/ready").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(5_000);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static Path binary() {
    List<Path> candidates = new ArrayList<>();
    String named = System.getenv("MINIO_BIN");
    if (named != null) {
      candidates.add(Path.of(named));
    }
    String path = System.getenv("PATH");
    for (String each : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
      candidates.add(Path.of(each, "minio"));
    }
    candidates.add(Path.of(System.getProperty("user.home"), "go", "bin", "minio"));
    return candidates.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no MinIO binary: name it in MINIO_BIN, or install one by 'go install"
                        + " github.com/minio/minio@latest', or give --stores local"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
