package io.hummock.objectstore;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.metrics.Clock;
import io.hummock.objectstore.ObjectStore.Range;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which copies are in a mirror, and which bytes of its limit they take. Knows only names and
 * lengths: who gets names to delete deletes them and then {@linkplain #release releases} their
 * bytes. Thread-safe.
 */
final class MirrorSpace {
  /*
   * `reservedBytes` counts every byte that is or may be in the mirror: of copies, of copies being
   * written, and of those that could not be deleted. It is raised before a byte is written and
   * lowered after a file is gone, so that the mirror never holds more than `limitBytes`.
   * `copiedBytes` is the part of it that deleting all copies would set free.
   */
  private static final class Copy {
    final long bytes;

    /** When it was written or read last. */
    long usedAt;

    Copy(long bytes, long usedAt) {
      this.bytes = bytes;
      this.usedAt = usedAt;
    }
  }

  private final long limitBytes;
  private final Clock clock;

  /** The one that was not used for longest first. */
  @GuardedBy("this")
  private final LinkedHashMap<String, Copy> copies = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("this")
  private long copiedBytes;

  @GuardedBy("this")
  private long reservedBytes;

  MirrorSpace(long limitBytes, Clock clock) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("limit of " + limitBytes + " bytes");
    }
    this.limitBytes = limitBytes;
    this.clock = clock;
  }

  /** Takes all of it for good: unknown bytes are in the mirror. */
  synchronized void fill() {
    reservedBytes = limitBytes;
  }

  synchronized long reservedBytes() {
    return reservedBytes;
  }

  synchronized boolean contains(String path) {
    return copies.containsKey(path);
  }

  /** Whether a copy has these bytes, which are read now. Past the end the remote store knows. */
  synchronized boolean hasToRead(String path, List<Range> ranges) {
    Copy copy = copies.get(path);
    if (copy == null) {
      return false;
    }
    copy.usedAt = clock.nanoTime();
    for (Range range : ranges) {
      if (range.offset() > copy.bytes - range.length()) {
        return false;
      }
    }
    return true;
  }

  /** Whether deleting copies can make room for so many bytes. */
  synchronized boolean canHold(long bytes) {
    return bytes <= limitBytes - (reservedBytes - copiedBytes);
  }

  /**
   * Forgets as many copies as have to go before {@link #reserve} can succeed, those first that were
   * not used for longest.
   *
   * @param idleNanos for how long a copy must not have been used to be forgotten
   * @return the copies to delete, and their bytes
   */
  synchronized Map<String, Long> makeRoom(long bytes, long idleNanos) {
    Map<String, Long> evicted = new LinkedHashMap<>();
    long free = limitBytes - reservedBytes;
    Iterator<Map.Entry<String, Copy>> oldest = copies.entrySet().iterator();
    while (free < bytes && oldest.hasNext()) {
      Map.Entry<String, Copy> entry = oldest.next();
      Copy copy = entry.getValue();
      if (clock.nanoTime() - copy.usedAt < idleNanos) {
        break;
      }
      evicted.put(entry.getKey(), copy.bytes);
      free += copy.bytes;
      copiedBytes -= copy.bytes;
      oldest.remove();
    }
    return evicted;
  }

  /** Takes bytes of the limit; false if so many are not free. */
  synchronized boolean reserve(long bytes) {
    if (bytes > limitBytes - reservedBytes) {
      return false;
    }
    reservedBytes += bytes;
    return true;
  }

  /** A copy is complete, for which these bytes were reserved. */
  synchronized void add(String path, long bytes) {
    copies.put(path, new Copy(bytes, clock.nanoTime()));
    copiedBytes += bytes;
  }

  /** Forgets copies; returns those that there were, to be deleted. */
  synchronized Map<String, Long> remove(Collection<String> paths) {
    Map<String, Long> removed = new LinkedHashMap<>();
    for (String path : paths) {
      Copy copy = copies.remove(path);
      if (copy != null) {
        copiedBytes -= copy.bytes;
        removed.put(path, copy.bytes);
      }
    }
    return removed;
  }

  /** Gives bytes back that are not in the mirror any more. */
  synchronized void release(long bytes) {
    reservedBytes -= bytes;
  }
}
