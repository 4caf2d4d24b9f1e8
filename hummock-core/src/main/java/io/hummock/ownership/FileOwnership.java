package io.hummock.ownership;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.objectstore.ObjectStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides about the life of each object that this engine wrote, and ends it.
 *
 * <p>Thread-safe.
 */
public final class FileOwnership {
  /*
   * An object is deleted when all of this holds:
   *   1. this engine wrote it (only such objects are known here, by their path);
   *   2. no version and no pin names it (`inUse`);
   *   3. no snapshot has a claim on it that is still pending (`claims`);
   *   4. none was ever handed over: then it belongs to somebody else, for ever.
   * It never lists, so an object that it does not know is never touched: restored ones, and those
   * of other engines below the same root.
   *
   * Deleting may fail, so what is condemned waits in a queue until a deletion has succeeded. The
   * queue is worked off by `deleteCondemned`, which does I/O and is called under no lock.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FileOwnership.class);
  private static final int BATCH = 500;

  private final ObjectStore objects;

  @GuardedBy("this")
  private final Map<String, OwnFile> own = new HashMap<>();

  @GuardedBy("this")
  private final Deque<String> condemned = new ArrayDeque<>();

  @GuardedBy("this")
  private long deleted;

  @GuardedBy("this")
  private long failures;

  private static final class OwnFile {
    boolean inUse = true;
    boolean wasClaimed;
    boolean handedOver;
    int claims;
  }

  public FileOwnership(ObjectStore objects) {
    this.objects = objects;
  }

  /** An object is about to be written by this engine. */
  public synchronized void created(String path) {
    OwnFile before = own.put(path, new OwnFile());
    assert before == null : path;
  }

  /**
   * No version and no pin names these any more, or they never came to be named. Paths that are not
   * ours are ignored.
   */
  public synchronized void unused(Collection<String> paths) {
    for (String path : paths) {
      OwnFile file = own.get(path);
      if (file != null) {
        file.inUse = false;
        condemnIfFree(path, file);
      }
    }
  }

  /** Whether this engine wrote the object and has not handed it over. */
  public synchronized boolean isOwn(String path) {
    OwnFile file = own.get(path);
    return file != null && !file.handedOver;
  }

  /** Whether a snapshot has, or had for good, this object: its claim is pending or handed over. */
  public synchronized boolean isInSnapshot(String path) {
    OwnFile file = own.get(path);
    return file != null && (file.handedOver || file.claims > 0);
  }

  /**
   * Begins a claim of one snapshot on an object that is in use.
   *
   * @return whether the object is ours, and this is the first claim that it ever had
   */
  public synchronized boolean claim(String path) {
    OwnFile file = own.get(path);
    if (file == null) {
      return false;
    }
    assert file.inUse : path;
    boolean isFirst = !file.wasClaimed;
    file.wasClaimed = true;
    file.claims++;
    return isFirst;
  }

  /** Ends a claim: the snapshot does not need the object. */
  public synchronized void release(String path) {
    OwnFile file = own.get(path);
    if (file != null) {
      endClaim(path, file);
      condemnIfFree(path, file);
    }
  }

  /** Ends a claim: whoever has the snapshot now decides about the object. */
  public synchronized void handOver(String path) {
    OwnFile file = own.get(path);
    if (file != null) {
      file.handedOver = true;
      endClaim(path, file);
      condemnIfFree(path, file);
    }
  }

  @GuardedBy("this")
  private void endClaim(String path, OwnFile file) {
    if (file.claims == 0) {
      throw new IllegalStateException("no claim on " + path);
    }
    file.claims--;
  }

  @GuardedBy("this")
  private void condemnIfFree(String path, OwnFile file) {
    if (file.inUse || file.claims > 0) {
      return;
    }
    own.remove(path);
    if (!file.handedOver) {
      condemned.add(path);
    }
  }

  /** Whether {@link #deleteCondemned} has something to do. */
  public synchronized boolean hasCondemned() {
    return !condemned.isEmpty();
  }

  /**
   * Deletes what nobody needs. What cannot be deleted now is kept for the next call; failures are
   * counted and logged, never thrown.
   *
   * @return whether nothing is left to delete
   */
  public boolean deleteCondemned() {
    int remaining;
    synchronized (this) {
      remaining = condemned.size();
    }
    while (remaining > 0) {
      List<String> batch = new ArrayList<>();
      synchronized (this) {
        while (batch.size() < Math.min(BATCH, remaining) && !condemned.isEmpty()) {
          batch.add(condemned.remove());
        }
      }
      if (batch.isEmpty()) {
        break;
      }
      remaining -= batch.size();
      boolean done = delete(batch);
      synchronized (this) {
        if (done) {
          deleted += batch.size();
        } else {
          failures++;
          condemned.addAll(batch);
        }
      }
    }
    return !hasCondemned();
  }

  private boolean delete(List<String> paths) {
    try {
      objects.delete(paths);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("Could not delete {} objects, will try again: {}", paths.size(), paths, e);
      return false;
    }
  }

  /** The objects of this engine that it is still responsible for, in no order. */
  public synchronized List<String> ownFiles() {
    List<String> paths = new ArrayList<>(condemned);
    own.forEach(
        (path, file) -> {
          if (!file.handedOver) {
            paths.add(path);
          }
        });
    return paths;
  }

  /**
   * What was deleted so far.
   *
   * @param deleted the objects deleted
   * @param failures the calls that failed
   * @param waiting the objects that wait to be deleted
   */
  public record Counts(long deleted, long failures, int waiting) {}

  public synchronized Counts counts() {
    return new Counts(deleted, failures, condemned.size());
  }
}
