package io.hummock.examples.job;

import io.hummock.testing.MinioServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;

/** Claim modes on a MinIO server. */
@Tag("minio")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // the server starts before everything else
class ClaimModesOnMinioTest extends ClaimModesContract {
  private final AtomicInteger buckets = new AtomicInteger();
  private MinioServer minio;
  private String bucket;

  @BeforeAll
  void start() throws IOException {
    minio = MinioServer.start();
  }

  @BeforeEach
  void createBucket() {
    bucket = minio.createBucket("claim-" + buckets.getAndIncrement());
  }

  @AfterAll
  void end() throws IOException {
    if (minio != null) { // null where there is no MinIO
      minio.close();
    }
  }

  @Override
  JobOptions options() {
    return JobOptions.parse(
        List.of(
            "--days=24",
            "--seconds=3",
            "--backend=hummock",
            "--store=s3://" + bucket + "/flights",
            "--endpoint=" + minio.endpoint(),
            "--access-key=" + minio.accessKey(),
            "--secret-key=" + minio.secretKey(),
            "--region=" + minio.region()),
        Map.of());
  }
}
