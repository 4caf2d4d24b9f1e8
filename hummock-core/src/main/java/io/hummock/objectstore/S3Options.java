package io.hummock.objectstore;

import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How an {@link S3ObjectStore} reaches its service. Its text shows no secret.
 *
 * @param endpoint where the service is; null for Amazon's of the region
 * @param region the region; null for what the AWS SDK finds, or {@code us-east-1} with an endpoint
 * @param pathStyle whether the bucket stands in the path and not in the host name
 * @param credentials who asks
 * @param encryption how new objects are encrypted
 * @param transfer how much goes over the wire at once
 * @param limits when to give up
 * @param checksums which checksums go with a request beside those of Hummock's own blocks
 * @param names what the user calls each option
 */
public record S3Options(
    @Nullable URI endpoint,
    @Nullable String region,
    boolean pathStyle,
    S3Credentials credentials,
    S3Encryption encryption,
    Transfer transfer,
    Limits limits,
    Checksums checksums,
    Map<Option, String> names) {
  private static final long MIB = 1 << 20;

  /** The smallest part that S3 takes, but for the last. */
  static final long MIN_PART_BYTES = 5 * MIB;

  public S3Options {
    names = Map.copyOf(names);
  }

  /** The text without any secret of these options in it. */
  String redact(String text) {
    return encryption.redact(credentials.redact(text));
  }

  /** Without any secret. */
  @Override
  public String toString() {
    return "S3Options[endpoint="
        + endpoint
        + ", region="
        + region
        + ", pathStyle="
        + pathStyle
        + ", credentials="
        + credentials
        + ", encryption="
        + encryption
        + ", "
        + transfer
        + ", "
        + limits
        + ", checksums="
        + checksums
        + "]";
  }

  /** What a message may tell the user to change. */
  public enum Option {
    BUCKET("bucket"),
    ENDPOINT("endpoint"),
    REGION("region"),
    PATH_STYLE("pathStyle"),
    ACCESS_KEY("accessKey"),
    SECRET_KEY("secretKey"),
    SESSION_TOKEN("sessionToken"),
    ROLE("role"),
    ROLE_SESSION_SECONDS("roleSessionSeconds"),
    ENCRYPTION("encryption"),
    MULTIPART_BYTES("multipartBytes"),
    PART_BYTES("partBytes"),
    CONCURRENT_PARTS("concurrentParts"),
    CONNECTIONS("connections"),
    CHUNKED_ENCODING("chunkedEncoding"),
    ATTEMPTS("attempts"),
    ATTEMPT_TIMEOUT("attemptTimeout"),
    CALL_TIMEOUT("callTimeout"),
    CHECKSUMS("checksums");

    private final String defaultName;

    Option(String defaultName) {
      this.defaultName = defaultName;
    }
  }

  /** When checksums are computed and checked beside those that an operation cannot do without. */
  public enum Checksums {
    /** Wherever S3 has them. */
    WHEN_SUPPORTED,
    /**
     * Only where an operation demands one, and as {@code Content-MD5} then: services that are like
     * S3 often know no other.
     */
    WHEN_REQUIRED
  }

  /**
   * How much goes over the wire at once. A writer holds at most {@code max(multipartBytes,
   * concurrentParts * partBytes) + partBytes} bytes.
   *
   * @param multipartBytes an object longer than this is uploaded in parts while it is written
   * @param partBytes the length of a part, 5 MiB to 5 GiB
   * @param concurrentParts how many parts of one object are uploaded at once
   * @param connections how many connections there are at most
   * @param chunkedEncoding whether an upload is signed piece by piece where it is signed at all
   */
  public record Transfer(
      long multipartBytes,
      int partBytes,
      int concurrentParts,
      int connections,
      boolean chunkedEncoding) {}

  /**
   * When to give up.
   *
   * @param attempts how often a call is tried in all; between two attempts lies a random time below
   *     100 ms (1 s where the service asks to slow down), doubled with each and at most 20 s
   * @param attemptTimeout the time limit of one attempt
   * @param callTimeout the time limit of a call with all its attempts
   */
  public record Limits(int attempts, Duration attemptTimeout, Duration callTimeout) {}

  /** Options that need only what differs from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** What the user calls an option. */
  public String nameOf(Option option) {
    return names.getOrDefault(option, option.defaultName);
  }

  /** Collects options; what they must be is checked by {@link #build}. Not thread-safe. */
  public static final class Builder {
    private @Nullable String endpoint;
    private @Nullable String region;
    private @Nullable Boolean pathStyle;
    private @Nullable String accessKey;
    private @Nullable String secretKey;
    private @Nullable String sessionToken;
    private @Nullable String roleArn;
    private @Nullable String roleExternalId;
    private String roleSessionName = "hummock";
    private int roleSessionSeconds = 3600;
    private S3Encryption encryption = new S3Encryption.BucketDefault();
    private long multipartBytes = 16 * MIB;
    private long partBytes = 8 * MIB;
    private int concurrentParts = 2;
    private int connections = 64;
    private boolean chunkedEncoding = true;
    private int attempts = 8;
    private Duration attemptTimeout = Duration.ofSeconds(60);
    private Duration callTimeout = Duration.ofMinutes(3);
    private @Nullable Checksums checksums;
    private final Map<Option, String> names = new EnumMap<>(Option.class);

    private Builder() {}

    /** Where the service is, as in {@code http://127.0.0.1:9000}; Amazon's unless set. */
    public Builder endpoint(@Nullable String endpoint) {
      this.endpoint = blankToNull(endpoint);
      return this;
    }

    public Builder region(@Nullable String region) {
      this.region = blankToNull(region);
      return this;
    }

    /** Unless said, the bucket stands in the path exactly if there is an endpoint. */
    public Builder pathStyle(boolean pathStyle) {
      this.pathStyle = pathStyle;
      return this;
    }

    /** Both keys, or neither for the default chain. */
    public Builder keys(@Nullable String accessKey, @Nullable String secretKey) {
      this.accessKey = blankToNull(accessKey);
      this.secretKey = blankToNull(secretKey);
      return this;
    }

    public Builder sessionToken(@Nullable String sessionToken) {
      this.sessionToken = blankToNull(sessionToken);
      return this;
    }

    /** A role to take on with the keys or the default chain. */
    public Builder role(@Nullable String arn, @Nullable String externalId, String sessionName) {
      this.roleArn = blankToNull(arn);
      this.roleExternalId = blankToNull(externalId);
      this.roleSessionName = sessionName;
      return this;
    }

    /** How long a session of the role lasts until it is renewed, 15 minutes to 12 hours. */
    public Builder roleSessionSeconds(int roleSessionSeconds) {
      this.roleSessionSeconds = roleSessionSeconds;
      return this;
    }

    public Builder encryption(S3Encryption encryption) {
      this.encryption = encryption;
      return this;
    }

    public Builder multipartBytes(long multipartBytes) {
      this.multipartBytes = multipartBytes;
      return this;
    }

    public Builder partBytes(long partBytes) {
      this.partBytes = partBytes;
      return this;
    }

    public Builder concurrentParts(int concurrentParts) {
      this.concurrentParts = concurrentParts;
      return this;
    }

    public Builder connections(int connections) {
      this.connections = connections;
      return this;
    }

    public Builder chunkedEncoding(boolean chunkedEncoding) {
      this.chunkedEncoding = chunkedEncoding;
      return this;
    }

    public Builder attempts(int attempts) {
      this.attempts = attempts;
      return this;
    }

    public Builder attemptTimeout(Duration attemptTimeout) {
      this.attemptTimeout = attemptTimeout;
      return this;
    }

    public Builder callTimeout(Duration callTimeout) {
      this.callTimeout = callTimeout;
      return this;
    }

    /** Unless said, {@code WHEN_REQUIRED} exactly if there is an endpoint. */
    public Builder checksums(Checksums checksums) {
      this.checksums = checksums;
      return this;
    }

    /** What the user calls an option: messages then say this. */
    public Builder name(Option option, String name) {
      names.put(option, name);
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException naming the option to change, if one is out of its range
     */
    public S3Options build() {
      require(
          region == null || region.matches("[A-Za-z0-9][A-Za-z0-9_-]*"),
          Option.REGION,
          "'" + region + "' is no name of a region");
      require(
          partBytes >= MIN_PART_BYTES && partBytes <= Integer.MAX_VALUE,
          Option.PART_BYTES,
          partBytes + " is not from " + MIN_PART_BYTES + " to " + Integer.MAX_VALUE);
      require(
          multipartBytes >= partBytes && multipartBytes <= 5L << 30,
          Option.MULTIPART_BYTES,
          multipartBytes + " is not from " + partBytes + ", the length of a part, to 5 GiB");
      require(
          roleSessionSeconds >= 900 && roleSessionSeconds <= 43_200,
          Option.ROLE_SESSION_SECONDS,
          roleSessionSeconds + " is not from 900 to 43200");
      requirePositive(concurrentParts, Option.CONCURRENT_PARTS);
      requirePositive(connections, Option.CONNECTIONS);
      requirePositive(attempts, Option.ATTEMPTS);
      require(
          !attemptTimeout.isNegative() && !attemptTimeout.isZero(),
          Option.ATTEMPT_TIMEOUT,
          attemptTimeout + " is not positive");
      require(
          callTimeout.compareTo(attemptTimeout) >= 0,
          Option.CALL_TIMEOUT,
          callTimeout + " is shorter than " + attemptTimeout + ", the limit of one attempt");
      boolean elsewhere = endpoint != null;
      return new S3Options(
          endpointUri(),
          region,
          pathStyle == null ? elsewhere : pathStyle,
          credentials(),
          encryption,
          new Transfer(
              multipartBytes, (int) partBytes, concurrentParts, connections, chunkedEncoding),
          new Limits(attempts, attemptTimeout, callTimeout),
          checksums != null
              ? checksums
              : elsewhere ? Checksums.WHEN_REQUIRED : Checksums.WHEN_SUPPORTED,
          names);
    }

    private @Nullable URI endpointUri() {
      if (endpoint == null) {
        return null;
      }
      URI uri;
      try {
        uri = URI.create(endpoint.contains("://") ? endpoint : "https://" + endpoint);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            message(Option.ENDPOINT, "'" + endpoint + "' is no URI"), e);
      }
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      require(
          (scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null,
          Option.ENDPOINT,
          "'" + endpoint + "' is not http://host:port or https://host:port");
      require(
          uri.getUserInfo() == null,
          Option.ENDPOINT,
          "it holds credentials, which belong into options of their own");
      return uri;
    }

    private S3Credentials credentials() {
      require(
          accessKey == null || secretKey != null,
          Option.SECRET_KEY,
          "it is missing while there is " + nameOf(Option.ACCESS_KEY));
      require(
          secretKey == null || accessKey != null,
          Option.ACCESS_KEY,
          "it is missing while there is " + nameOf(Option.SECRET_KEY));
      require(
          sessionToken == null || accessKey != null,
          Option.ACCESS_KEY,
          "it is missing while there is " + nameOf(Option.SESSION_TOKEN));
      S3Credentials base =
          accessKey == null
              ? new S3Credentials.DefaultChain()
              : new S3Credentials.Keys(accessKey, Objects.requireNonNull(secretKey), sessionToken);
      return roleArn == null
          ? base
          : new S3Credentials.Role(
              base, roleArn, roleExternalId, roleSessionName, roleSessionSeconds);
    }

    private void requirePositive(int value, Option option) {
      require(value > 0, option, value + " is not positive");
    }

    private void require(boolean condition, Option option, String complaint) {
      if (!condition) {
        throw new IllegalArgumentException(message(option, complaint));
      }
    }

    private String message(Option option, String complaint) {
      return nameOf(option) + ": " + complaint;
    }

    private String nameOf(Option option) {
      return names.getOrDefault(option, option.defaultName);
    }

    private static @Nullable String blankToNull(@Nullable String text) {
      return text == null || text.isBlank() ? null : text.strip();
    }
  }
}
