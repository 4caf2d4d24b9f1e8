package io.hummock.objectstore;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who asks. Nothing that these give as text or throw holds a secret. */
public sealed interface S3Credentials {
  /** What stands for a secret in a text. */
  String MASK = "***";

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

    /** None of them. */
    @Override
    public String toString() {
      return sessionToken == null ? "Keys[***]" : "Keys[***, with a session token]";
    }
  }

  /**
   * A role that is taken on with other credentials, and renewed before it expires.
   *
   * @param base the credentials that may take on the role
   * @param arn the role's name
   * @param externalId what the role's owner asks for beside the name, if anything
   * @param sessionName what the service's log shall call this session
   * @param sessionSeconds how long a session lasts until it is renewed
   */
  record Role(
      S3Credentials base,
      String arn,
      @Nullable String externalId,
      String sessionName,
      int sessionSeconds)
      implements S3Credentials {}

  /** The text without any secret of these credentials in it. */
  default String redact(String text) {
    if (this instanceof Keys keys) {
      String without = text.replace(keys.secretKey(), MASK);
      String token = keys.sessionToken();
      if (token != null && !token.isEmpty()) {
        without = without.replace(token, MASK);
      }
      // An access key may be as short as a word that others are made of.
      String word = "(?<![A-Za-z0-9])" + Pattern.quote(keys.accessKey()) + "(?![A-Za-z0-9])";
      return without.replaceAll(word, Matcher.quoteReplacement(MASK));
    }
    return this instanceof Role role ? role.base().redact(text) : text;
  }
}
