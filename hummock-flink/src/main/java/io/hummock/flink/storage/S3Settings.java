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

/**
 * The options of S3 as Flink's own S3 file system has them, so that a user sets them once: {@code
 * s3.access-key}, {@code s3.endpoint} and so on. {@code state.backend.hummock.s3.access-key} and so
 * on override them for Hummock alone.
 *
 * <table>
 *   <caption>Keys, each behind {@code s3.} or {@code state.backend.hummock.s3.}</caption>
 *   <tr><td>{@code access-key, secret-key}</td><td>both or neither, then AWS's default chain</td></tr>
 *   <tr><td>{@code session-token}</td><td>goes with temporary keys</td></tr>
 *   <tr><td>{@code region}</td><td>AWS's default chain without, or us-east-1 with an endpoint</td></tr>
 *   <tr><td>{@code endpoint}</td><td>where a service like S3 is</td></tr>
 *   <tr><td>{@code path-style-access}</td><td>by default true with an endpoint, false without</td></tr>
 *   <tr><td>{@code chunked-encoding.enabled}</td><td>default true</td></tr>
 *   <tr><td>{@code checksum-validation.enabled}</td><td>default false with an endpoint, true without</td></tr>
 *   <tr><td>{@code sse.type, sse.kms.key-id}</td><td>{@code none}, {@code sse-s3} or {@code sse-kms}</td></tr>
 *   <tr><td>{@code assume-role.arn, .external-id, .session-name}</td><td>a role to take on</td></tr>
 *   <tr><td>{@code connection.max}</td><td>connections</td></tr>
 *   <tr><td>{@code upload.min.part.size}</td><td>bytes of a part of a large upload</td></tr>
 *   <tr><td>{@code upload.max.concurrent.uploads}</td><td>parts of one object at once</td></tr>
 *   <tr><td>{@code retry.max-num-retries}</td><td>how often a failed call is tried again</td></tr>
 * </table>
 */
public final class S3Settings {
  private static final Logger LOG = LoggerFactory.getLogger(S3Settings.class);

  private static final String FLINK = "s3.";
  private static final String HUMMOCK = "state.backend.hummock.s3.";
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
    options.endpoint(text(Option.ENDPOINT, "endpoint").orElse(null));
    options.region(text(Option.REGION, "region").orElse(null));
    options.keys(
        text(Option.ACCESS_KEY, "access-key", "access.key").orElse(null),
        text(Option.SECRET_KEY, "secret-key", "secret.key").orElse(null));
    options.sessionToken(text(Option.SESSION_TOKEN, "session-token").orElse(null));
    options.role(
        text(Option.ROLE, "assume-role.arn").orElse(null),
        find("assume-role.external-id").map(Setting::value).orElse(null),
        find("assume-role.session-name").map(Setting::value).orElse("hummock"));
    options.encryption(encryption());
    find(Option.PATH_STYLE, S3Settings::bool, "path-style-access", "path.style.access")
        .ifPresent(options::pathStyle);
    find(Option.CHUNKED_ENCODING, S3Settings::bool, "chunked-encoding.enabled")
        .ifPresent(options::chunkedEncoding);
    find(Option.CHECKSUMS, S3Settings::bool, "checksum-validation.enabled")
        .ifPresent(
            on -> options.checksums(on ? Checksums.WHEN_SUPPORTED : Checksums.WHEN_REQUIRED));
    find(Option.CONNECTIONS, Integer::parseInt, "connection.max").ifPresent(options::connections);
    find(Option.PART_BYTES, Long::parseLong, "upload.min.part.size")
        .ifPresent(
            bytes -> options.partBytes(bytes).multipartBytes(Math.max(bytes, DEFAULT_MULTIPART)));
    find(Option.CONCURRENT_PARTS, Integer::parseInt, "upload.max.concurrent.uploads")
        .ifPresent(options::concurrentParts);
    find(Option.ATTEMPTS, Integer::parseInt, "retry.max-num-retries")
        .ifPresent(retries -> options.attempts(Math.addExact(retries, 1)));
    if (value(CREDENTIALS_PROVIDER).isPresent()) {
      LOG.warn(
          "{} is of Flink's S3 file system only: Hummock uses {}access-key and {}secret-key, or"
              + " AWS's default chain",
          CREDENTIALS_PROVIDER,
          FLINK,
          FLINK);
    }
    return options.build();
  }

  private S3Encryption encryption() {
    Optional<Setting<String>> type = find("sse.type");
    String keyId = find("sse.kms.key-id").map(Setting::value).orElse(null);
    options.name(Option.ENCRYPTION, type.map(Setting::key).orElse(FLINK + "sse.type"));
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
  private Optional<String> text(Option option, String... names) {
    return find(option, Function.identity(), names);
  }

  private <T> Optional<T> find(Option option, Function<String, T> parser, String... names) {
    Optional<Setting<String>> setting = find(names);
    options.name(option, setting.map(Setting::key).orElse(FLINK + names[0]));
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

  /** The first of the names that is set; Hummock's own keys come before Flink's. */
  private Optional<Setting<String>> find(String... names) {
    for (String prefix : List.of(HUMMOCK, FLINK)) {
      for (String name : names) {
        Optional<String> value = value(prefix + name);
        if (value.isPresent()) {
          return Optional.of(new Setting<>(prefix + name, value.get().strip()));
        }
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
