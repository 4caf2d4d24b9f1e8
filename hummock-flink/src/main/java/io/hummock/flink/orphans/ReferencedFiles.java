package io.hummock.flink.orphans;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateHandleStreamImpl;
import org.apache.flink.runtime.state.changelog.inmemory.InMemoryChangelogStateHandle;
import org.apache.flink.runtime.state.filemerging.SegmentFileStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * The names of all files that checkpoints refer to, without their directories: a table's name is
 * used once, so an object whose name is here is kept wherever it lies and however its URI is
 * spelled. For one thread.
 */
final class ReferencedFiles {
  private final Set<String> names = new HashSet<>();

  boolean contains(String name) {
    return names.contains(name);
  }

  /**
   * Adds the files of a checkpoint. In-flight data of channels are left out: Flink alone writes and
   * names them.
   *
   * @throws IOException if it has a handle of an unknown kind, whose files nobody could tell
   */
  void add(CheckpointMetadata checkpoint) throws IOException {
    for (OperatorState operator : checkpoint.getOperatorStates()) {
      for (OperatorSubtaskState subtask : operator.getStates()) {
        addAll(subtask.getManagedKeyedState());
        addAll(subtask.getRawKeyedState());
        addAll(subtask.getManagedOperatorState());
        addAll(subtask.getRawOperatorState());
      }
    }
  }

  private void addAll(Iterable<? extends StateObject> handles) throws IOException {
    for (StateObject handle : handles) {
      add(handle);
    }
  }

  private void add(StateObject handle) throws IOException {
    if (handle instanceof FileStateHandle file) {
      names.add(file.getFilePath().getName());
    } else if (handle instanceof SegmentFileStateHandle segment) {
      names.add(segment.getFilePath().getName());
    } else if (handle instanceof IncrementalRemoteKeyedStateHandle incremental) {
      for (HandleAndLocalPath shared : incremental.getSharedState()) {
        add(shared.getHandle());
      }
      for (HandleAndLocalPath own : incremental.getPrivateState()) {
        add(own.getHandle());
      }
      add(incremental.getMetaDataStateHandle());
    } else if (handle instanceof KeyGroupsStateHandle keyGroups) {
      add(keyGroups.getDelegateStateHandle());
    } else if (handle instanceof OperatorStateHandle operator) {
      add(operator.getDelegateStateHandle());
    } else if (handle instanceof ChangelogStateBackendHandle changelog) {
      addAll(changelog.getMaterializedStateHandles());
      addAll(changelog.getNonMaterializedStateHandles());
    } else if (handle instanceof ChangelogStateHandleStreamImpl changes) {
      for (var stream : changes.getHandlesAndOffsets()) {
        add(stream.f0);
      }
    } else if (!(handle instanceof ByteStreamStateHandle
        || handle instanceof InMemoryChangelogStateHandle)) {
      throw new IOException("unknown kind of state handle: " + handle.getClass().getName());
    }
  }
}
