package io.hummock.flink.storage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys by which Hummock's access to S3 is configured. Flink's own S3 file system {@code
 * flink-s3-fs-native} has the same ones, so that a user sets them once; each may be written with
 * {@link #HUMMOCK} for {@link #FLINK} to say it to Hummock alone.
 */
public enum S3Key {
  ACCESS_KEY(
      "none",
      "The access key. With the secret key, or neither: then AWS's default chain finds credentials"
          + " (system properties, environment, web identity, profile, container, instance).",
      "access-key",
      "access.key"),
  SECRET_KEY("none", "The secret key that goes with the access key.", "secret-key", "secret.key"),
  SESSION_TOKEN(
      "none",
      "The token that goes with temporary keys. Flink's file system has no such key.",
      "session-token"),
  REGION(
      "from AWS's default chain, or `us-east-1` with an endpoint",
      "The region of the buckets.",
      "region"),
  ENDPOINT(
      "Amazon's of the region",
      "Where a service like S3 is, such as `http://127.0.0.1:9000`.",
      "endpoint"),
  PATH_STYLE(
      "`true` with an endpoint, else `false`",
      "Whether the bucket stands in the path of a request and not in its host name. Flink's file"
          + " system has `false` for a default, so set it for MinIO and its like.",
      "path-style-access",
      "path.style.access"),
  CHUNKED_ENCODING(
      "`true`",
      "Whether an upload is signed piece by piece; some services like S3 want it off.",
      "chunked-encoding.enabled"),
  CHECKSUMS(
      "`false` with an endpoint, else `true`",
      "Whether requests carry checksums of S3 beside those that Hummock's blocks have anyway.",
      "checksum-validation.enabled"),
  ENCRYPTION(
      "`none`",
      "How the server encrypts new objects: `none` (as the bucket is set up), `sse-s3` (or"
          + " `AES256`), `sse-kms` (or `aws:kms`).",
      "sse.type"),
  KMS_KEY(
      "the account's default key", "Id, ARN or alias of the key for `sse-kms`.", "sse.kms.key-id"),
  ROLE("none", "ARN of a role to take on with the credentials.", "assume-role.arn"),
  ROLE_EXTERNAL_ID(
      "none", "What the owner of the role asks for beside its name.", "assume-role.external-id"),
  ROLE_SESSION_NAME(
      "`hummock`", "What the service's log calls the session.", "assume-role.session-name"),
  ROLE_SESSION_SECONDS(
      "`3600`",
      "How many seconds a session of the role lasts before it is renewed, 900 to 43200.",
      "assume-role.session-duration"),
  CONNECTIONS(
      "`64`",
      "How many connections a process has at most, shared by all operators with the same keys.",
      "connection.max"),
  PART_BYTES(
      "`8388608`",
      "Bytes of a part of a large upload, 5 MiB to 2 GiB. Whoever writes a large object holds one"
          + " part more on the heap than are uploaded at once.",
      "upload.min.part.size"),
  CONCURRENT_PARTS(
      "`2`", "How many parts of one object are uploaded at once.", "upload.max.concurrent.uploads"),
  RETRIES(
      "`7`",
      "How often a failed request is sent again, after a random pause that doubles from 100 ms (1 s"
          + " where the service asks to slow down) to 20 s; a call ends after three minutes at"
          + " latest.",
      "retry.max-num-retries");

  /** What keys of Flink's file system begin with. */
  public static final String FLINK = "s3.";

  /** What keys that are Hummock's alone begin with. */
  public static final String HUMMOCK = "state.backend.hummock.s3.";

  private final String defaultText;
  private final String description;
  private final String name;
  private final @Nullable String olderName;

  S3Key(String defaultText, String description, String name) {
    this(defaultText, description, name, null);
  }

  S3Key(String defaultText, String description, String name, @Nullable String olderName) {
    this.defaultText = defaultText;
    this.description = description;
    this.name = name;
    this.olderName = olderName;
  }

  /** What holds if it is not set, in words. */
  public String defaultText() {
    return defaultText;
  }

  public String description() {
    return description;
  }

  /** The spellings behind the prefix, the one to use first. */
  public List<String> names() {
    return olderName == null ? List.of(name) : List.of(name, olderName);
  }

  /** The key under which it is best set. */
  public String key() {
    return FLINK + name;
  }

  /** All spellings with both prefixes, Hummock's own first. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (String prefix : List.of(HUMMOCK, FLINK)) {
      names().forEach(spelling -> keys.add(prefix + spelling));
    }
    return keys;
  }
}
