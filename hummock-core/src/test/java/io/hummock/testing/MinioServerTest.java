package io.hummock.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

@Tag("minio")
class MinioServerTest {
  @Test
  void servesBucketsUntilItIsClosed() throws IOException {
    URI endpoint;
    try (MinioServer server = MinioServer.start();
        S3Client client = server.client()) {
      endpoint = server.endpoint();
      assertThat(server.createBucket("first")).isEqualTo("first");
      assertThat(client.listBuckets().buckets())
          .extracting(bucket -> bucket.name())
          .containsExactly("first");
    }
    assertThatIOException()
        .isThrownBy(() -> new Socket(endpoint.getHost(), endpoint.getPort()).close());
  }
}
