package io.hummock.objectstore;

import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * Sees each request that a client sends, those included that the SDK sends again: reports it to the
 * metrics that belong to the call, and logs now and then how many were refused.
 *
 * <p>Thread-safe.
 */
final class S3Requests implements ExecutionInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(S3Requests.class);
  private static final ExecutionAttribute<HummockMetrics> METRICS =
      new ExecutionAttribute<>("HummockMetrics");
  private static final ExecutionAttribute<AtomicInteger> ATTEMPTS =
      new ExecutionAttribute<>("HummockAttempts");

  private final S3RefusalLog refusals = new S3RefusalLog(Clock.SYSTEM, LOG::warn);

  /** A client that shares everything with another, whose requests are reported to {@code to}. */
  static S3Client reporting(S3Client client, HummockMetrics to) {
    return new ReportingClient(client, to);
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    attributes.putAttribute(ATTEMPTS, new AtomicInteger());
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    AtomicInteger attempts = attributes.getAttribute(ATTEMPTS);
    if (attempts != null) {
      attempts.incrementAndGet();
    }
  }

  @Override
  public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
    int status = context.httpResponse().statusCode();
    HummockMetrics metrics = attributes.getAttribute(METRICS);
    AtomicInteger attempts = attributes.getAttribute(ATTEMPTS);
    if (metrics != null && attempts != null) {
      metrics.storeRequest(attempts.get(), status);
    }
    if (status == 429 || status >= 500) {
      String call = attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
      refusals.refused(status, call + " at " + context.httpRequest().host());
    }
  }

  /** Gives each request the metrics that it is to be reported to. */
  private static final class ReportingClient extends DelegatingS3Client {
    private final HummockMetrics metrics;

    ReportingClient(S3Client client, HummockMetrics metrics) {
      super(client);
      this.metrics = metrics;
    }

    @Override
    @SuppressWarnings("unchecked") // a request's builder builds a request of its kind
    protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
      AwsRequestOverrideConfiguration override =
          request
              .overrideConfiguration()
              .map(AwsRequestOverrideConfiguration::toBuilder)
              .orElseGet(AwsRequestOverrideConfiguration::builder)
              .putExecutionAttribute(METRICS, metrics)
              .build();
      return operation.apply(
          (T) ((S3Request) request).toBuilder().overrideConfiguration(override).build());
    }

    /** The client belongs to whoever gave it. */
    @Override
    public void close() {}
  }
}
