package io.hummock.objectstore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * A client of the AWS SDK and what it needs, made from options and closed together.
 *
 * @param s3 the client
 * @param others what the client uses and does not close, in the order in which to close it
 */
record S3Clients(S3Client s3, List<SdkAutoCloseable> others) implements AutoCloseable {
  private static final Duration BACKOFF = Duration.ofMillis(100);
  private static final Duration THROTTLED_BACKOFF = Duration.ofSeconds(1);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(20);
  private static final Duration MAX_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Makes a client.
   *
   * @throws SdkClientException if there is no region anywhere
   */
  static S3Clients open(S3Options options) {
    S3Options.Limits limits = options.limits();
    Region region = region(options);
    List<SdkAutoCloseable> others = new ArrayList<>();
    AwsCredentialsProvider credentials = credentials(options.credentials(), region, others);
    // The SDK's token bucket would end the retries of all threads once some have used it up; here
    // the attempts and the time of each call are limited, and the waits are random.
    StandardRetryStrategy retries =
        AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .maxAttempts(limits.attempts())
            .backoffStrategy(BackoffStrategy.exponentialDelay(BACKOFF, MAX_BACKOFF))
            .throttlingBackoffStrategy(
                BackoffStrategy.exponentialDelay(THROTTLED_BACKOFF, MAX_BACKOFF))
            .circuitBreakerEnabled(false)
            .build();
    boolean whenRequired = options.checksums() == S3Options.Checksums.WHEN_REQUIRED;
    S3ClientBuilder builder =
        S3Client.builder()
            .region(region)
            .credentialsProvider(credentials)
            .forcePathStyle(options.pathStyle())
            .requestChecksumCalculation(
                whenRequired
                    ? RequestChecksumCalculation.WHEN_REQUIRED
                    : RequestChecksumCalculation.WHEN_SUPPORTED)
            .responseChecksumValidation(
                whenRequired
                    ? ResponseChecksumValidation.WHEN_REQUIRED
                    : ResponseChecksumValidation.WHEN_SUPPORTED)
            .serviceConfiguration(
                c -> c.chunkedEncodingEnabled(options.transfer().chunkedEncoding()))
            .overrideConfiguration(
                c ->
                    c.addExecutionInterceptor(new S3Requests())
                        .retryStrategy(retries)
                        .apiCallAttemptTimeout(limits.attemptTimeout())
                        .apiCallTimeout(limits.callTimeout()))
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(options.transfer().connections())
                    .connectionTimeout(min(limits.attemptTimeout(), MAX_CONNECT_TIMEOUT))
                    .connectionAcquisitionTimeout(limits.attemptTimeout())
                    // A copy on the server is silent for long; other attempts end before.
                    .socketTimeout(limits.callTimeout())
                    .tcpKeepAlive(true));
    if (options.endpoint() != null) {
      builder.endpointOverride(options.endpoint());
    }
    if (whenRequired) {
      builder.addPlugin(LegacyMd5Plugin.create());
    }
    return new S3Clients(builder.build(), List.copyOf(others));
  }

  @Override
  public void close() {
    s3.close();
    others.forEach(SdkAutoCloseable::close);
  }

  private static Region region(S3Options options) {
    if (options.region() != null) {
      return Region.of(options.region());
    }
    return options.endpoint() != null
        ? Region.US_EAST_1
        : DefaultAwsRegionProviderChain.builder().build().getRegion();
  }

  private static AwsCredentialsProvider credentials(
      S3Credentials credentials, Region region, List<SdkAutoCloseable> closeables) {
    if (credentials instanceof S3Credentials.Keys keys) {
      String token = keys.sessionToken();
      return StaticCredentialsProvider.create(
          token == null
              ? AwsBasicCredentials.create(keys.accessKey(), keys.secretKey())
              : AwsSessionCredentials.create(keys.accessKey(), keys.secretKey(), token));
    }
    if (credentials instanceof S3Credentials.Role role) {
      AwsCredentialsProvider base = credentials(role.base(), region, closeables);
      StsClient sts =
          StsClient.builder()
              .region(region)
              .credentialsProvider(base)
              .httpClientBuilder(Apache5HttpClient.builder())
              .build();
      StsAssumeRoleCredentialsProvider provider =
          StsAssumeRoleCredentialsProvider.builder()
              .stsClient(sts)
              .refreshRequest(
                  request ->
                      request
                          .roleArn(role.arn())
                          .externalId(role.externalId())
                          .roleSessionName(role.sessionName())
                          .durationSeconds(role.sessionSeconds()))
              .build();
      closeables.add(0, sts);
      closeables.add(0, provider);
      return provider;
    }
    DefaultCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
    closeables.add(0, chain);
    return chain;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
