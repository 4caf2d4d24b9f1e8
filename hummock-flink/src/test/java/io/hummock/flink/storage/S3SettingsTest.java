package io.hummock.flink.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.objectstore.S3Credentials;
import io.hummock.objectstore.S3Encryption;
import io.hummock.objectstore.S3Options;
import io.hummock.objectstore.S3Options.Checksums;
import io.hummock.objectstore.S3Options.Option;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class S3SettingsTest {
  private static final String SECRET = "do-not-show-me";

  @Test
  void flinksOwnKeysAreRead() {
    S3Options options =
        read(
            Map.ofEntries(
                Map.entry("s3.access-key", "user"),
                Map.entry("s3.secret-key", SECRET),
                Map.entry("s3.region", "eu-central-1"),
                Map.entry("s3.endpoint", "http://127.0.0.1:9000"),
                Map.entry("s3.path-style-access", "false"),
                Map.entry("s3.chunked-encoding.enabled", "false"),
                Map.entry("s3.checksum-validation.enabled", "true"),
                Map.entry("s3.sse.type", "sse-kms"),
                Map.entry("s3.sse.kms.key-id", "alias/key"),
                Map.entry("s3.connection.max", "7"),
                Map.entry("s3.upload.min.part.size", "6000000"),
                Map.entry("s3.upload.max.concurrent.uploads", "3"),
                Map.entry("s3.retry.max-num-retries", "0")));

    assertThat(options.credentials()).isEqualTo(new S3Credentials.Keys("user", SECRET, null));
    assertThat(options.region()).isEqualTo("eu-central-1");
    assertThat(options.endpoint()).hasToString("http://127.0.0.1:9000");
    assertThat(options.pathStyle()).isFalse();
    assertThat(options.checksums()).isEqualTo(Checksums.WHEN_SUPPORTED);
    assertThat(options.encryption()).isEqualTo(new S3Encryption.ManagedByKms("alias/key"));
    assertThat(options.transfer())
        .isEqualTo(new S3Options.Transfer(16 << 20, 6_000_000, 3, 7, false));
    assertThat(options.limits().attempts()).isEqualTo(1);
  }

  @Test
  void olderSpellingsAreReadToo() {
    S3Options options =
        read(
            Map.of(
                "s3.access.key", "user", "s3.secret.key", SECRET, "s3.path.style.access", "true"));

    assertThat(options.credentials()).isEqualTo(new S3Credentials.Keys("user", SECRET, null));
    assertThat(options.pathStyle()).isTrue();
    assertThat(options.nameOf(Option.ACCESS_KEY)).isEqualTo("s3.access.key");
  }

  @Test
  void hummocksOwnKeysOverrideFlinksWhereverTheyStand() {
    Configuration job = Configuration.fromMap(Map.of("s3.endpoint", "http://job:1"));
    Configuration cluster =
        Configuration.fromMap(
            Map.of(
                "s3.endpoint",
                "http://cluster:1",
                "state.backend.hummock.s3.endpoint",
                "http://hummock:1",
                "s3.region",
                "somewhere"));

    S3Options options = S3Settings.read(List.of(job, cluster));

    assertThat(options.endpoint()).hasToString("http://hummock:1");
    assertThat(options.region()).isEqualTo("somewhere");
    assertThat(options.nameOf(Option.ENDPOINT)).isEqualTo("state.backend.hummock.s3.endpoint");
    assertThat(options.nameOf(Option.REGION)).isEqualTo("s3.region");
    assertThat(options.nameOf(Option.BUCKET)).isEqualTo("execution.checkpointing.dir");
  }

  @Test
  void jobComesBeforeCluster() {
    Configuration job = Configuration.fromMap(Map.of("s3.endpoint", "http://job:1"));
    Configuration cluster = Configuration.fromMap(Map.of("s3.endpoint", "http://cluster:1"));

    assertThat(S3Settings.read(List.of(job, cluster)).endpoint()).hasToString("http://job:1");
  }

  @Test
  void nothingSetIsTheDefaultChain() {
    S3Options options = read(Map.of());

    assertThat(options.credentials()).isEqualTo(new S3Credentials.DefaultChain());
    assertThat(options.encryption()).isEqualTo(new S3Encryption.BucketDefault());
    assertThat(options.endpoint()).isNull();
    assertThat(options.pathStyle()).isFalse();
  }

  @Test
  void roleIsTakenOnWithTheKeys() {
    S3Options options =
        read(
            Map.of(
                "s3.access-key",
                "user",
                "s3.secret-key",
                SECRET,
                "s3.assume-role.arn",
                "arn:aws:iam::1:role/r",
                "s3.assume-role.external-id",
                "e"));

    assertThat(options.credentials())
        .isEqualTo(
            new S3Credentials.Role(
                new S3Credentials.Keys("user", SECRET, null),
                "arn:aws:iam::1:role/r",
                "e",
                "hummock",
                3600));
  }

  @Test
  void wrongValueIsReportedByItsKeyAndIsNotShown() {
    for (String key :
        List.of("s3.connection.max", "s3.path-style-access", "s3.sse.type", "s3.endpoint")) {
      assertThatThrownBy(() -> read(Map.of(key, SECRET + " %")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(key);
    }
    for (String key : List.of("s3.connection.max", "s3.path-style-access", "s3.sse.type")) {
      assertThatThrownBy(() -> read(Map.of(key, SECRET)))
          .satisfies(e -> assertThat(stackTrace(e)).doesNotContain(SECRET));
    }
    assertThatThrownBy(() -> read(Map.of("s3.secret-key", SECRET)))
        .hasMessageContaining("s3.access-key")
        .satisfies(e -> assertThat(stackTrace(e)).doesNotContain(SECRET));
  }

  @Test
  void optionsShowNoSecret() {
    assertThat(read(Map.of("s3.access-key", "user", "s3.secret-key", SECRET)).toString())
        .doesNotContain(SECRET);
  }

  /**
   * The keys that {@code NativeS3FileSystemFactory} of flink-s3-fs-native 2.3.0 declares, with
   * their fallback keys: those that Hummock reads, and those that it does not.
   */
  @Test
  void keysOfFlinksFileSystemAreReadOrNamedAsNotRead() throws Exception {
    List<String> read = new ArrayList<>();
    for (S3Key key : S3Key.values()) {
      key.names().forEach(name -> read.add(S3Key.FLINK + name));
    }
    assertThat(read)
        .contains(
            "s3.access-key",
            "s3.access.key",
            "s3.secret-key",
            "s3.secret.key",
            "s3.region",
            "s3.endpoint",
            "s3.path-style-access",
            "s3.path.style.access",
            "s3.chunked-encoding.enabled",
            "s3.checksum-validation.enabled",
            "s3.upload.min.part.size",
            "s3.upload.max.concurrent.uploads",
            "s3.connection.max",
            "s3.sse.type",
            "s3.sse.kms.key-id",
            "s3.assume-role.arn",
            "s3.assume-role.external-id",
            "s3.assume-role.session-name",
            "s3.assume-role.session-duration",
            "s3.retry.max-num-retries");
    String docs = Files.readString(Path.of("..", "docs", "configuration.md"));
    for (String other :
        List.of(
            "s3.entropy.key",
            "s3.entropy.length",
            "s3.bulk-copy.enabled",
            "s3.bulk-copy.max-concurrent",
            "s3.async.enabled",
            "s3.read.buffer.size",
            "s3.connection.timeout",
            "s3.socket.timeout",
            "s3.connection.max-idle-time",
            "s3.close.timeout",
            "s3.client.close.timeout",
            "fs.s3.aws.credentials.provider")) {
      assertThat(read).doesNotContain(other);
      assertThat(docs).contains("`" + other + "`");
    }
  }

  @Test
  void sessionOfARoleHasItsDuration() {
    Map<String, String> config =
        Map.of(
            "s3.assume-role.arn",
            "arn:aws:iam::1:role/r",
            "s3.assume-role.session-duration",
            "900");
    assertThat(read(config).credentials())
        .isEqualTo(
            new S3Credentials.Role(
                new S3Credentials.DefaultChain(), "arn:aws:iam::1:role/r", null, "hummock", 900));
    assertThatThrownBy(() -> read(Map.of("s3.assume-role.session-duration", "60")))
        .hasMessageContaining("s3.assume-role.session-duration")
        .hasMessageContaining("60 is not from 900 to 43200");
  }

  private static String stackTrace(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static S3Options read(Map<String, String> config) {
    return S3Settings.read(List.of(Configuration.fromMap(config)));
  }
}
