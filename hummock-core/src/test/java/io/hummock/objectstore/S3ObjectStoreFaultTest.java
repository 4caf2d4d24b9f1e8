package io.hummock.objectstore;

import static io.hummock.objectstore.StubS3.answer;
import static io.hummock.objectstore.StubS3.brokenRange;
import static io.hummock.objectstore.StubS3.error;
import static io.hummock.objectstore.StubS3.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.StubS3.Request;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an {@link S3ObjectStore} makes of a server that fails. */
class S3ObjectStoreFaultTest {
  private static final String SECRET = "very/secret+key=";
  private static final String TOKEN = "very-secret-token";
  private static final String UPLOAD =
      "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";

  private StubS3 server;
  private S3ObjectStore store;

  @BeforeEach
  void open() throws IOException {
    server = new StubS3();
    store = open(options());
  }

  @AfterEach
  void close() {
    store.close();
    server.close();
  }

  @Test
  void callIsTriedAgainWhenTheServiceIsBusyOrFails() throws IOException {
    server.answers(
        error(503, "SlowDown", "Please reduce your request rate."),
        error(500, "InternalError", "We encountered an internal error."),
        range("hello", 3, 100));

    assertThat(store.read("bucket/object", 3, 5)).isEqualTo(Slice.utf8("hello"));
    assertThat(server.lines())
        .containsExactly("GET /bucket/object", "GET /bucket/object", "GET /bucket/object");
    assertThat(server.requests().get(0).header("range")).isEqualTo("bytes=3-7");
  }

  @Test
  void putThatAServiceWithDirectoriesDeniesIsTriedAgain() throws IOException {
    server.answers(error(403, "AccessDenied", "Access Denied"), answer(200, ""));

    write(store, "bucket/object", 10);

    assertThat(server.lines()).containsExactly("PUT /bucket/object", "PUT /bucket/object");
  }

  @Test
  void putThatIsAlwaysDeniedFailsAfterAFewAttempts() {
    server.answers(error(403, "AccessDenied", "Access Denied"));

    assertThatIOException()
        .isThrownBy(() -> write(store, "bucket/object", 10))
        .withMessageContaining("status 403 AccessDenied");
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void attemptsAreLimitedAndTheErrorNamesCallObjectStatusAndRequest() {
    server.answers(error(500, "InternalError", "We encountered an internal error."));

    assertThatIOException()
        .isThrownBy(() -> store.read("bucket/some/object", 3, 5))
        .withMessageContainingAll(
            "GetObject",
            "bucket/some/object",
            "status 500 InternalError",
            "REQUEST-1",
            "after 3 attempts");
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void bodyThatBreaksOffIsAskedForAgain() throws IOException {
    server.answers(
        brokenRange("hello", 3, 100, 2), brokenRange("hello", 3, 100, 0), range("hello", 3, 100));

    assertThat(store.read("bucket/object", 3, 5)).isEqualTo(Slice.utf8("hello"));
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void bodyThatAlwaysBreaksOffIsAFailureAndNotTheEndOfTheObject() {
    server.answers(brokenRange("hello", 3, 100, 2));

    IOException failure =
        catchThrowableOfType(IOException.class, () -> store.read("bucket/object", 3, 5));

    assertThat(failure).isNotInstanceOf(EOFException.class).hasMessageContaining("broke off");
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void answerThatIsShorterBecauseTheObjectEndsIsItsEnd() {
    server.answers(range("lo", 3, 5));

    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> store.read("bucket/object", 3, 5))
        .withMessageContainingAll("bucket/object", "@3", "expected 5 bytes, found 2");
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void answerOfAnotherRangeIsNeverTaken() {
    server.answers(answer(200, "hello"));
    assertThatIOException()
        .isThrownBy(() -> store.read("bucket/object", 3, 5))
        .withMessageContaining("not the range asked for");

    server.answers(range("hello", 4, 100));
    assertThatIOException()
        .isThrownBy(() -> store.read("bucket/object", 3, 5))
        .withMessageContaining("not the range asked for");

    server.answers(range("hello world", 3, 100));
    assertThatIOException()
        .isThrownBy(() -> store.read("bucket/object", 3, 5))
        .withMessageContaining("not the range asked for");
  }

  @Test
  void oneOfManyRangesThatFailsFailsTheCall() {
    server.answers(error(403, "AccessDenied", "Access Denied"));

    assertThatIOException()
        .isThrownBy(
            () ->
                store.read(
                    "bucket/object",
                    List.of(new Range(0, 1), new Range(1 << 20, 1), new Range(2 << 20, 1))))
        .withMessageContaining("status 403 AccessDenied");
  }

  @Test
  void silentServiceEndsInATimeOutThatNamesTheCall() throws IOException {
    server.answers(server.silence());
    try (S3ObjectStore hasty =
        open(
            options()
                .attempts(2)
                .attemptTimeout(Duration.ofMillis(300))
                .callTimeout(Duration.ofSeconds(2)))) {
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> hasty.read("bucket/object", 3, 5))
          .withMessageContainingAll("GetObject", "bucket/object");
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> hasty.list("bucket/"));
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> hasty.copy("bucket/object", "bucket/copy"));
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> hasty.delete(List.of("bucket/object")));
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> write(hasty, "bucket/object", 10));
    }
  }

  @Test
  void interruptedCallSaysSoAndStaysInterrupted() {
    server.answers(server.silence());

    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedIOException.class)
        .isThrownBy(() -> store.read("bucket/object", 3, 5))
        .withMessageContaining("bucket/object");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void statusesBecomeTheirExceptions() {
    server.answers(error(404, "NoSuchKey", "The specified key does not exist."));
    assertThatExceptionOfType(ObjectNotFoundException.class)
        .isThrownBy(() -> store.read("bucket/object", 0, 1));

    server.answers(error(404, "NoSuchBucket", "The specified bucket does not exist"));
    IOException failure =
        catchThrowableOfType(IOException.class, () -> store.read("bucket/object", 0, 1));
    assertThat(failure)
        .isNotInstanceOf(ObjectNotFoundException.class)
        .hasMessageContaining("NoSuchBucket");

    server.answers(error(416, "InvalidRange", "The requested range is not satisfiable"));
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> store.read("bucket/object", 5, 1));

    server.answers(error(404, "NoSuchBucket", "The specified bucket does not exist"));
    assertThat(catchThrowableOfType(IOException.class, () -> write(store, "bucket/object", 10)))
        .isNotInstanceOf(ObjectNotFoundException.class);
  }

  @Test
  void noSecretIsInAnyText() throws IOException {
    server.answers(error(403, "AccessDenied", "not with " + SECRET + " and " + TOKEN));
    IOException failure =
        catchThrowableOfType(IOException.class, () -> store.read("bucket/object", 0, 1));
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    IOException refused =
        catchThrowableOfType(IOException.class, () -> store.verifyAccess("bucket"));
    refused.printStackTrace(new PrintWriter(trace));

    assertThat(trace + store.toString() + options().build())
        .contains("AccessDenied", "not with ***")
        .doesNotContain(SECRET)
        .doesNotContain(TOKEN);
  }

  @Test
  void serviceThatRefusesToDeleteManyIsAskedForOneByOne() throws IOException {
    server.answers(error(501, "NotImplemented", "not here"), answer(204, ""));

    store.delete(List.of("bucket/a", "bucket/b"));
    store.delete(List.of("bucket/c", "bucket/d"));

    assertThat(server.lines())
        .containsExactly(
            "POST /bucket?delete",
            "DELETE /bucket/a",
            "DELETE /bucket/b",
            "DELETE /bucket/c",
            "DELETE /bucket/d");
    assertThat(server.requests().get(0).header("content-md5")).isNotEmpty();
  }

  @Test
  void whatWasNotDeletedWithTheOthersIsTriedAloneAndNamed() {
    server.answers(
        answer(
            200,
            "<DeleteResult>"
                + "<Error><Key>b</Key><Code>InternalError</Code></Error>"
                + "<Error><Key>c</Key><Code>InternalError</Code></Error>"
                + "</DeleteResult>"),
        error(403, "AccessDenied", "Access Denied"),
        answer(204, ""));

    assertThatIOException()
        .isThrownBy(() -> store.delete(List.of("bucket/a", "bucket/b", "bucket/c")))
        .withMessageContainingAll("bucket/b", "AccessDenied");
    assertThat(server.lines())
        .containsExactly("POST /bucket?delete", "DELETE /bucket/b", "DELETE /bucket/c");
  }

  @Test
  void completionWhoseAnswerWasLostIsFoundOut() throws IOException {
    server.answers(
        answer(200, UPLOAD),
        answer(200, "", "ETag", "\"e1\""),
        answer(200, "", "ETag", "\"e2\""),
        error(500, "InternalError", "lost"),
        error(404, "NoSuchUpload", "The specified upload does not exist."),
        exchange -> {
          exchange.getResponseHeaders().add("Content-Length", Integer.toString((5 << 20) + 1));
          exchange.sendResponseHeaders(200, -1);
        });

    write(store, "bucket/object", (5 << 20) + 1);

    assertThat(server.requests().get(5).line()).isEqualTo("HEAD /bucket/object");
    assertThat(server.requests()).hasSize(6);
  }

  @Test
  void completionThatFailsInsideOfAGoodAnswerFails() {
    server.answers(
        answer(200, UPLOAD),
        answer(200, "", "ETag", "\"e1\""),
        answer(200, "", "ETag", "\"e2\""),
        answer(200, "<Error><Code>InvalidPart</Code><Message>gone</Message></Error>"),
        answer(204, ""));

    assertThatIOException()
        .isThrownBy(() -> write(store, "bucket/object", (5 << 20) + 1))
        .withMessageContainingAll("CompleteMultipartUpload", "InvalidPart");
    assertThat(server.lines()).endsWith("DELETE /bucket/object?uploadId=u1");
  }

  @Test
  void partThatFailsFailsTheWriterAndAbortsTheUpload() {
    server.answers(
        answer(200, UPLOAD), error(403, "AccessDenied", "Access Denied"), answer(204, ""));

    assertThatIOException()
        .isThrownBy(() -> write(store, "bucket/object", 20 << 20))
        .withMessageContainingAll("UploadPart", "bucket/object", "AccessDenied");
    assertThat(server.lines().get(server.lines().size() - 1))
        .isEqualTo("DELETE /bucket/object?uploadId=u1");
  }

  @Test
  void partsNeedNoFreeThread() throws IOException {
    server.answers(
        answer(200, UPLOAD),
        answer(200, "", "ETag", "\"e\""),
        answer(200, "", "ETag", "\"e\""),
        answer(200, "", "ETag", "\"e\""),
        answer(200, "<CompleteMultipartUploadResult/>"));
    try (S3ObjectStore alone =
        new S3ObjectStore(
            options().build(),
            task -> {
              // An executor whose threads are all busy for ever.
            })) {
      write(alone, "bucket/object", (10 << 20) + 1);
    }

    assertThat(server.lines())
        .containsExactly(
            "POST /bucket/object?uploads",
            "PUT /bucket/object?partNumber=1&uploadId=u1",
            "PUT /bucket/object?partNumber=2&uploadId=u1",
            "PUT /bucket/object?partNumber=3&uploadId=u1",
            "POST /bucket/object?uploadId=u1");
  }

  @Test
  void objectAboveFiveGibibytesIsCopiedInParts() throws IOException {
    long length = (5L << 30) + 1;
    server.answers(
        error(400, "InvalidRequest", "larger than the maximum allowable size"),
        exchange -> {
          exchange.getResponseHeaders().add("Content-Length", Long.toString(length));
          exchange.sendResponseHeaders(200, -1);
        },
        answer(200, UPLOAD),
        answer(200, "<CopyPartResult><ETag>e</ETag></CopyPartResult>"));

    store.copy("bucket/object", "bucket/copy");

    List<Request> requests = server.requests();
    assertThat(requests).hasSize(3 + 11 + 1);
    assertThat(requests.subList(3, 14))
        .extracting(request -> request.header("x-amz-copy-source-range"))
        .contains("bytes=0-536870911", "bytes=" + (length - 1) + "-" + (length - 1))
        .doesNotHaveDuplicates();
    assertThat(requests.get(14).line()).isEqualTo("POST /bucket/copy?uploadId=u1");
  }

  @Test
  void encryptionIsAskedForWhereAnObjectIsMade() throws IOException {
    server.answers(answer(200, ""));
    try (S3ObjectStore encrypting =
        open(options().encryption(new S3Encryption.ManagedByKms("key-7")))) {
      write(encrypting, "bucket/object", 10);
    }
    assertThat(server.requests().get(0).header("x-amz-server-side-encryption"))
        .isEqualTo("aws:kms");
    assertThat(server.requests().get(0).header("x-amz-server-side-encryption-aws-kms-key-id"))
        .isEqualTo("key-7");

    try (S3ObjectStore encrypting = open(options().encryption(new S3Encryption.ManagedByS3()))) {
      write(encrypting, "bucket/object", 10);
    }
    assertThat(server.requests().get(1).header("x-amz-server-side-encryption")).isEqualTo("AES256");
  }

  @Test
  void customerKeyGoesWithReadsToo() throws IOException {
    S3Encryption.CustomerKey key = new S3Encryption.CustomerKey(Slice.of(new byte[32]));
    server.answers(answer(200, ""), range("hello", 0, 5));
    try (S3ObjectStore encrypting = open(options().encryption(key))) {
      write(encrypting, "bucket/object", 10);
      encrypting.read("bucket/object", 0, 5);
    }

    for (Request request : server.requests()) {
      assertThat(request.header("x-amz-server-side-encryption-customer-algorithm"))
          .isEqualTo("AES256");
      assertThat(request.header("x-amz-server-side-encryption-customer-key"))
          .isEqualTo(key.base64());
    }
    assertThat(key.toString()).doesNotContain(key.base64());
  }

  @Test
  void everyRequestIsReportedToTheStoreItWasMadeBy() throws IOException {
    List<String> mine = Collections.synchronizedList(new ArrayList<>());
    List<String> others = Collections.synchronizedList(new ArrayList<>());
    server.answers(
        error(503, "SlowDown", "Please reduce your request rate."),
        error(500, "InternalError", "oops"),
        answer(200, ""),
        range("hello", 0, 5),
        answer(200, "<CopyObjectResult/>"));
    try (S3ObjectStore shared = open(options())) {
      S3ObjectStore first = shared.reportingTo(requestsInto(mine));
      S3ObjectStore second = shared.reportingTo(requestsInto(others));
      write(first, "bucket/object", 10);
      first.close();
      second.read("bucket/object", 0, 5);
      second.copy("bucket/object", "bucket/copy");
      shared.copy("bucket/object", "bucket/copy");
    }

    assertThat(mine).containsExactly("attempt 1: 503", "attempt 2: 500", "attempt 3: 200");
    assertThat(others).containsExactly("attempt 1: 206", "attempt 1: 200");
  }

  private static HummockMetrics requestsInto(List<String> lines) {
    return new HummockMetrics() {
      @Override
      public void storeRequest(int attempt, int status) {
        lines.add("attempt " + attempt + ": " + status);
      }
    };
  }

  @Test
  void textAndErrorsShowNoCredentials() {
    S3Credentials keys = new S3Credentials.Keys("AKIAFAKE", SECRET, TOKEN);
    S3Credentials role =
        new S3Credentials.Role(keys, "arn:aws:iam::1:role/r", null, "session", 900);
    assertThat(keys.toString() + role)
        .doesNotContain("AKIAFAKE")
        .doesNotContain(SECRET)
        .doesNotContain(TOKEN);
    assertThat(role.redact("key AKIAFAKE, secret " + SECRET + ", token " + TOKEN + ", AKIAFAKE2"))
        .isEqualTo("key ***, secret ***, token ***, AKIAFAKE2");
  }

  private S3Options.Builder options() {
    return S3Options.builder()
        .endpoint(server.endpoint())
        .keys("access", SECRET)
        .sessionToken(TOKEN)
        .attempts(3)
        .partBytes(5 << 20)
        .multipartBytes(5 << 20);
  }

  private static S3ObjectStore open(S3Options.Builder options) throws IOException {
    return new S3ObjectStore(options.build(), Runnable::run);
  }

  private static void write(S3ObjectStore store, String path, int bytes) throws IOException {
    try (ObjectWriter writer = store.create(path)) {
      writer.write(Slice.of(new byte[bytes]));
      writer.commit();
    }
  }
}
