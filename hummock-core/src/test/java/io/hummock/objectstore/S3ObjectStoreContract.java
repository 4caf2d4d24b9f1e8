package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.hummock.bytes.Slice;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.s3.S3Client;

/** What an {@link S3ObjectStore} promises on any server; each test has a bucket of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class S3ObjectStoreContract extends ObjectStoreContract {
  private final ExecutorService executor = Executors.newFixedThreadPool(3);
  private String bucket = "";
  private S3ObjectStore store;

  /** Options for the server's endpoint and keys. */
  abstract S3Options.Builder options();

  abstract String accessKey();

  /** A client for what a test sees beside the store; belongs to the subclass. */
  abstract S3Client client();

  /** Ends the server and its client. */
  abstract void stopServer() throws IOException;

  @BeforeAll
  final void open() throws IOException {
    store =
        new S3ObjectStore(options().multipartBytes(6 << 20).partBytes(5 << 20).build(), executor);
  }

  @AfterAll
  final void close() throws IOException {
    store.close();
    executor.shutdownNow();
    stopServer();
  }

  @BeforeEach
  final void makeBucket() {
    bucket = "contract-" + UUID.randomUUID();
    client().createBucket(request -> request.bucket(bucket));
  }

  @Override
  final ObjectStore store() {
    return store;
  }

  @Override
  final String root() {
    return bucket + "/some/root/";
  }

  @Override
  final int largeBytes() {
    return (11 << 20) + 12_345;
  }

  @Override
  final int manyObjects() {
    return 1050;
  }

  @Test
  final void accessIsVerifiedAndLeavesNothing() throws IOException {
    store.verifyAccess(bucket);
    store.verifyAccess(bucket + "/some/prefix");

    assertThat(store.list(bucket + "/")).isEmpty();
  }

  @Test
  final void wrongOptionsAreNamed() throws IOException {
    verifyFails(options(), "no-such-" + bucket, "bucket");
    verifyFails(options().keys("nobody", "wrong-secret"), bucket, "accessKey");
    verifyFails(options().keys(accessKey(), "wrong-secret"), bucket, "secretKey");
  }

  private void verifyFails(S3Options.Builder options, String bucket, String name)
      throws IOException {
    try (S3ObjectStore wrong = new S3ObjectStore(options.build(), executor)) {
      assertThatIOException()
          .isThrownBy(() -> wrong.verifyAccess(bucket))
          .withMessageContaining("change " + name)
          .withMessageNotContaining("wrong-secret");
    }
  }

  @Test
  final void abandonedUploadLeavesNoParts() throws IOException {
    try (ObjectWriter writer = store.create(root() + "object")) {
      writer.write(Slice.of(new byte[largeBytes()]));
    }

    assertThat(client().listMultipartUploads(request -> request.bucket(bucket)).uploads())
        .isEmpty();
  }

  @Test
  final void veryLongObjectIsCopiedInParts() throws IOException {
    byte[] bytes = new byte[largeBytes()];
    new Random(10).nextBytes(bytes);
    try (ObjectWriter writer = store.create(root() + "original")) {
      writer.write(Slice.of(bytes));
      writer.commit();
    }

    store.copyInParts(
        S3Location.of(root() + "original"), S3Location.of(root() + "copy"), bytes.length, 5 << 20);

    assertThat(store.read(root() + "copy", 0, bytes.length)).isEqualTo(Slice.of(bytes));
  }

  @Test
  final void oneStoreServesManyBuckets() throws IOException {
    String other = "other-" + UUID.randomUUID();
    client().createBucket(request -> request.bucket(other));
    put("object", "hello");

    store.copy(root() + "object", other + "/copy");

    assertThat(store.read(other + "/copy", 0, 5)).isEqualTo(Slice.utf8("hello"));
    store.delete(List.of(root() + "object", other + "/copy"));
    assertThat(store.list(bucket + "/")).isEmpty();
    assertThat(store.list(other + "/")).isEmpty();
  }
}
