package io.hummock.objectstore;

import static io.hummock.objectstore.StubS3.answer;
import static io.hummock.objectstore.StubS3.error;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.hummock.objectstore.S3Options.Option;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS) // what the check promises
class S3AccessCheckTest {
  private StubS3 server;

  @BeforeEach
  void open() throws IOException {
    server = new StubS3();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "404, NoSuchBucket, my.bucket",
    "400, InvalidBucketName, my.bucket",
    "403, InvalidAccessKeyId, my.access-key",
    "403, SignatureDoesNotMatch, my.secret-key",
    "400, ExpiredToken, my.session-token",
    "400, InvalidToken, my.session-token",
    "400, AuthorizationHeaderMalformed, my.region",
    "301, PermanentRedirect, my.region",
    "403, AccessDenied, my.access-key",
    "501, NotImplemented, my.endpoint"
  })
  void errorOfTheServiceNamesTheOptionToChange(int status, String code, String option) {
    server.answers(error(status, code, "So it is."));

    assertThatIOException()
        .isThrownBy(() -> verify(options()))
        .withMessageContainingAll(option, code, "bucket")
        .withMessageNotContaining("secret-of-mine");
  }

  @Test
  void objectThatIsNotThereIsTheGoodAnswer() throws IOException {
    server.answers(error(404, "NoSuchKey", "The specified key does not exist."));

    verify(options());
    assertThat(server.lines()).singleElement().asString().startsWith("GET /bucket/flink/");
  }

  @Test
  void whoMayWriteButNotListHasAccess() throws IOException {
    server.answers(error(403, "AccessDenied", "Access Denied"), answer(200, ""), answer(204, ""));

    verify(options());
    List<StubS3.Request> requests = server.requests();
    assertThat(requests).extracting(StubS3.Request::method).containsExactly("GET", "PUT", "DELETE");
    assertThat(requests.get(2).uri()).isEqualTo(requests.get(1).uri());
  }

  @Test
  void serverThatIsNoS3ServiceIsNamedByTheEndpoint() {
    server.answers(answer(200, "<html>Welcome!</html>", "Content-Type", "text/html"));
    assertThatIOException()
        .isThrownBy(() -> verify(options()))
        .withMessageContaining("my.endpoint");

    server.answers(answer(404, "<html>Not found</html>", "Content-Type", "text/html"));
    assertThatIOException()
        .isThrownBy(() -> verify(options()))
        .withMessageContaining("my.endpoint");
  }

  @Test
  void portWithoutListenerIsNamedByTheEndpoint() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertThatIOException()
        .isThrownBy(() -> verify(options().endpoint("http://127.0.0.1:" + port)))
        .withMessageContaining("my.endpoint");
  }

  @Test
  void hostThatDoesNotExistIsNamedByTheEndpointOrTheRegion() {
    assertThatIOException()
        .isThrownBy(() -> verify(options().endpoint("http://no-such-host.invalid:9000")))
        .withMessageContaining("my.endpoint");
    assertThatIOException()
        .isThrownBy(
            () -> verify(options().endpoint("http://no-such-host.invalid:9000").pathStyle(false)))
        .withMessageContainingAll("my.endpoint", "my.path-style");
  }

  @Test
  void silentServerIsNamedByTheEndpointInTime() {
    server.answers(server.silence());

    assertThatIOException()
        .isThrownBy(() -> verify(options()))
        .withMessageContaining("my.endpoint");
  }

  private S3Options.Builder options() {
    return S3Options.builder()
        .endpoint(server.endpoint())
        .region("eu-north-9")
        .keys("access", "secret-of-mine")
        .name(Option.BUCKET, "my.bucket")
        .name(Option.ENDPOINT, "my.endpoint")
        .name(Option.REGION, "my.region")
        .name(Option.PATH_STYLE, "my.path-style")
        .name(Option.ACCESS_KEY, "my.access-key")
        .name(Option.SECRET_KEY, "my.secret-key")
        .name(Option.SESSION_TOKEN, "my.session-token");
  }

  private static void verify(S3Options.Builder options) throws IOException {
    try (S3ObjectStore store = new S3ObjectStore(options.build(), Runnable::run)) {
      store.verifyAccess("bucket/flink");
    }
  }
}
