package io.hummock.objectstore;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Turns what the AWS SDK throws into what an {@link ObjectStore} throws, without any secret. */
final class S3Failure {
  private S3Failure() {}

  /**
   * An exception that names the call, the object, the status and the request.
   *
   * @param call as S3 calls it, for instance {@code GetObject}
   * @param path of the object, or the prefix, or the bucket
   */
  static IOException of(String call, String path, SdkException e, S3Options options) {
    if (e instanceof AbortedException) {
      Thread.currentThread().interrupt();
      return withCause(
          new InterruptedIOException("S3 " + call + " of " + path + ": interrupted"), e, options);
    }
    if (isTimeout(e)) {
      return withCause(new SocketTimeoutException(message(call, path, e, options)), e, options);
    }
    if (isNotFound(e)) {
      return withCause(new ObjectNotFoundException(path), e, options);
    }
    if (e instanceof S3Exception service && service.statusCode() == 416) {
      return withCause(new EOFException(message(call, path, e, options)), e, options);
    }
    return withCause(new IOException(message(call, path, e, options)), e, options);
  }

  /** As {@link #of}, for a call that makes an object: there, what is not found is the bucket. */
  static IOException ofWrite(String call, String path, SdkException e, S3Options options) {
    return status(e) == 404
        ? withCause(new IOException(message(call, path, e, options)), e, options)
        : of(call, path, e, options);
  }

  /** The code that the service gives for an error, or an empty text. */
  static String code(SdkException e) {
    AwsErrorDetails details = e instanceof S3Exception service ? service.awsErrorDetails() : null;
    return details == null || details.errorCode() == null ? "" : details.errorCode();
  }

  /** The status of the answer; 0 if there was none. */
  static int status(SdkException e) {
    return e instanceof S3Exception service ? service.statusCode() : 0;
  }

  /** Whether there is no such object, though there is such a bucket. */
  static boolean isNotFound(SdkException e) {
    return status(e) == 404 && !code(e).equals("NoSuchBucket") && !code(e).equals("NoSuchUpload");
  }

  /** What happened in one line. */
  static String message(String call, String path, SdkException e, S3Options options) {
    StringBuilder text = new StringBuilder("S3 ").append(call).append(" of ").append(path);
    if (e instanceof S3Exception service) {
      text.append(": status ").append(service.statusCode());
      if (!code(e).isEmpty()) {
        text.append(' ').append(code(e));
      }
      if (service.requestId() != null) {
        text.append(" (request ").append(service.requestId()).append(')');
      }
      AwsErrorDetails details = service.awsErrorDetails();
      if (details != null && details.errorMessage() != null) {
        text.append(": ").append(details.errorMessage());
      }
    } else {
      text.append(": ").append(e.getMessage());
      // The SDK often says no more than that it was unable to execute the request.
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        text.append(": ").append(cause);
      }
    }
    if (e.numAttempts() != null && e.numAttempts() > 1) {
      text.append(" (after ").append(e.numAttempts()).append(" attempts)");
    }
    return options.redact(text.toString());
  }

  private static boolean isTimeout(SdkException e) {
    if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
      return true;
    }
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /* A service that sends a secret back would put it into the SDK's exception: then that stays out. */
  private static <E extends IOException> E withCause(E failure, SdkException e, S3Options options) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String text = cause.toString();
      if (!options.redact(text).equals(text)) {
        return failure;
      }
    }
    failure.initCause(e);
    return failure;
  }
}
