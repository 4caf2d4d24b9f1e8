package io.hummock.objectstore;

import io.hummock.testing.MinioServer;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import software.amazon.awssdk.services.s3.S3Client;

@Tag("minio")
class S3ObjectStoreOnMinioTest extends S3ObjectStoreContract {
  private final MinioServer server;
  private final S3Client client;

  S3ObjectStoreOnMinioTest() throws IOException {
    server = MinioServer.start();
    client = server.client();
  }

  @Override
  void stopServer() throws IOException {
    client.close();
    server.close();
  }

  @Override
  S3Options.Builder options() {
    return S3Options.builder()
        .endpoint(server.endpoint().toString())
        .keys(server.accessKey(), server.secretKey());
  }

  @Override
  String accessKey() {
    return server.accessKey();
  }

  @Override
  S3Client client() {
    return client;
  }
}
