package io.hummock.examples.job;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/** The files that a retained checkpoint is made of, read from its metadata. */
final class CheckpointFiles {
  private final Set<String> paths = new TreeSet<>();

  private CheckpointFiles() {}

  /** The URIs of all of them, the metadata file included. */
  static Set<String> of(String retained) throws IOException {
    CheckpointFiles files = new CheckpointFiles();
    Path metadata = new Path(retained, "_metadata");
    files.paths.add(metadata.toUri().toString());
    try (DataInputStream in =
        new DataInputStream(FileSystem.get(metadata.toUri()).open(metadata))) {
      files.add(
          Checkpoints.loadCheckpointMetadata(
              in, CheckpointFiles.class.getClassLoader(), metadata.toString()));
    }
    return files.paths;
  }

  private void add(CheckpointMetadata checkpoint) {
    for (OperatorState operator : checkpoint.getOperatorStates()) {
      if (operator.getCoordinatorState() != null) {
        add(operator.getCoordinatorState());
      }
      for (OperatorSubtaskState subtask : operator.getStates()) {
        subtask.getManagedOperatorState().forEach(this::add);
        subtask.getRawOperatorState().forEach(this::add);
        subtask.getManagedKeyedState().forEach(this::add);
        subtask.getRawKeyedState().forEach(this::add);
      }
    }
  }

  private void add(OperatorStateHandle handle) {
    add(handle.getDelegateStateHandle());
  }

  private void add(KeyedStateHandle handle) {
    if (handle instanceof IncrementalRemoteKeyedStateHandle incremental) {
      add(incremental.getMetaDataStateHandle());
      for (HandleAndLocalPath file : incremental.getSharedState()) {
        add(file.getHandle());
      }
      for (HandleAndLocalPath file : incremental.getPrivateState()) {
        add(file.getHandle());
      }
    } else if (handle instanceof KeyGroupsStateHandle full) {
      add(full.getDelegateStateHandle());
    } else {
      throw new AssertionError("unexpected " + handle);
    }
  }

  private void add(StreamStateHandle handle) {
    // Others keep their bytes within the metadata.
    if (handle instanceof FileStateHandle file) {
      paths.add(file.getFilePath().toUri().toString());
    }
  }
}
