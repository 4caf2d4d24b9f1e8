package io.hummock.objectstore;

import java.util.function.Supplier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Denials that are none.
 *
 * <p>MinIO keeps objects in directories, which it removes with the last object in them. A put that
 * meets such a removal is answered with 403 AccessDenied, and the next one succeeds. Amazon's own
 * service has no directories: there a denial is final, and is not asked about twice.
 */
final class S3Denial {
  private S3Denial() {}

  /** Makes a call that makes an object, again where a service other than Amazon's denies it. */
  static <T> T retry(S3Options options, Supplier<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.get();
      } catch (S3Exception e) {
        if (options.endpoint() == null
            || attempt >= options.limits().attempts()
            || !S3Failure.code(e).equals("AccessDenied")) {
          throw e;
        }
      }
    }
  }
}
