package io.hummock.objectstore;

import org.jspecify.annotations.Nullable;

/** Who asks. Nothing that these give as text or throw holds a secret. */
public sealed interface S3Credentials {
  /**
   * Whatever the AWS SDK finds: system properties, environment, web identity, profile files,
   * container and instance roles, in this order.
   */
  record DefaultChain() implements S3Credentials {}

  /**
   * A pair of keys.
   *
   * @param sessionToken null for keys that do not expire
   */
  record Keys(String accessKey, String secretKey, @Nullable String sessionToken)
      implements S3Credentials {
    public Keys {
      if (accessKey.isBlank() || secretKey.isBlank()) {
        throw new IllegalArgumentException("access key and secret key go together");
      }
    }

    /** Neither the secret key nor the token. */
    @Override
    public String toString() {
      return "Keys[accessKey=" + accessKey + "]";
    }
  }

  /**
   * A role that is taken on with other credentials, and renewed before it expires.
   *
   * @param base the credentials that may take on the role
   * @param arn the role's name
   * @param externalId what the role's owner asks for beside the name, if anything
   * @param sessionName what the service's log shall call this session
   */
  record Role(S3Credentials base, String arn, @Nullable String externalId, String sessionName)
      implements S3Credentials {}

  /** The text without any secret of these credentials in it. */
  default String redact(String text) {
    if (this instanceof Keys keys) {
      String without = text.replace(keys.secretKey(), "***");
      String token = keys.sessionToken();
      return token == null || token.isEmpty() ? without : without.replace(token, "***");
    }
    return this instanceof Role role ? role.base().redact(text) : text;
  }
}
