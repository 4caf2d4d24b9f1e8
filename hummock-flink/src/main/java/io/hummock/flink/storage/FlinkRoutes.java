package io.hummock.flink.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.flink.storage.UriObjectStore.Route;
import io.hummock.flink.storage.UriObjectStore.Routes;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.LocalDirectoryObjectStore;
import io.hummock.objectstore.MirroredObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.S3Options;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stores of a task: S3 by Hummock's own client, everything else by Flink's file systems. */
public final class FlinkRoutes implements Routes {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkRoutes.class);
  private static final Set<String> S3_SCHEMES = Set.of("s3", "s3a", "s3n");

  private static final int IDLE_SECONDS = 10;

  private final S3Options s3Options;

  @GuardedBy("this")
  private @Nullable SharedS3 s3;

  @GuardedBy("this")
  private @Nullable FileSystemObjectStore files;

  @GuardedBy("this")
  private @Nullable ObjectStore mirroredS3;

  private final @Nullable LocalCache cache;
  private final HummockMetrics metrics;

  /** Copies objects into the cache, one at a time. */
  private final ThreadPoolExecutor prefetches =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          FlinkRoutes::prefetchThread);

  /**
   * @param s3Options see {@link S3Settings}
   * @param cache where objects of S3 are mirrored; null for no mirror
   * @param metrics told of the requests to S3 and of the mirror
   */
  public FlinkRoutes(S3Options s3Options, @Nullable LocalCache cache, HummockMetrics metrics) {
    this.s3Options = s3Options;
    this.cache = cache;
    this.metrics = metrics;
    prefetches.allowCoreThreadTimeOut(true);
  }

  /**
   * A directory on a local disk, of these routes alone.
   *
   * @param directory made when it is needed, deleted in the end
   * @param bytes how much it holds at most
   */
  public record LocalCache(Path directory, long bytes) {}

  static boolean isS3(String scheme) {
    return S3_SCHEMES.contains(scheme);
  }

  /** All spellings of a scheme have one store, so that it copies between them itself. */
  @Override
  public synchronized Route open(String scheme) throws IOException {
    if (isS3(scheme)) {
      ObjectStore mirrored = mirroredS3;
      if (mirrored == null) {
        SharedS3 opened = SharedS3.open(s3Options, metrics);
        s3 = opened;
        mirrored = mirrored(opened);
        mirroredS3 = mirrored;
      }
      return new Route(mirrored, false);
    }
    if (files == null) {
      files = new FileSystemObjectStore();
    }
    return new Route(files, true);
  }

  private ObjectStore mirrored(ObjectStore remote) {
    if (cache == null || cache.bytes() == 0) {
      return remote;
    }
    try {
      return new MirroredObjectStore(
          remote,
          LocalDirectoryObjectStore.scratch(cache.directory()),
          cache.bytes(),
          prefetches,
          Clock.SYSTEM,
          metrics);
    } catch (IOException e) {
      LOG.warn("No local copies of objects are kept in {}", cache.directory(), e);
      return remote;
    }
  }

  @Override
  public synchronized void verify(String scheme, String location) throws IOException {
    if (isS3(scheme) && s3 != null) {
      s3.verifyAccess(location);
    }
  }

  @Override
  public void close() {
    prefetches.shutdownNow();
    awaitPrefetches();
    if (cache != null) {
      FileUtils.deleteDirectoryQuietly(cache.directory().toFile());
    }
  }

  private static Thread prefetchThread(Runnable task) {
    Thread thread = new Thread(task, "hummock-prefetch");
    thread.setDaemon(true);
    thread.setContextClassLoader(FlinkRoutes.class.getClassLoader());
    return thread;
  }

  /* Else it would write into the directory while that is deleted. */
  private void awaitPrefetches() {
    try {
      if (!prefetches.awaitTermination(IDLE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("A copy of an object to the local cache does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
