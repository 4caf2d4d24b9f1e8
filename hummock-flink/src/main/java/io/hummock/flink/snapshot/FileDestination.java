package io.hummock.flink.snapshot;

import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import io.hummock.bytes.Slice;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.objectstore.ObjectNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.apache.flink.core.fs.EntropyInjector;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/** Copies files of the tree to where a snapshot is. */
final class FileDestination {
  private static final int READ_BYTES = 1 << 20;

  private final Checkpoint checkpoint;
  private final UriObjectStore objects;
  private final CheckpointStreamFactory streams;
  private final CheckpointedStateScope scope;

  FileDestination(
      Checkpoint checkpoint,
      UriObjectStore objects,
      CheckpointStreamFactory streams,
      CheckpointedStateScope scope) {
    this.checkpoint = checkpoint;
    this.objects = objects;
    this.streams = streams;
    this.scope = scope;
  }

  /**
   * Copies a file. Into a snapshot's own directory the stores copy it themselves, on the server's
   * side where they can, and the handle is relative to that directory, so that it can be moved;
   * elsewhere the bytes go through a stream of the checkpoint storage.
   */
  StreamStateHandle copy(CheckpointFile file) throws IOException {
    String from = checkpoint.currentPath(file);
    try {
      return copy(file, from);
    } catch (ObjectNotFoundException e) {
      String now = checkpoint.currentPath(file);
      if (now.equals(from)) {
        throw e;
      }
      return copy(file, now);
    }
  }

  private StreamStateHandle copy(CheckpointFile file, String from) throws IOException {
    if (scope == CheckpointedStateScope.EXCLUSIVE
        && streams instanceof FsCheckpointStreamFactory directory) {
      Path target = directory.getTargetPath(scope);
      FileSystem fileSystem = FileSystem.getUnguardedFileSystem(target.toUri());
      if (!EntropyInjector.isEntropyInjecting(fileSystem, target)) {
        return copyInto(target, file, from);
      }
    }
    return copyThroughStream(file, from);
  }

  /* The name is a new one: after a rescale several subtasks have the same file, and each of them
   * copies it and may delete its copy. */
  private StreamStateHandle copyInto(Path directory, CheckpointFile file, String from)
      throws IOException {
    String suffix = file.name().substring(file.name().lastIndexOf('.'));
    String name = UUID.randomUUID() + suffix;
    Path target = new Path(directory, name);
    try {
      objects.copy(from, UriObjectStore.pathOf(target));
    } catch (IOException | RuntimeException e) {
      // It may be there all the same.
      try {
        objects.delete(List.of(UriObjectStore.pathOf(target)));
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return new RelativeFileStateHandle(target, name, file.bytes());
  }

  private StreamStateHandle copyThroughStream(CheckpointFile file, String from) throws IOException {
    try (CheckpointStateOutputStream out = streams.createCheckpointStateOutputStream(scope)) {
      for (long at = 0; at < file.bytes(); ) {
        int length = (int) Math.min(READ_BYTES, file.bytes() - at);
        Slice bytes = objects.read(from, at, length);
        out.write(bytes.array(), bytes.offset(), bytes.length());
        at += length;
      }
      StreamStateHandle handle = out.closeAndGetHandle();
      return handle != null ? handle : new ByteStreamStateHandle(file.name(), new byte[0]);
    } catch (ObjectNotFoundException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException("could not copy " + from + " into the snapshot", e);
    }
  }
}
