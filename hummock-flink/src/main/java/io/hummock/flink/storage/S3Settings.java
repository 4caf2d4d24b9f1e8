package io.hummock.flink.storage;

import io.hummock.objectstore.S3Encryption;
import io.hummock.objectstore.S3Options;
import io.hummock.objectstore.S3Options.Checksums;
import io.hummock.objectstore.S3Options.Option;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the options of S3 from {@linkplain S3Key keys} that Flink's own S3 file system has too. */
public final class S3Settings {
  private static final Logger LOG = LoggerFactory.getLogger(S3Settings.class);

  private static final long DEFAULT_MULTIPART = 16L << 20;
  private static final String CREDENTIALS_PROVIDER = "fs.s3.aws.credentials.provider";

  private final List<? extends ReadableConfig> layers;
  private final S3Options.Builder options = S3Options.builder();

  private S3Settings(List<? extends ReadableConfig> layers) {
    this.layers = layers;
  }

  /**
   * Reads the options.
   *
   * @param layers configurations, an earlier one before a later one: the job's, the cluster's
   * @throws IllegalArgumentException naming the key, if a value is wrong
   */
  public static S3Options read(List<? extends ReadableConfig> layers) {
    return new S3Settings(layers).read();
  }

  /** A value and the key that it stands under. */
  private record Setting<T>(String key, T value) {}

  private S3Options read() {
    options.name(Option.BUCKET, CheckpointingOptions.CHECKPOINTS_DIRECTORY.key());
    options.endpoint(text(Option.ENDPOINT, S3Key.ENDPOINT).orElse(null));
    options.region(text(Option.REGION, S3Key.REGION).orElse(null));
    options.keys(
        text(Option.ACCESS_KEY, S3Key.ACCESS_KEY).orElse(null),
        text(Option.SECRET_KEY, S3Key.SECRET_KEY).orElse(null));
    options.sessionToken(text(Option.SESSION_TOKEN, S3Key.SESSION_TOKEN).orElse(null));
    options.role(
        text(Option.ROLE, S3Key.ROLE).orElse(null),
        find(S3Key.ROLE_EXTERNAL_ID).map(Setting::value).orElse(null),
        find(S3Key.ROLE_SESSION_NAME).map(Setting::value).orElse("hummock"));
    find(Option.ROLE_SESSION_SECONDS, Integer::parseInt, S3Key.ROLE_SESSION_SECONDS)
        .ifPresent(options::roleSessionSeconds);
    options.encryption(encryption());
    find(Option.PATH_STYLE, S3Settings::bool, S3Key.PATH_STYLE).ifPresent(options::pathStyle);
    find(Option.CHUNKED_ENCODING, S3Settings::bool, S3Key.CHUNKED_ENCODING)
        .ifPresent(options::chunkedEncoding);
    find(Option.CHECKSUMS, S3Settings::bool, S3Key.CHECKSUMS)
        .ifPresent(
            on -> options.checksums(on ? Checksums.WHEN_SUPPORTED : Checksums.WHEN_REQUIRED));
    find(Option.CONNECTIONS, Integer::parseInt, S3Key.CONNECTIONS).ifPresent(options::connections);
    find(Option.PART_BYTES, Long::parseLong, S3Key.PART_BYTES)
        .ifPresent(
            bytes -> options.partBytes(bytes).multipartBytes(Math.max(bytes, DEFAULT_MULTIPART)));
    find(Option.CONCURRENT_PARTS, Integer::parseInt, S3Key.CONCURRENT_PARTS)
        .ifPresent(options::concurrentParts);
    find(Option.ATTEMPTS, Integer::parseInt, S3Key.RETRIES)
        .ifPresent(retries -> options.attempts(Math.addExact(retries, 1)));
    if (value(CREDENTIALS_PROVIDER).isPresent()) {
      LOG.warn(
          "{} is of Flink's S3 file system only: Hummock uses {} and {}, or AWS's default chain",
          CREDENTIALS_PROVIDER,
          S3Key.ACCESS_KEY.key(),
          S3Key.SECRET_KEY.key());
    }
    return options.build();
  }

  private S3Encryption encryption() {
    Optional<Setting<String>> type = find(S3Key.ENCRYPTION);
    String keyId = find(S3Key.KMS_KEY).map(Setting::value).orElse(null);
    options.name(Option.ENCRYPTION, type.map(Setting::key).orElse(S3Key.ENCRYPTION.key()));
    return switch (type.map(Setting::value).orElse("none").toLowerCase(Locale.ROOT)) {
      case "none" -> new S3Encryption.BucketDefault();
      case "sse-s3", "aes256" -> new S3Encryption.ManagedByS3();
      case "sse-kms", "aws:kms" -> new S3Encryption.ManagedByKms(keyId);
      default ->
          throw new IllegalArgumentException(
              type.orElseThrow().key() + ": must be none, sse-s3 or sse-kms");
    };
  }

  /** A text, and under which key messages shall name it. */
  private Optional<String> text(Option option, S3Key key) {
    return find(option, Function.identity(), key);
  }

  private <T> Optional<T> find(Option option, Function<String, T> parser, S3Key key) {
    Optional<Setting<String>> setting = find(key);
    options.name(option, setting.map(Setting::key).orElse(key.key()));
    return setting.map(
        found -> {
          try {
            return parser.apply(found.value());
          } catch (IllegalArgumentException | ArithmeticException e) {
            // Without the value and the cause that shows it: it may be a misplaced secret.
            throw new IllegalArgumentException(found.key() + " has a value that does not fit");
          }
        });
  }

  /** What is set under the first of its spellings; Hummock's own come before Flink's. */
  private Optional<Setting<String>> find(S3Key key) {
    for (String spelling : key.keys()) {
      Optional<String> value = value(spelling);
      if (value.isPresent()) {
        return Optional.of(new Setting<>(spelling, value.get().strip()));
      }
    }
    return Optional.empty();
  }

  private Optional<String> value(String key) {
    for (ReadableConfig layer : layers) {
      Optional<String> value =
          layer.getOptional(ConfigOptions.key(key).stringType().noDefaultValue());
      if (value.isPresent() && !value.get().isBlank()) {
        return value;
      }
    }
    return Optional.empty();
  }

  private static boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }
}
