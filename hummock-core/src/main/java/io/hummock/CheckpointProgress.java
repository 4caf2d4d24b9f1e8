package io.hummock;

/**
 * Told how far a checkpoint is, several times a second by whoever waits for it, and by any thread
 * that has copied something; under no lock. Implementations are thread-safe and fast.
 */
public interface CheckpointProgress {
  /** Wants to know nothing. */
  CheckpointProgress NONE = new CheckpointProgress() {};

  /**
   * Memtables are being flushed.
   *
   * @param done bytes of memory that were flushed, roughly
   * @param total bytes of memory that had to be flushed when it began
   */
  default void flushed(long done, long total) {}

  /**
   * Objects are being copied, see {@link Sharing#FORWARD}.
   *
   * @param done bytes of objects that were copied
   * @param total bytes of all objects to copy
   */
  default void copied(long done, long total) {}
}
