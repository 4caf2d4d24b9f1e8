package io.hummock.objectstore;

import io.hummock.testing.MinioServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import software.amazon.awssdk.services.s3.S3Client;

@Tag("minio")
class S3ObjectStoreOnMinioTest extends S3ObjectStoreContract {
  private static MinioServer server;
  private static S3Client client;

  @BeforeAll
  static void start() throws IOException {
    server = MinioServer.start();
    client = server.client();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) { // else there is no MinIO here
      client.close();
      server.close();
    }
  }

  @Override
  S3Options.Builder options() {
    return S3Options.builder()
        .endpoint(server.endpoint().toString())
        .keys(server.accessKey(), server.secretKey());
  }

  @Override
  S3Client client() {
    return client;
  }
}
