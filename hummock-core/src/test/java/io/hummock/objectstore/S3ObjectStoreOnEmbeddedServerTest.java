package io.hummock.objectstore;

import io.hummock.testing.EmbeddedS3;
import software.amazon.awssdk.services.s3.S3Client;

class S3ObjectStoreOnEmbeddedServerTest extends S3ObjectStoreContract {
  private final EmbeddedS3 server = EmbeddedS3.start();
  private final S3Client client = server.client();

  @Override
  void stopServer() {
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
