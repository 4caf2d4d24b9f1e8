package io.hummock.objectstore;

import io.hummock.objectstore.S3Options.Option;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Finds out at start what would make every later call fail, and which option to change.
 *
 * <p>It asks for an object that is not there. That it is not there is the good answer; who may not
 * know even that (without the right to list, S3 does not tell) writes a small object and deletes it
 * again. The SDK looks for credentials outside of its own time limits, hence the thread.
 */
final class S3AccessCheck {
  private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(6);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
  private static final long TOTAL_SECONDS = 25;

  private final S3Options options;
  private final S3Location probe;

  private S3AccessCheck(S3Options options, S3Location probe) {
    this.options = options;
    this.probe = probe;
  }

  /** Checks a bucket, or a bucket and the beginning of keys. */
  static void run(S3Options options, String location) throws IOException {
    S3Options hasty =
        new S3Options(
            options.endpoint(),
            options.region(),
            options.pathStyle(),
            options.credentials(),
            options.encryption(),
            options.transfer(),
            new S3Options.Limits(2, ATTEMPT_TIMEOUT, CALL_TIMEOUT),
            options.checksums(),
            options.names());
    S3Location probe = S3Location.of(location + "/hummock-access-check-" + UUID.randomUUID());
    FutureTask<Void> check =
        new FutureTask<>(
            () -> {
              new S3AccessCheck(hasty, probe).run();
              return null;
            });
    Thread thread = new Thread(check, "hummock-s3-access-check");
    thread.setDaemon(true);
    thread.start();
    try {
      check.get(TOTAL_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "S3 access to "
              + location
              + ": no answer within "
              + TOTAL_SECONDS
              + " s: check "
              + hasty.nameOf(Option.ENDPOINT)
              + " and, unless keys are set, that credentials can be"
              + " found without "
              + hasty.nameOf(Option.ACCESS_KEY),
          e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("S3 access to " + location + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("S3 access to " + location + ": interrupted", e);
    } finally {
      check.cancel(true);
    }
  }

  private void run() throws IOException {
    try (S3Clients clients = S3Clients.open(options)) {
      S3Client client = clients.s3();
      try {
        client.getObject(
            request -> request.bucket(probe.bucket()).key(probe.key()),
            (response, body) -> {
              body.abort();
              return response;
            });
        throw new IOException(
            "S3 access to "
                + probe.bucket()
                + ": what answers has an object of a random name, so it is no S3 service: change "
                + options.nameOf(Option.ENDPOINT));
      } catch (SdkException e) {
        if (S3Failure.status(e) == 404 && S3Failure.code(e).equals("NoSuchKey")) {
          return;
        }
        if (!S3Failure.code(e).equals("AccessDenied")) {
          throw failure("GetObject", e);
        }
        write(client);
      }
    }
  }

  private void write(S3Client client) throws IOException {
    String call = "PutObject";
    try {
      client.putObject(
          request -> {
            request.bucket(probe.bucket()).key(probe.key());
            options.encryption().apply(request);
          },
          RequestBody.empty());
      call = "DeleteObject";
      client.deleteObject(request -> request.bucket(probe.bucket()).key(probe.key()));
    } catch (SdkException e) {
      throw failure(call, e);
    }
  }

  private IOException failure(String call, SdkException e) {
    IOException cause = S3Failure.of(call, probe.path(), e, options);
    return new IOException(
        "S3 access to "
            + probe.bucket()
            + ": "
            + advice(e)
            + "; "
            + S3Failure.message(call, probe.path(), e, options),
        cause);
  }

  private String advice(SdkException e) {
    int status = S3Failure.status(e);
    if (status == 0) {
      return adviceWithoutAnswer(e);
    }
    return switch (S3Failure.code(e)) {
      case "NoSuchBucket", "InvalidBucketName" ->
          "there is no such bucket: change " + options.nameOf(Option.BUCKET);
      case "InvalidAccessKeyId" ->
          "the service does not know the access key: change " + options.nameOf(Option.ACCESS_KEY);
      case "SignatureDoesNotMatch" ->
          "the secret key does not belong to the access key: change "
              + options.nameOf(Option.SECRET_KEY);
      case "ExpiredToken", "InvalidToken", "InvalidSecurity", "TokenRefreshRequired" ->
          "the session has expired or is wrong: change " + options.nameOf(Option.SESSION_TOKEN);
      case "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
          "these credentials may not read and write there: change "
              + options.nameOf(Option.ACCESS_KEY)
              + " or "
              + options.nameOf(Option.BUCKET)
              + ", or the rights of the one on the other";
      case "AuthorizationHeaderMalformed",
          "PermanentRedirect",
          "IllegalLocationConstraintException",
          "InvalidRegion" ->
          "the bucket is in another region: change " + options.nameOf(Option.REGION);
      case "RequestTimeTooSkewed" -> "this machine's clock is wrong";
      default ->
          status == 301 || status == 307
              ? "the bucket is in another region: change " + options.nameOf(Option.REGION)
              : options.endpoint() != null
                  ? "is an S3 service there? Check "
                      + options.nameOf(Option.ENDPOINT)
                      + " and "
                      + options.nameOf(Option.PATH_STYLE)
                  : "the service refuses";
    };
  }

  private String adviceWithoutAnswer(SdkException e) {
    String endpoint = options.nameOf(Option.ENDPOINT);
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return options.endpoint() == null
            ? "there is no such host: change "
                + options.nameOf(Option.REGION)
                + " or set "
                + endpoint
            : options.pathStyle()
                ? "there is no such host: change " + endpoint
                : "there is no such host: change "
                    + endpoint
                    + " or set "
                    + options.nameOf(Option.PATH_STYLE);
      }
      if (cause instanceof ConnectException) {
        return "nobody listens there: change " + endpoint;
      }
      String message = cause.getMessage();
      if (message != null && message.startsWith("Unable to load credentials")) {
        return "no credentials are set and none are found: set "
            + options.nameOf(Option.ACCESS_KEY)
            + " and "
            + options.nameOf(Option.SECRET_KEY);
      }
    }
    return options.credentials() instanceof S3Credentials.Role
        ? "check " + endpoint + " and " + options.nameOf(Option.ROLE)
        : "no answer in time or none that is S3's: check " + endpoint;
  }
}
