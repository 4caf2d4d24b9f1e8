package io.hummock.flink.ownership;

import io.hummock.BackgroundExecutor;
import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.ownership.JobManager.Kept;
import io.hummock.flink.storage.FileSystemObjectStore;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.testing.SimulatedExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;

/** What a completed snapshot owes until it is discarded. */
final class SnapshotCheck {
  private SnapshotCheck() {}

  /** All its files are there. They are never written again, so they are what they were. */
  static void exists(Kept snapshot) {
    for (String file : snapshot.files()) {
      if (!MemoryFileSystem.has(file)) {
        throw new AssertionError("snapshot " + snapshot.pointer() + " has lost " + file);
      }
    }
  }

  /** Opened as a tree it has what was written before its barriers. */
  static void verify(Kept snapshot, SplittableRandom random) throws Exception {
    exists(snapshot);
    List<KeyedStateHandle> handles = new ArrayList<>();
    for (OperatorState operator : JobManager.metadata(snapshot.pointer()).getOperatorStates()) {
      for (OperatorSubtaskState state : operator.getStates()) {
        handles.addAll(state.getManagedKeyedState());
      }
    }
    BackgroundExecutor idle = new SimulatedExecutor(random);
    try (HummockStore store =
        Subtask.restore(
                Subtask.options(random),
                Subtask.objects(new FileSystemObjectStore()),
                MemoryFileSystem.SCHEME + ":/verification",
                idle,
                idle,
                KeyGroupRange.of(0, JobManager.KEY_GROUPS - 1),
                handles,
                random)
            .store()) {
      TreeMap<Slice, Slice> found = new TreeMap<>();
      try (UserIterator entries = store.scan(Slice.EMPTY, null, Direction.FORWARD)) {
        for (entries.rewind(); entries.isValid(); entries.next()) {
          found.put(entries.key().copy(), entries.value().copy());
        }
      }
      if (!found.equals(snapshot.content())) {
        throw new AssertionError(
            "snapshot %s has %d entries, which are not the %d that it should have"
                .formatted(snapshot.pointer(), found.size(), snapshot.content().size()));
      }
    }
  }
}
