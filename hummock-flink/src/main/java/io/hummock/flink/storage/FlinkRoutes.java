package io.hummock.flink.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.flink.storage.UriObjectStore.Route;
import io.hummock.flink.storage.UriObjectStore.Routes;
import io.hummock.objectstore.S3Options;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The stores of a task: S3 by Hummock's own client, everything else by Flink's file systems. */
public final class FlinkRoutes implements Routes {
  private static final Set<String> S3_SCHEMES = Set.of("s3", "s3a", "s3n");

  private final S3Options s3Options;

  @GuardedBy("this")
  private @Nullable SharedS3 s3;

  @GuardedBy("this")
  private @Nullable FileSystemObjectStore files;

  /**
   * @param s3Options see {@link S3Settings}
   */
  public FlinkRoutes(S3Options s3Options) {
    this.s3Options = s3Options;
  }

  static boolean isS3(String scheme) {
    return S3_SCHEMES.contains(scheme);
  }

  /** All spellings of a scheme have one store, so that it copies between them itself. */
  @Override
  public synchronized Route open(String scheme) throws IOException {
    if (isS3(scheme)) {
      if (s3 == null) {
        s3 = SharedS3.open(s3Options);
      }
      return new Route(s3, false);
    }
    if (files == null) {
      files = new FileSystemObjectStore();
    }
    return new Route(files, true);
  }

  @Override
  public synchronized void verify(String scheme, String location) throws IOException {
    if (isS3(scheme) && s3 != null) {
      s3.verifyAccess(location);
    }
  }
}
