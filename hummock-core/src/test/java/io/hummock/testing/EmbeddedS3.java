package io.hummock.testing;

import java.net.URI;
import java.util.UUID;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 server inside of this process, on a free loopback port, with its objects in main memory.
 *
 * <p>A module that uses it needs {@code org.gaul:s3proxy} on its test path.
 */
public final class EmbeddedS3 implements AutoCloseable {
  private final S3Proxy server;
  private final String secretKey = UUID.randomUUID().toString();

  private EmbeddedS3() {
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    server =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, accessKey(), secretKey)
            .build();
  }

  /** A running server without any bucket. */
  public static EmbeddedS3 start() {
    EmbeddedS3 embedded = new EmbeddedS3();
    try {
      embedded.server.start();
    } catch (Exception e) {
      throw new AssertionError("the embedded S3 server does not start", e);
    }
    return embedded;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  public String accessKey() {
    return "hummock-test";
  }

  public String secretKey() {
    return secretKey;
  }

  /**
   * A client for what a test wants to do or see beside the code under test; the caller closes it.
   */
  public S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .region(Region.US_EAST_1)
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
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new AssertionError("the embedded S3 server does not stop", e);
    }
  }
}
