package io.hummock.flink.restore;

import java.io.IOException;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataInputStreamWrapper;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.PhysicalStateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * A canonical savepoint whose reading is counted.
 *
 * @param handle of the key groups that are wanted; counts what is read through it
 * @param bytes how long their entries are in the savepoint
 */
record CountedSavepoint(KeyGroupsStateHandle handle, long bytes) {
  /**
   * A part of a savepoint.
   *
   * @param keyGroups the wanted ones; some of them are in the savepoint
   * @param bytesRead grows by what is read
   */
  static CountedSavepoint of(
      KeyGroupsStateHandle savepoint, KeyGroupRange keyGroups, AtomicLong bytesRead) {
    KeyGroupRange wanted = savepoint.getKeyGroupRange().getIntersection(keyGroups);
    long bytes = 0;
    NavigableSet<Long> offsets = new TreeSet<>();
    savepoint.getGroupRangeOffsets().forEach(keyGroup -> offsets.add(keyGroup.f1));
    offsets.add(savepoint.getStateSize());
    for (int keyGroup : wanted) {
      bytes += length(savepoint.getOffsetForKeyGroup(keyGroup), offsets);
    }
    StreamStateHandle counted =
        new CountedStreamHandle(savepoint.getDelegateStateHandle(), bytesRead);
    return new CountedSavepoint(
        new KeyGroupsStateHandle(savepoint.getGroupRangeOffsets().getIntersection(wanted), counted),
        bytes);
  }

  /** From an offset to the next one; a key group without entries has the offset 0. */
  private static long length(long offset, NavigableSet<Long> offsets) {
    Long end = offsets.higher(offset);
    return offset == 0 || end == null ? 0 : end - offset;
  }

  /** Only to be read from: never sent, and never discarded. */
  private static final class CountedStreamHandle implements StreamStateHandle {
    private static final long serialVersionUID = 1L;

    private final StreamStateHandle handle;
    private final AtomicLong bytesRead;

    CountedStreamHandle(StreamStateHandle handle, AtomicLong bytesRead) {
      this.handle = handle;
      this.bytesRead = bytesRead;
    }

    @Override
    public FSDataInputStream openInputStream() throws IOException {
      return new CountedStream(handle.openInputStream(), bytesRead);
    }

    @Override
    public Optional<byte[]> asBytesIfInMemory() {
      return handle.asBytesIfInMemory();
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

    @Override
    public String toString() {
      return handle.toString();
    }
  }

  /** For one thread. */
  private static final class CountedStream extends FSDataInputStreamWrapper {
    private final AtomicLong bytesRead;

    CountedStream(FSDataInputStream in, AtomicLong bytesRead) {
      super(in);
      this.bytesRead = bytesRead;
    }

    private void count(long bytes) {
      bytesRead.setOpaque(bytesRead.getPlain() + bytes);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] target) throws IOException {
      return read(target, 0, target.length);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count(Math.max(0, read));
      return read;
    }

    @Override
    public long skip(long length) throws IOException {
      long skipped = super.skip(length);
      count(skipped);
      return skipped;
    }
  }
}
