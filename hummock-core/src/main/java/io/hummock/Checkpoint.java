package io.hummock;

import io.hummock.bytes.Slice;
import java.io.Closeable;
import java.util.List;

/**
 * A completed checkpoint: a manifest, and a claim on each object that it needs. The store deletes
 * none of these while the claim is pending, and never again one that was {@linkplain #handOver
 * handed over}.
 *
 * <p>Thread-safe.
 */
public interface Checkpoint extends Closeable {
  /** The id that the caller gave. */
  long id();

  /** The epoch sealed for it. */
  long epoch();

  /** The manifest; see docs/format.md. */
  Slice manifest();

  /**
   * The objects of the manifest, and behind them those that open readers still use although the
   * tree no longer does.
   */
  List<CheckpointFile> files();

  /**
   * Where an object of a checkpoint with {@link Sharing#NO_SHARING} lies now: a copy may have taken
   * its place. Elsewhere its {@linkplain CheckpointFile#path path}.
   */
  String currentPath(CheckpointFile file);

  /**
   * Ends this checkpoint's claim on an object: the store may delete it when nothing else uses it.
   */
  void release(CheckpointFile file);

  /** Gives an object away: somebody else deletes it from now on, the store never. */
  void handOver(CheckpointFile file);

  /** Releases all claims that are still pending. Closing twice is allowed. */
  @Override
  void close();
}
