package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.MinioServer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The job on Hummock with its checkpoints on a MinIO server, looked at by another client. */
@Tag("minio")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // the server starts before everything else
class FlightsOnMinioTest {
  private MinioServer minio;

  @BeforeAll
  void start() throws IOException {
    minio = MinioServer.start();
  }

  @AfterAll
  void end() throws IOException {
    if (minio != null) { // null where there is no MinIO
      minio.close();
    }
  }

  @Test
  void resultsAreRightThoughKilledAndResumedWithMoreSubtasks() {
    String bucket = minio.createBucket("whole");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        FlightsJob.run(
            arguments(bucket, minio.secretKey()),
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            System.err);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("RESULTS RIGHT");
    assertThat(code).isZero();
    // The retained checkpoint is the user's: resuming from it does not own it.
    assertThat(keys(bucket)).anyMatch(key -> key.endsWith(".sst"));
    assertThat(keys(bucket)).anyMatch(key -> key.endsWith(".meta"));
  }

  @Test
  void cancellingWithCleanUpLeavesNoObject(@TempDir Path work) throws Exception {
    String bucket = minio.createBucket("clean");
    cancel(bucket, work, ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION);
    assertThat(keys(bucket)).isEmpty();
  }

  @Test
  void retainedCheckpointLeavesOnlyItsOwnObjects(@TempDir Path work) throws Exception {
    String bucket = minio.createBucket("retained");
    String retained = cancel(bucket, work, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    List<String> found = keys(bucket).stream().map(key -> "s3://" + bucket + "/" + key).toList();
    assertThat(found).containsExactlyInAnyOrderElementsOf(CheckpointFiles.of(retained));
    assertThat(found).anyMatch(path -> path.endsWith(".sst"));
  }

  @Test
  void wrongSecretEndsTheRunAndNamesTheOptionsButNotTheSecret() throws IOException {
    String bucket = minio.createBucket("closed");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        FlightsJob.run(
            arguments(bucket, "hidden-and-wrong"),
            Map.of(),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(code).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("cannot write to --store s3://closed/flights")
        .contains("--endpoint", "--region", "--access-key", "--secret-key")
        .doesNotContain("hidden-and-wrong");
    Matcher log =
        Pattern.compile("^Flink's log is (.*)$", Pattern.MULTILINE)
            .matcher(err.toString(StandardCharsets.UTF_8));
    assertThat(log.find()).isTrue();
    FileUtils.deleteDirectory(new File(log.group(1)).getParentFile());
  }

  private String cancel(String bucket, Path work, ExternalizedCheckpointRetention retention)
      throws Exception {
    JobOptions options = JobOptions.parse(arguments(bucket, minio.secretKey()), Map.of());
    return CancelledRun.run(options, Objects.requireNonNull(options.store()), work, retention);
  }

  private List<String> arguments(String bucket, String secretKey) {
    return List.of(
        "--days=24",
        "--seconds=3",
        "--store=s3://" + bucket + "/flights",
        "--endpoint=" + minio.endpoint(),
        "--access-key=" + minio.accessKey(),
        "--secret-key=" + secretKey,
        "--region=" + minio.region());
  }

  private List<String> keys(String bucket) {
    List<String> keys = new ArrayList<>();
    try (S3Client client = minio.client()) {
      client.listObjectsV2Paginator(request -> request.bucket(bucket)).contents().stream()
          .map(S3Object::key)
          .forEach(keys::add);
    }
    return keys;
  }
}
