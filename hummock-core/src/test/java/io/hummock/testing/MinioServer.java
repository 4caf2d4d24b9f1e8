package io.hummock.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A MinIO server of its own for a test: on a free loopback port, with its data in a temporary
 * directory, both gone when it is closed.
 *
 * <p>The binary is the one that {@code MINIO_BIN} names, or {@code minio} on the {@code PATH}, or
 * {@code ~/go/bin/minio}, where {@code go install github.com/minio/minio@latest} puts it. Where
 * there is none the test is skipped, or fails if {@code HUMMOCK_REQUIRE_MINIO} is {@code true}.
 */
public final class MinioServer implements AutoCloseable {
  private static final int ATTEMPTS = 5;
  private static final long START_SECONDS = 60;

  private final Path directory;
  private final Process process;
  private final int port;
  private final String secretKey;
  private final Thread endWithTheJvm;

  private MinioServer(Path directory, Process process, int port, String secretKey) {
    this.directory = directory;
    this.process = process;
    this.port = port;
    this.secretKey = secretKey;
    this.endWithTheJvm = new Thread(this::endNow, "minio-end");
    Runtime.getRuntime().addShutdownHook(endWithTheJvm);
  }

  /** A running server; without a binary the test is skipped or fails as the class says. */
  public static MinioServer start() throws IOException {
    Path binary = binary();
    if (binary == null) {
      String message = "no MinIO binary: MINIO_BIN, minio on the PATH, or ~/go/bin/minio";
      if ("true".equals(System.getenv("HUMMOCK_REQUIRE_MINIO"))) {
        throw new AssertionError(message);
      }
      Assumptions.abort(message);
      throw new AssertionError("not reached");
    }
    IOException failure = new IOException("MinIO was not started");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return start(binary);
      } catch (IOException e) { // somebody else may have taken the port
        e.addSuppressed(failure);
        failure = e;
      }
    }
    throw failure;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  public String accessKey() {
    return "hummock-test";
  }

  public String secretKey() {
    return secretKey;
  }

  public String region() {
    return "us-east-1";
  }

  /**
   * A client for what a test wants to do or see beside the code under test; the caller closes it.
   */
  public S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .region(Region.of(region()))
        .forcePathStyle(true)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey(), secretKey())))
        .httpClientBuilder(Apache5HttpClient.builder())
        .build();
  }

  /** Creates a bucket and gives its name back. */
  public String createBucket(String name) {
    try (S3Client client = client()) {
      client.createBucket(request -> request.bucket(name));
    }
    return name;
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(endWithTheJvm);
      end(process);
    } finally {
      deleteTree(directory);
    }
  }

  private void endNow() {
    process.destroyForcibly();
    try {
      process.waitFor();
      deleteTree(directory);
    } catch (IOException | InterruptedException e) {
      // The JVM ends too: nobody is left to tell.
    }
  }

  private static MinioServer start(Path binary) throws IOException {
    Path directory = Files.createTempDirectory("hummock-minio");
    Process process = null;
    boolean started = false;
    try {
      int port = freePort();
      int consolePort = freePort();
      String secretKey = UUID.randomUUID().toString();
      Path log = directory.resolve("minio.log");
      ProcessBuilder builder =
          new ProcessBuilder(
                  binary.toString(),
                  "server",
                  "--quiet",
                  "--address",
                  "127.0.0.1:" + port,
                  "--console-address",
                  "127.0.0.1:" + consolePort,
                  Files.createDirectory(directory.resolve("data")).toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("MINIO_"));
      builder.environment().put("MINIO_ROOT_USER", "hummock-test");
      builder.environment().put("MINIO_ROOT_PASSWORD", secretKey);
      builder.environment().put("MINIO_BROWSER", "off");
      builder.environment().put("MINIO_UPDATE", "off");
      process = builder.start();
      MinioServer server = new MinioServer(directory, process, port, secretKey);
      server.awaitReady(log);
      started = true;
      return server;
    } finally {
      if (!started) {
        if (process != null) {
          end(process);
        }
        deleteTree(directory);
      }
    }
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
          (HttpURLConnection) endpoint().resolve("/minio/health/ready").toURL().openConnection();
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

  private static @Nullable Path binary() {
    List<Path> candidates = new ArrayList<>();
    String named = System.getenv("MINIO_BIN");
    if (named != null && !named.isEmpty()) {
      candidates.add(Path.of(named));
    } else {
      String path = System.getenv("PATH");
      if (path != null) {
        for (String directory : path.split(File.pathSeparator, -1)) {
          candidates.add(Path.of(directory, "minio"));
        }
      }
      candidates.add(Path.of(System.getProperty("user.home"), "go", "bin", "minio"));
    }
    return candidates.stream()
        .filter(candidate -> Files.isRegularFile(candidate) && Files.isExecutable(candidate))
        .findFirst()
        .orElse(null);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (process.waitFor(10, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.deleteIfExists(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
