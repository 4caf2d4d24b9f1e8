package io.hummock;

import java.io.Closeable;
import java.io.IOException;

/**
 * A checkpoint whose epoch is sealed and whose objects are still being written. What the tree takes
 * up after the seal is not part of it.
 */
public interface PendingCheckpoint extends Closeable {
  /** The sealed epoch. */
  long epoch();

  /**
   * Waits until everything up to the sealed epoch lies in the object store, and claims the objects.
   * To be called once, from any thread; interrupting it gives up.
   *
   * @param progress told how far it is
   */
  Checkpoint complete(CheckpointProgress progress) throws IOException;

  /** As {@link #complete(CheckpointProgress)}, telling nobody. */
  default Checkpoint complete() throws IOException {
    return complete(CheckpointProgress.NONE);
  }

  /** Gives up, unless completed. Closing twice is allowed. */
  @Override
  void close();
}
