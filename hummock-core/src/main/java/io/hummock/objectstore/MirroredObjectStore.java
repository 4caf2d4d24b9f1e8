package io.hummock.objectstore;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.metrics.HummockMetrics.Cache;
import io.hummock.metrics.HummockMetrics.CacheResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that keeps copies of its objects on a disk nearby, within a limit of bytes. Objects that
 * are written through it are copied while they are uploaded, and those that are {@linkplain
 * #prefetch prefetched}, which were written elsewhere, by the executor. Reads come from the copy
 * where there is one. The copy that was not read for longest makes room for the next; for one that
 * is prefetched only if it was not read for a while, so that objects do not take turns in a mirror
 * that is too small for all.
 *
 * <p>The disk is a help and never a condition: where it is full, read-only, slow to fail or gone,
 * every call does what it would do without, and one warning is logged. A copy is not verified, as
 * whoever reads Hummock's blocks verifies their checksums: {@link #distrust} drops a copy that was
 * found wrong, and the next read is from the remote store.
 */
public final class MirroredObjectStore implements ObjectStore {
  /** How long a mirror that could not be written is left alone. */
  static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** How long a copy that is read stays, whatever is prefetched. */
  static final long WARM_NANOS = TimeUnit.MINUTES.toNanos(5);

  private static final int PREFETCH_BYTES = 4 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(MirroredObjectStore.class);

  /*
   * Whatever the mirror throws is caught, runtime exceptions too: a file system has its own idea of
   * which names are possible.
   */
  private final ObjectStore remote;
  private final ObjectStore mirror;
  private final Executor executor;
  private final Clock clock;
  private final HummockMetrics metrics;
  private final MirrorSpace space;

  /** What is being prefetched and was not deleted meanwhile. */
  private final Set<String> prefetched = ConcurrentHashMap.newKeySet();

  private final Object lock = new Object();

  @GuardedBy("lock")
  private boolean warned;

  @GuardedBy("lock")
  private boolean paused;

  @GuardedBy("lock")
  private long pausedUntil;

  /**
   * Begins with an empty mirror.
   *
   * @param remote where the objects are; closed with this store
   * @param mirror where the copies are: nobody else may use it, and what is in it is deleted;
   *     closed with this store
   * @param limitBytes how many bytes of copies there are at most
   * @param executor prefetches: what it is given takes as long as reading an object does
   * @param clock times the pause after an error of the mirror, and for how long copies are not read
   * @param metrics told of hits and misses, and of the bytes that copies take
   */
  public MirroredObjectStore(
      ObjectStore remote,
      ObjectStore mirror,
      long limitBytes,
      Executor executor,
      Clock clock,
      HummockMetrics metrics) {
    this.remote = remote;
    this.mirror = mirror;
    this.executor = executor;
    this.clock = clock;
    this.metrics = metrics;
    this.space = new MirrorSpace(limitBytes, clock);
    try {
      mirror.delete(mirror.list(""));
    } catch (IOException | RuntimeException e) {
      // Unknown bytes lie there, so none may be added, ever.
      space.fill();
      degrade(e);
    }
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    return new Writer(path, remote.create(path));
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    List<Range> ranges = List.of(new Range(offset, length));
    return read(path, ranges, store -> store.read(path, offset, length));
  }

  @Override
  public void read(String path, long offset, ByteBuffer target) throws IOException {
    int start = target.position();
    read(
        path,
        List.of(new Range(offset, target.remaining())),
        store -> {
          target.position(start);
          store.read(path, offset, target);
          return target;
        });
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    return read(path, ranges, store -> store.read(path, ranges));
  }

  /** Reads from one of the two stores. */
  private interface Reading<T> {
    T from(ObjectStore store) throws IOException;
  }

  private <T> T read(String path, List<Range> ranges, Reading<T> reading) throws IOException {
    if (space.hasToRead(path, ranges)) {
      try {
        T read = reading.from(mirror);
        metrics.cacheLookup(Cache.DISK, CacheResult.HIT);
        return read;
      } catch (IOException | RuntimeException e) {
        mirrorReadFailed(path, e);
      }
    }
    metrics.cacheLookup(Cache.DISK, CacheResult.MISS);
    return reading.from(remote);
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    return remote.list(prefix);
  }

  /** Copies on the remote side alone. */
  @Override
  public void copy(String from, String to) throws IOException {
    remote.copy(from, to);
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    try {
      remote.delete(paths);
    } finally {
      drop(paths);
    }
  }

  /** Drops the copy, and tells the remote store too. */
  @Override
  public void distrust(String path) {
    drop(List.of(path));
    remote.distrust(path);
  }

  @Override
  public void prefetch(String path, long bytes) {
    if (space.canHold(bytes) && !space.contains(path) && prefetched.add(path)) {
      try {
        executor.execute(() -> copyFromRemote(path, bytes));
      } catch (RejectedExecutionException e) {
        prefetched.remove(path);
      }
    }
  }

  private void copyFromRemote(String path, long bytes) {
    if (!isPaused() && reserve(bytes, WARM_NANOS)) {
      boolean copied = false;
      try (ObjectWriter copy = mirror.create(path)) {
        copied = copyFromRemote(path, bytes, copy);
      } catch (IOException | RuntimeException e) {
        degrade(e);
      }
      // What was deleted or distrusted meanwhile does not become a copy.
      if (copied && prefetched.contains(path)) {
        space.add(path, bytes);
      } else {
        deleteCopies(Map.of(path, bytes));
      }
    }
    if (!prefetched.remove(path)) {
      drop(List.of(path));
    }
  }

  private boolean copyFromRemote(String path, long bytes, ObjectWriter copy) throws IOException {
    for (long offset = 0; offset < bytes; offset += PREFETCH_BYTES) {
      Slice piece;
      try {
        piece = remote.read(path, offset, (int) Math.min(PREFETCH_BYTES, bytes - offset));
      } catch (IOException | RuntimeException e) {
        // Whoever needs it reads it there, and meets the error.
        LOG.debug("{} was not copied to the local mirror", path, e);
        return false;
      }
      copy.write(piece);
    }
    copy.commit();
    return true;
  }

  /** The bytes that copies take, or may take. Never above the limit. */
  public long mirroredBytes() {
    return space.reservedBytes();
  }

  @Override
  public void close() throws IOException {
    try (mirror) {
      remote.close();
    }
  }

  private void mirrorReadFailed(String path, Exception e) {
    // Whoever made room for another copy may have deleted this one in the meantime.
    if (space.contains(path) && !Thread.currentThread().isInterrupted()) {
      drop(List.of(path));
      degrade(e);
    }
  }

  /** Forgets copies and deletes them. */
  private void drop(Collection<String> paths) {
    prefetched.removeAll(paths);
    deleteCopies(space.remove(paths));
  }

  /**
   * Takes bytes of the limit, for which older copies are deleted.
   *
   * @param idleNanos for how long a copy that is deleted was not read
   * @return false if there is no room even so
   */
  private boolean reserve(long bytes, long idleNanos) {
    if (!space.canHold(bytes)) {
      return false;
    }
    deleteCopies(space.makeRoom(bytes, idleNanos));
    // Some could not be deleted, or another writer was faster.
    boolean reserved = space.reserve(bytes);
    metrics.diskCacheUsed(space.reservedBytes());
    return reserved;
  }

  private void deleteCopies(Map<String, Long> paths) {
    for (Map.Entry<String, Long> copy : paths.entrySet()) {
      try {
        mirror.delete(List.of(copy.getKey()));
      } catch (IOException | RuntimeException e) {
        degrade(e); // its bytes stay reserved, as they may still be there
        continue;
      }
      space.release(copy.getValue());
      metrics.diskCacheUsed(space.reservedBytes());
    }
  }

  private void degrade(Exception e) {
    if (Thread.currentThread().isInterrupted()) {
      return; // that is no fault of the disk
    }
    synchronized (lock) {
      paused = true;
      pausedUntil = clock.nanoTime() + PAUSE_NANOS;
      if (warned) {
        return;
      }
      warned = true;
    }
    LOG.warn("The local mirror {} fails; objects are read from the remote store.", mirror, e);
  }

  private boolean isPaused() {
    synchronized (lock) {
      paused = paused && pausedUntil - clock.nanoTime() > 0;
      return paused;
    }
  }

  private final class Writer implements ObjectWriter {
    private final String path;
    private final ObjectWriter writer;

    /** The copy under way; null if there is none, or no longer. */
    private @Nullable ObjectWriter copy;

    /** How many bytes of the limit the copy has taken. */
    private long reserved;

    Writer(String path, ObjectWriter writer) {
      this.path = path;
      this.writer = writer;
      if (space.canHold(1) && !isPaused()) {
        try {
          copy = mirror.create(path);
        } catch (IOException | RuntimeException e) {
          degrade(e);
        }
      }
    }

    @Override
    public void write(Slice bytes) throws IOException {
      writer.write(bytes);
      ObjectWriter copying = copy;
      if (copying == null) {
        return;
      }
      if (!reserve(bytes.length(), 0)) {
        abandonCopy();
        return;
      }
      reserved += bytes.length();
      try {
        copying.write(bytes);
      } catch (IOException | RuntimeException e) {
        degrade(e);
        abandonCopy();
      }
    }

    @Override
    public long length() {
      return writer.length();
    }

    @Override
    public void commit() throws IOException {
      writer.commit();
      ObjectWriter copying = copy;
      if (copying == null) {
        return;
      }
      try {
        copying.commit();
      } catch (IOException | RuntimeException e) {
        degrade(e);
        abandonCopy();
        return;
      }
      copy = null;
      space.add(path, reserved);
      closeCopy(copying);
    }

    @Override
    public void close() throws IOException {
      try {
        writer.close();
      } finally {
        abandonCopy();
      }
    }

    private void abandonCopy() {
      ObjectWriter copying = copy;
      if (copying == null) {
        return;
      }
      copy = null;
      if (closeCopy(copying)) {
        // A commit that failed may have made it appear.
        deleteCopies(Map.of(path, reserved));
      }
    }

    private boolean closeCopy(ObjectWriter copying) {
      try {
        copying.close();
        return true;
      } catch (IOException | RuntimeException e) {
        degrade(e);
        return false;
      }
    }
  }
}
