package io.hummock.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import io.hummock.bytes.Slice;
import io.hummock.flink.backend.HummockKeyedStateBackend;
import io.hummock.flink.metrics.RecordingMetricGroup;
import io.hummock.flink.storage.FlinkRoutes;
import io.hummock.flink.storage.S3Settings;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.objectstore.S3Encryption;
import io.hummock.objectstore.S3ObjectStore;
import io.hummock.objectstore.S3Options;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Neither log lines nor exceptions nor texts show credentials, not even where a service sends them
 * back.
 */
class SecretsTest {
  private static final String ACCESS_KEY = "AKIAFAKEFAKEFAKEFAKE";
  private static final String SECRET_KEY = "fake/secret+key0123456789";
  private static final String TOKEN = "fake-session-token//////////abc";
  private static final byte[] CUSTOMER_KEY = "0123456789abcdef0123456789ABCDEF".getBytes(UTF_8);

  private static final List<String> SECRETS =
      List.of(
          ACCESS_KEY,
          SECRET_KEY,
          TOKEN,
          new String(CUSTOMER_KEY, UTF_8),
          Base64.getEncoder().encodeToString(CUSTOMER_KEY));

  @TempDir private Path directory;

  private HttpServer server;
  private CapturedLog log;
  private volatile int status;

  @BeforeEach
  void setUp() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] body =
              ("<?xml version=\"1.0\"?><Error><Code>Refused</Code><Message>"
                      + String.join(", ", SECRETS)
                      + "</Message></Error>")
                  .getBytes(UTF_8);
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(status, head ? -1 : body.length);
          if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
              out.write(body);
            }
          }
          exchange.close();
        });
    server.start();
    log = new CapturedLog();
  }

  @AfterEach
  void tearDown() {
    log.close();
    server.stop(0);
  }

  private Configuration credentials(String prefix) {
    Configuration config = new Configuration();
    config.setString(prefix + "endpoint", "http://127.0.0.1:" + server.getAddress().getPort());
    config.setString(prefix + "access-key", ACCESS_KEY);
    config.setString(prefix + "secret-key", SECRET_KEY);
    config.setString(prefix + "session-token", TOKEN);
    config.setString(prefix + "retry.max-num-retries", "1");
    return config;
  }

  private static void assertShowsNoSecret(String text) {
    for (String secret : SECRETS) {
      assertThat(text).doesNotContain(secret);
    }
  }

  private static void assertShowsNoSecret(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    assertShowsNoSecret(text.toString());
  }

  private void assertLogShowsNoSecret() {
    assertThat(log.lines()).isNotEmpty();
    log.lines().forEach(SecretsTest::assertShowsNoSecret);
  }

  @Test
  void backendLogsItsConfigurationWithoutThem() throws Exception {
    Configuration job = credentials("state.backend.hummock.s3.");
    job.setString("state.backend.hummock.s3.secret-kye", SECRET_KEY);
    job.setString("state.backend.hummock.s3.token", TOKEN);
    job.setString("state.backend.rocksdb.localdir", ACCESS_KEY);
    try (BackendFixture backends = new BackendFixture(directory, credentials("s3."))) {
      HummockKeyedStateBackend<Integer> backend =
          backends.open(new RecordingMetricGroup(), job, List.of());
      BackendFixture.write(backend, 10);
      backends.checkpoint(backend, 1);
      BackendFixture.close(backend);
    }
    assertThat(log.lines())
        .anyMatch(line -> line.contains("credentials=Keys[***, with a session token]"))
        .anyMatch(line -> line.contains("state.backend.hummock.s3.secret-kye is no option"))
        .anyMatch(line -> line.contains("state.backend.rocksdb.localdir"));
    assertLogShowsNoSecret();
  }

  @Test
  void refusedRequestsAreReportedWithoutThem() throws Exception {
    S3Options read = S3Settings.read(List.of(credentials("s3.")));
    S3Options options =
        new S3Options(
            read.endpoint(),
            read.region(),
            read.pathStyle(),
            read.credentials(),
            new S3Encryption.CustomerKey(Slice.of(CUSTOMER_KEY)),
            read.transfer(),
            read.limits(),
            read.checksums(),
            read.names());
    List<Throwable> failures = new ArrayList<>();
    for (int refusal : new int[] {403, 503, 400, 404}) {
      status = refusal;
      try (UriObjectStore objects =
          new UriObjectStore(new FlinkRoutes(options, null, HummockMetrics.NONE))) {
        failures.add(catchThrowable(() -> objects.read("s3://bucket/object", 0, 10)));
        failures.add(
            catchThrowable(() -> objects.read("s3://bucket/object", List.of(new Range(0, 1)))));
        failures.add(catchThrowable(() -> objects.list("s3://bucket/prefix")));
        failures.add(catchThrowable(() -> objects.copy("s3://bucket/a", "s3://bucket/b")));
        failures.add(
            catchThrowable(
                () -> {
                  try (ObjectWriter writer = objects.create("s3://bucket/object")) {
                    writer.write(Slice.utf8("hello"));
                    writer.commit();
                  }
                }));
        if (refusal == 403) {
          failures.add(catchThrowable(() -> objects.verifyAccess("s3://bucket/prefix")));
          failures.add(catchThrowable(() -> objects.delete(List.of("s3://bucket/a"))));
        }
      }
    }
    assertThat(failures).hasSize(22).doesNotContainNull();
    failures.forEach(SecretsTest::assertShowsNoSecret);
    assertLogShowsNoSecret();
  }

  @Test
  void valuesThatDoNotFitAreReportedWithoutThem() {
    for (String key :
        List.of(
            "s3.connection.max",
            "s3.sse.type",
            "s3.path-style-access",
            "s3.retry.max-num-retries",
            "s3.assume-role.session-duration")) {
      Configuration config = credentials("s3.");
      config.setString(key, SECRET_KEY);
      Throwable failure = catchThrowable(() -> S3Settings.read(List.of(config)));
      assertThat(failure).hasMessageContaining(key);
      assertShowsNoSecret(failure);
    }
  }

  @Test
  void textsShowNone() throws Exception {
    S3Options plain = S3Settings.read(List.of(credentials("s3.")));
    S3Options encrypting =
        S3Options.builder()
            .endpoint("http://127.0.0.1:1")
            .keys(ACCESS_KEY, SECRET_KEY)
            .sessionToken(TOKEN)
            .encryption(new S3Encryption.CustomerKey(Slice.of(CUSTOMER_KEY)))
            .build();
    try (S3ObjectStore store = new S3ObjectStore(encrypting, Runnable::run)) {
      assertShowsNoSecret(store.toString());
    }
    assertShowsNoSecret(plain.toString() + plain.credentials() + encrypting.encryption());
    assertThat(plain.toString()).contains("127.0.0.1", "attempts=2");
  }
}
