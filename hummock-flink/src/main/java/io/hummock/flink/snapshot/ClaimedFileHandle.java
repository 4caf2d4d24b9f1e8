package io.hummock.flink.snapshot;

import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import java.io.Serial;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/**
 * A live file of the tree within a snapshot, as long as the snapshot is in this process: a guard of
 * the snapshot's claim on the file.
 *
 * <p>Discarding it releases the claim and deletes nothing, since the tree goes on using the file.
 * Serialising it, which is what the acknowledgement to the JobManager does, hands the file over for
 * good and writes a plain {@link FileStateHandle} in its place: nobody else ever meets this class.
 */
final class ClaimedFileHandle extends FileStateHandle {
  @Serial private static final long serialVersionUID = 1L;

  private final transient Checkpoint checkpoint;
  private final transient CheckpointFile file;

  ClaimedFileHandle(Checkpoint checkpoint, CheckpointFile file) {
    super(new Path(file.path()), file.bytes());
    this.checkpoint = checkpoint;
    this.file = file;
  }

  @Override
  public void discardState() {
    checkpoint.release(file);
  }

  @Serial
  private Object writeReplace() {
    checkpoint.handOver(file);
    return new FileStateHandle(getFilePath(), getStateSize());
  }
}
