package io.hummock.flink.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.objectstore.S3ObjectStore;
import io.hummock.objectstore.S3Options;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One connection pool a process for all backends whose options are the same. The last one that
 * closes its lease closes the pool.
 */
final class SharedS3 implements ObjectStore {
  private static final int THREADS = 16;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @GuardedBy("SharedS3.class")
  private static final Map<S3Options, Pool> POOLS = new HashMap<>();

  private final Pool pool;
  private final S3ObjectStore objects;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** What the leases share. */
  private static final class Pool {
    final S3Options options;
    final ThreadPoolExecutor executor;
    final S3ObjectStore objects;

    @GuardedBy("this")
    final Set<String> verified = new HashSet<>();

    @GuardedBy("SharedS3.class")
    int leases;

    Pool(S3Options options) throws IOException {
      this.options = options;
      executor =
          new ThreadPoolExecutor(
              THREADS,
              THREADS,
              30,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              task -> {
                Thread thread = new Thread(task, "hummock-s3-" + NUMBER.incrementAndGet());
                thread.setDaemon(true);
                // That of the first task would be held long after its job.
                thread.setContextClassLoader(SharedS3.class.getClassLoader());
                return thread;
              });
      executor.allowCoreThreadTimeOut(true);
      objects = new S3ObjectStore(options, executor);
    }
  }

  private SharedS3(Pool pool, HummockMetrics metrics) {
    this.pool = pool;
    this.objects = pool.objects.reportingTo(metrics);
  }

  /**
   * A lease of the pool of these options.
   *
   * @param metrics told of the requests of this lease
   */
  static SharedS3 open(S3Options options, HummockMetrics metrics) throws IOException {
    synchronized (SharedS3.class) {
      Pool pool = POOLS.get(options);
      if (pool == null) {
        pool = new Pool(options);
        POOLS.put(options, pool);
      }
      pool.leases++;
      return new SharedS3(pool, metrics);
    }
  }

  /**
   * Finds out once a bucket whether it can be read and written.
   *
   * @param location a bucket, or a bucket and the beginning of keys
   * @throws IOException naming the option that is wrong
   */
  void verifyAccess(String location) throws IOException {
    int slash = location.indexOf('/');
    String bucket = slash < 0 ? location : location.substring(0, slash);
    synchronized (pool) {
      if (!pool.verified.contains(bucket)) {
        pool.objects.verifyAccess(location);
        pool.verified.add(bucket);
      }
    }
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    return objects.create(path);
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    return objects.read(path, offset, length);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    return objects.read(path, ranges);
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    return objects.list(prefix);
  }

  @Override
  public void copy(String from, String to) throws IOException {
    objects.copy(from, to);
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    objects.delete(paths);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    synchronized (SharedS3.class) {
      if (--pool.leases > 0) {
        return;
      }
      POOLS.remove(pool.options);
    }
    pool.objects.close();
    pool.executor.shutdown();
  }
}
