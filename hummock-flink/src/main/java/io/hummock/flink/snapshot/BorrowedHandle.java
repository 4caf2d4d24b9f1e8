package io.hummock.flink.snapshot;

import java.io.IOException;
import java.io.Serial;
import java.util.Optional;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.PhysicalStateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * What an earlier checkpoint holds and a later one refers to again, as long as the later one is in
 * this process: discarding it does nothing, serialising it writes the handle itself in its place.
 */
final class BorrowedHandle implements StreamStateHandle {
  @Serial private static final long serialVersionUID = 1L;

  private final StreamStateHandle handle;

  private BorrowedHandle(StreamStateHandle handle) {
    this.handle = handle;
  }

  /** A handle that can be discarded without harm. */
  static StreamStateHandle of(StreamStateHandle handle) {
    // Discarding bytes in memory does nothing anyway.
    if (handle instanceof ByteStreamStateHandle) {
      return handle;
    }
    return handle.getClass() == FileStateHandle.class
        ? new BorrowedFile((FileStateHandle) handle)
        : new BorrowedHandle(handle);
  }

  @Override
  public FSDataInputStream openInputStream() throws IOException {
    return handle.openInputStream();
  }

  @Override
  public Optional<byte[]> asBytesIfInMemory() {
    return handle.asBytesIfInMemory();
  }

  @Override
  public Optional<Path> maybeGetPath() {
    return handle.maybeGetPath();
  }

  @Override
  public PhysicalStateHandleID getStreamStateHandleID() {
    return handle.getStreamStateHandleID();
  }

  @Override
  public long getStateSize() {
    return handle.getStateSize();
  }

  @Override
  public void discardState() {}

  @Serial
  private Object writeReplace() {
    return handle;
  }

  @Override
  public String toString() {
    return handle.toString();
  }

  /** Also in this process a file's handle is one of Flink's own kind. */
  private static final class BorrowedFile extends FileStateHandle {
    @Serial private static final long serialVersionUID = 1L;

    BorrowedFile(FileStateHandle file) {
      super(file.getFilePath(), file.getStateSize());
    }

    @Override
    public void discardState() {}

    @Serial
    private Object writeReplace() {
      return new FileStateHandle(getFilePath(), getStateSize());
    }
  }
}
