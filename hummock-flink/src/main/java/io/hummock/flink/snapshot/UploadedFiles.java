package io.hummock.flink.snapshot;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * Which copies of local files the JobManager holds, and which of them another checkpoint may refer
 * to again.
 *
 * <p>Thread-safe. Notifications may come late, twice, in any order, and for ids that are unknown
 * here, such as those of savepoints.
 */
/*
 * A copy may be used again if the last checkpoint known to be complete has it: the JobManager keeps
 * what that one has until a later one completes. Should a later one, not known to be complete, have
 * made another copy of the same file, or be about to, then it may well be complete before the next
 * one is, and the first copy be deleted: so that one is not used again either. Bytes within a handle
 * cannot be deleted.
 */
final class UploadedFiles {
  /**
   * A checkpoint.
   *
   * @param files the copies that it refers to, by the name of the file
   * @param isWritten whether that is all; else it may still make others
   */
  private record Known(Map<String, StreamStateHandle> files, boolean isWritten) {}

  // Guarded by this.
  private final NavigableMap<Long, Known> byCheckpoint = new TreeMap<>();
  private long lastCompleted = Long.MIN_VALUE;

  /**
   * A checkpoint begins.
   *
   * @param shares whether it may refer to copies of earlier ones
   * @return the copies to refer to again, by the name of the file; it makes copies of all others
   */
  synchronized Map<String, StreamStateHandle> begin(long checkpoint, boolean shares) {
    Map<String, StreamStateHandle> reusable = shares ? reusable() : Map.of();
    if (checkpoint > lastCompleted) {
      byCheckpoint.put(checkpoint, new Known(reusable, false));
    }
    return reusable;
  }

  private Map<String, StreamStateHandle> reusable() {
    Known last = byCheckpoint.get(lastCompleted);
    Map<String, StreamStateHandle> reusable =
        last == null ? new HashMap<>() : new HashMap<>(last.files);
    for (Known later : byCheckpoint.tailMap(lastCompleted, false).values()) {
      if (!later.isWritten) {
        reusable
            .entrySet()
            .removeIf(
                entry ->
                    !(entry.getValue() instanceof ByteStreamStateHandle)
                        && !entry.getValue().equals(later.files.get(entry.getKey())));
      }
      later.files.forEach(
          (name, handle) -> {
            if (handle instanceof ByteStreamStateHandle) {
              reusable.put(name, handle);
            } else if (!handle.equals(reusable.get(name))) {
              reusable.remove(name);
            }
          });
    }
    return reusable;
  }

  /** What a checkpoint refers to, by the name of the file. */
  synchronized void add(long checkpoint, Map<String, StreamStateHandle> files) {
    if (checkpoint > lastCompleted) {
      byCheckpoint.put(checkpoint, new Known(Map.copyOf(files), true));
    }
  }

  /** A checkpoint that was begun is not going on, unless it is written. */
  synchronized void giveUp(long checkpoint) {
    Known known = byCheckpoint.get(checkpoint);
    if (known != null && !known.isWritten) {
      byCheckpoint.remove(checkpoint);
    }
  }

  synchronized void completed(long checkpoint) {
    Known known = byCheckpoint.get(checkpoint);
    if (checkpoint > lastCompleted && known != null && known.isWritten) {
      lastCompleted = checkpoint;
      byCheckpoint.headMap(checkpoint, false).clear();
    }
  }

  synchronized void aborted(long checkpoint) {
    if (checkpoint != lastCompleted) {
      byCheckpoint.remove(checkpoint);
    }
  }
}
