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
 * made another copy of the same file, then it may well be complete, and the first copy be deleted:
 * so that one is not used again either. Bytes within a handle cannot be deleted.
 */
final class UploadedFiles {
  // Guarded by this.
  private final NavigableMap<Long, Map<String, StreamStateHandle>> byCheckpoint = new TreeMap<>();
  private long lastCompleted = Long.MIN_VALUE;

  /** The copies to refer to again, by the name of the file. */
  synchronized Map<String, StreamStateHandle> reusable() {
    Map<String, StreamStateHandle> reusable =
        new HashMap<>(byCheckpoint.getOrDefault(lastCompleted, Map.of()));
    for (Map<String, StreamStateHandle> later :
        byCheckpoint.tailMap(lastCompleted, false).values()) {
      later.forEach(
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
      byCheckpoint.put(checkpoint, Map.copyOf(files));
    }
  }

  synchronized void completed(long checkpoint) {
    if (checkpoint > lastCompleted && byCheckpoint.containsKey(checkpoint)) {
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
