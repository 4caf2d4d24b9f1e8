package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import java.io.IOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that keeps copies of its objects on a disk nearby, within a limit of bytes. Objects that
 * are written through it are copied while they are uploaded; reads come from the copy where there
 * is one; the copy that was not read for longest makes room for the next.
 *
 * <p>The disk is a help and never a condition: where it is full, read-only, slow to fail or gone,
 * every call does what it would do without, and one warning is logged. A copy is not verified, as
 * whoever reads Hummock's blocks verifies their checksums: {@link #distrust} drops a copy that was
 * found wrong, and the next read is from the remote store.
 */
public final class MirroredObjectStore implements ObjectStore {
  /** How long a mirror that could not be written is left alone. */
  static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final Logger LOG = LoggerFactory.getLogger(MirroredObjectStore.class);

  /*
   * `reservedBytes` counts every byte that is or may be in the mirror: of copies, of copies being
   * written, and of those that could not be deleted. It is raised before a byte is written and
   * lowered after a file is gone, so that the mirror never holds more than `limitBytes`.
   * `copiedBytes` is the part of it that deleting all copies would set free.
   *
   * Whatever the mirror throws is caught, runtime exceptions too: a file system has its own idea of
   * which names are possible.
   */
  private final ObjectStore remote;
  private final ObjectStore mirror;
  private final long limitBytes;
  private final Clock clock;

  // Guarded by lock. No I/O is done under it.
  private final Object lock = new Object();

  /** The copies and their lengths, the one that was not read for longest first. */
  private final LinkedHashMap<String, Long> copies = new LinkedHashMap<>(16, 0.75f, true);

  private long copiedBytes;
  private long reservedBytes;
  private boolean warned;
  private boolean paused;
  private long pausedUntil;

  /**
   * Begins with an empty mirror.
   *
   * @param remote where the objects are; closed with this store
   * @param mirror where the copies are: nobody else may use it, and what is in it is deleted;
   *     closed with this store
   * @param limitBytes how many bytes of copies there are at most
   * @param clock times the pause after an error of the mirror
   */
  public MirroredObjectStore(ObjectStore remote, ObjectStore mirror, long limitBytes, Clock clock) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("limit of " + limitBytes + " bytes");
    }
    this.remote = remote;
    this.mirror = mirror;
    this.limitBytes = limitBytes;
    this.clock = clock;
    try {
      mirror.delete(mirror.list(""));
    } catch (IOException | RuntimeException e) {
      // Unknown bytes lie there, so none may be added, ever.
      reservedBytes = limitBytes;
      degrade(e);
    }
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    return new Writer(path, remote.create(path));
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    Range range = new Range(offset, length);
    if (areCopied(path, List.of(range))) {
      try {
        return mirror.read(path, offset, length);
      } catch (IOException | RuntimeException e) {
        mirrorReadFailed(path, e);
      }
    }
    return remote.read(path, offset, length);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    if (areCopied(path, ranges)) {
      try {
        return mirror.read(path, ranges);
      } catch (IOException | RuntimeException e) {
        mirrorReadFailed(path, e);
      }
    }
    return remote.read(path, ranges);
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

  /** The bytes that copies take, or may take. Never above the limit. */
  public long mirroredBytes() {
    synchronized (lock) {
      return reservedBytes;
    }
  }

  @Override
  public void close() throws IOException {
    try (mirror) {
      remote.close();
    }
  }

  /** Whether a copy has these bytes, which are read now. Past the end the remote store knows. */
  private boolean areCopied(String path, List<Range> ranges) {
    synchronized (lock) {
      Long bytes = copies.get(path);
      if (bytes == null) {
        return false;
      }
      for (Range range : ranges) {
        if (range.offset() > bytes - range.length()) {
          return false;
        }
      }
      return true;
    }
  }

  private void mirrorReadFailed(String path, Exception e) {
    boolean expected;
    synchronized (lock) {
      // Whoever made room for another copy may have deleted this one in the meantime.
      expected = !copies.containsKey(path);
    }
    if (!expected && !Thread.currentThread().isInterrupted()) {
      drop(List.of(path));
      degrade(e);
    }
  }

  /** Forgets copies and deletes them. */
  private void drop(Collection<String> paths) {
    Map<String, Long> dropped = new LinkedHashMap<>();
    synchronized (lock) {
      for (String path : paths) {
        Long bytes = copies.remove(path);
        if (bytes != null) {
          copiedBytes -= bytes;
          dropped.put(path, bytes);
        }
      }
    }
    deleteCopies(dropped);
  }

  /**
   * Takes bytes of the limit, for which older copies are deleted.
   *
   * @return false if there is no room even so
   */
  private boolean reserve(long bytes) {
    Map<String, Long> evicted = new LinkedHashMap<>();
    synchronized (lock) {
      if (bytes > limitBytes - (reservedBytes - copiedBytes)) {
        return false; // what is left after deleting all copies would not do
      }
      long free = limitBytes - reservedBytes;
      Iterator<Map.Entry<String, Long>> oldest = copies.entrySet().iterator();
      while (free < bytes) {
        Map.Entry<String, Long> copy = oldest.next();
        evicted.put(copy.getKey(), copy.getValue());
        free += copy.getValue();
        copiedBytes -= copy.getValue();
        oldest.remove();
      }
    }
    deleteCopies(evicted);
    synchronized (lock) {
      if (bytes > limitBytes - reservedBytes) {
        return false; // some could not be deleted, or another writer was faster
      }
      reservedBytes += bytes;
      return true;
    }
  }

  private void deleteCopies(Map<String, Long> paths) {
    for (Map.Entry<String, Long> copy : paths.entrySet()) {
      try {
        mirror.delete(List.of(copy.getKey()));
      } catch (IOException | RuntimeException e) {
        degrade(e); // its bytes stay reserved, as they may still be there
        continue;
      }
      release(copy.getValue());
    }
  }

  private void release(long bytes) {
    synchronized (lock) {
      reservedBytes -= bytes;
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
      if (limitBytes > 0 && !isPaused()) {
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
      if (!reserve(bytes.length())) {
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
      synchronized (lock) {
        copies.put(path, reserved);
        copiedBytes += reserved;
      }
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
