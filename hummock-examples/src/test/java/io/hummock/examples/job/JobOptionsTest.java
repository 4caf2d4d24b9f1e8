package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobOptionsTest {
  @Test
  void withoutArgumentsItIsHummockInALocalDirectory() {
    JobOptions options = JobOptions.parse(List.of(), Map.of());
    assertThat(options)
        .isEqualTo(
            new JobOptions(
                JobOptions.Backend.HUMMOCK,
                null,
                null,
                null,
                null,
                "us-east-1",
                2,
                365,
                Duration.ofSeconds(20),
                true));
    assertThat(options.onS3()).isFalse();
  }

  @Test
  void valuesFollowTheirOptionOrAnEqualsSign() {
    JobOptions options =
        JobOptions.parse(
            List.of(
                "--backend=rocksdb",
                "--store",
                "s3://bucket/prefix",
                "--endpoint=http://127.0.0.1:9000",
                "--access-key",
                "me",
                "--secret-key=a=b",
                "--region",
                "eu-central-1",
                "--parallelism=64",
                "--days",
                "1",
                "--seconds=3600",
                "--restores",
                "no"),
            Map.of("AWS_ACCESS_KEY_ID", "other", "AWS_SECRET_ACCESS_KEY", "other"));
    assertThat(options)
        .isEqualTo(
            new JobOptions(
                JobOptions.Backend.ROCKSDB,
                URI.create("s3://bucket/prefix"),
                URI.create("http://127.0.0.1:9000"),
                "me",
                "a=b",
                "eu-central-1",
                64,
                1,
                Duration.ofHours(1),
                false));
    assertThat(options.onS3()).isTrue();
  }

  @Test
  void keysAndRegionComeFromTheEnvironmentToo() {
    JobOptions options =
        JobOptions.parse(
            List.of(),
            Map.of(
                "AWS_ACCESS_KEY_ID",
                "me",
                "AWS_SECRET_ACCESS_KEY",
                "s",
                "AWS_REGION",
                "eu-west-1"));
    assertThat(options.accessKey()).isEqualTo("me");
    assertThat(options.secretKey()).isEqualTo("s");
    assertThat(options.region()).isEqualTo("eu-west-1");
  }

  @ParameterizedTest
  @CsvSource({
    "--backend heap, --backend heap is none of 'hummock, rocksdb, forst, hashmap'",
    "--store /tmp/x, --store /tmp/x is neither file:///dir nor s3://bucket/prefix",
    "--store hdfs://host/x, --store hdfs://host/x is neither file:///dir nor s3://bucket/prefix",
    "--store s3:///prefix, --store s3:///prefix is neither file:///dir nor s3://bucket/prefix",
    "--store s3://a|b, --store s3://a|b is not a URI such as file:///dir or s3://bucket/prefix",
    "--endpoint 127.0.0.1:9000, --endpoint 127.0.0.1:9000 is not a UR",
    "--endpoint http://h:1, --endpoint http://h:1 is for S3: give --store s3://bucket/prefix too",
    "--access-key me, give --access-key and --secret-key together",
    "--parallelism 0, --parallelism 0 is not a number from 1 to 64",
    "--parallelism 65, --parallelism 65 is not a number from 1 to 64",
    "--days 366, --days 366 is not a number from 1 to 365",
    "--days -1, --days -1 is not a number from 1 to 365",
    "--seconds 99999999999, --seconds 99999999999 is not a number from 1 to 3600",
    "--seconds x, --seconds x is not a number from 1 to 3600",
    "--restores maybe, --restores maybe is neither yes nor no",
    "--restores, --restores wants a value after it: --help shows which",
    "--backend --days, --backend wants a value after it: --help shows which",
    "--backend=, --backend wants a value after it: --help shows which",
    "--speed 3, unknown option --speed: --help lists what there is",
    "hashmap, unknown option hashmap: --help lists what there is",
  })
  void wrongArgumentsAreNamedWithWhatToGiveInstead(String arguments, String message) {
    assertThatThrownBy(() -> JobOptions.parse(List.of(arguments.split(" ", -1)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message.replace("'", ""));
  }

  @Test
  void messagesDoNotTellTheSecret() {
    List<String> arguments = List.of("--secret-key", "hidden", "--days", "0");
    assertThatThrownBy(() -> JobOptions.parse(arguments, Map.of()))
        .hasMessageNotContaining("hidden");
    assertThatThrownBy(() -> JobOptions.parse(arguments.subList(0, 2), Map.of()))
        .hasMessageNotContaining("hidden");
  }

  @Test
  void helpNamesEveryOptionAndEndsWell() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(run(List.of("--backend", "heap", "--help"), out, new ByteArrayOutputStream()))
        .isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("--backend", "--store", "--endpoint", "--access-key", "--secret-key", "--region")
        .contains("--parallelism", "--days", "--seconds", "--restores", "--help");
  }

  @Test
  void wrongArgumentsEndWithACodeOfTheirOwn() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertThat(run(List.of("--days", "0"), new ByteArrayOutputStream(), err)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("--days 0 is not a number from 1 to 365");
  }

  private static int run(
      List<String> arguments, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    return FlightsJob.run(
        arguments,
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }
}
