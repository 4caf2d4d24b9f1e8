package io.hummock.flink.ownership;

import io.hummock.flink.orphans.FoundOrphans;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.CheckpointStorageLocation;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageLocation;
import org.apache.flink.util.function.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/** Who wrote which file, and of which nobody can know any more. */
final class FileLedger implements MemoryFileSystem.Listener {
  private final String root;
  private final List<String> history;
  private final Map<String, UUID> writers = new HashMap<>();
  private final Set<String> handedOver = new HashSet<>();

  /** Of processes that were killed, and not handed over. */
  private final Set<String> ofKilled = new HashSet<>();

  /** Serialised for an acknowledgement that no JobManager that lives has registered. */
  private final Set<String> lost = new HashSet<>();

  /** Flink's registry takes them for those of a snapshot that is not claimed. */
  private final Set<String> notClaimed = new HashSet<>();

  private @Nullable UUID attempt;
  private int leftOfKilled;
  private int leftOfLost;

  FileLedger(String root, List<String> history) {
    this.root = root;
    this.history = history;
  }

  int leftOfKilled() {
    return leftOfKilled;
  }

  int leftOfLost() {
    return leftOfLost;
  }

  /** Lets an attempt do something: what is written meanwhile is its own. */
  void as(UUID doing, ThrowingRunnable<? extends Exception> action) throws Exception {
    UUID before = attempt;
    attempt = doing;
    try {
      action.run();
    } finally {
      attempt = before;
    }
  }

  @Override
  public void written(String path) throws IOException {
    if (attempt != null) {
      writers.put(path, attempt);
    }
    log("written", path);
  }

  @Override
  public void deleted(String path) {
    log("deleted", path);
  }

  private void log(String what, String path) {
    history.add(
        "    "
            + what
            + (attempt == null ? " by Flink: " : " by a task: ")
            + path.substring(root.length() + 1));
  }

  void handedOver(Collection<String> files) {
    handedOver.addAll(files);
  }

  void lost(Collection<String> files) {
    lost.addAll(files);
  }

  void killed(UUID killed) {
    writers.forEach(
        (path, writer) -> {
          if (writer.equals(killed) && !handedOver.contains(path) && MemoryFileSystem.has(path)) {
            ofKilled.add(path);
          }
        });
  }

  /** A JobManager is gone, and of what it knew the next one knows this only. */
  void replaced(JobManager gone, Set<String> known) {
    notClaimed.addAll(gone.notClaimed);
    for (String file : gone.registered) {
      if (!known.contains(file)) {
        lost.add(file);
      }
    }
  }

  List<String> filesBelow(CheckpointStorageLocation location) {
    return MemoryFileSystem.list(
        ((FsCheckpointStorageLocation) location).getCheckpointDirectory().toString());
  }

  void delete(Collection<String> files) throws IOException {
    for (String file : files) {
      Path path = new Path(file);
      path.getFileSystem().delete(path, false);
    }
  }

  void deleteBut(Collection<String> files, Set<String> kept) throws IOException {
    Set<String> gone = new HashSet<>(files);
    gone.removeAll(kept);
    delete(gone);
  }

  /**
   * Expects that nothing is left but what nobody could delete, and that it is found.
   *
   * @param isCleanedUp whether the last JobManager has deleted all that it knows
   */
  void checkLeft(JobManager last, boolean isCleanedUp) throws IOException {
    notClaimed.addAll(last.notClaimed);
    Set<String> deletable = isCleanedUp ? last.registered : Set.of();
    if (!isCleanedUp) {
      lost.addAll(last.registered);
    }
    Set<String> tables = new TreeSet<>();
    for (String file : MemoryFileSystem.list(root)) {
      if (file.contains("/shared/hummock/")) {
        tables.add(file);
      }
      if (ofKilled.contains(file)) {
        leftOfKilled++;
      } else if (notClaimed.contains(file) || (lost.contains(file) && !deletable.contains(file))) {
        leftOfLost++;
      } else {
        throw new AssertionError(file + " is left behind");
      }
    }
    Set<String> found = FoundOrphans.below(root + "/checkpoints");
    if (!found.equals(tables)) {
      throw new AssertionError("orphans found: " + found + ", left: " + tables);
    }
  }
}
