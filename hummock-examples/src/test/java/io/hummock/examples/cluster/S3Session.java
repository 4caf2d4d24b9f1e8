package io.hummock.examples.cluster;

import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Temporary keys that may do what a policy says, as a role's would. */
public record S3Session(String accessKey, String secretKey, String token) {
  /**
   * Asks a service for such keys.
   *
   * @param policy in AWS's language for policies
   */
  public static S3Session assume(
      URI endpoint, String accessKey, String secretKey, String region, String policy) {
    try (StsClient client =
        StsClient.builder()
            .endpointOverride(endpoint)
            .region(Region.of(region))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
            .httpClientBuilder(Apache5HttpClient.builder())
            .build()) {
      Credentials keys =
          client
              .assumeRole(
                  request ->
                      request
                          .roleArn("arn:aws:iam::123456789012:role/test")
                          .roleSessionName("test")
                          .policy(policy))
              .credentials();
      return new S3Session(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    }
  }

  /** The variables in which AWS's tools look for them. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ACCESS_KEY_ID", accessKey,
        "AWS_SECRET_ACCESS_KEY", secretKey,
        "AWS_SESSION_TOKEN", token);
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return "S3Session[" + accessKey + "]";
  }
}
