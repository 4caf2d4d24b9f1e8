package io.hummock.flink.snapshot;

import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.util.concurrent.atomic.AtomicReference;
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

  private enum Claim {
    PENDING,
    RELEASED,
    HANDED_OVER
  }

  private final transient Checkpoint checkpoint;
  private final transient CheckpointFile file;
  private final transient AtomicReference<Claim> claim = new AtomicReference<>(Claim.PENDING);

  ClaimedFileHandle(Checkpoint checkpoint, CheckpointFile file) {
    super(new Path(file.path()), file.bytes());
    this.checkpoint = checkpoint;
    this.file = file;
  }

  @Override
  public void discardState() {
    if (claim.compareAndSet(Claim.PENDING, Claim.RELEASED)) {
      checkpoint.release(file);
    }
  }

  @Serial
  private Object writeReplace() throws ObjectStreamException {
    if (claim.compareAndSet(Claim.PENDING, Claim.HANDED_OVER)) {
      checkpoint.handOver(file);
    } else if (claim.get() == Claim.RELEASED) {
      throw new InvalidObjectException(
          file.path() + " was discarded with its snapshot and may be deleted by now");
    }
    return new FileStateHandle(getFilePath(), getStateSize());
  }
}
