package io.hummock;

import io.hummock.bytes.Slice;
import java.util.Map;

/**
 * A checkpoint to restore from: what it says, and where its files are now. A manifest names files,
 * never places, so that a checkpoint can be moved.
 *
 * @param name what to call it in messages
 * @param manifest the bytes of {@link Checkpoint#manifest}
 * @param paths for each file name of the manifest ({@code <uuid>.sst}, {@code <uuid>.meta}) the
 *     object's path
 */
public record RestoredCheckpoint(String name, Slice manifest, Map<String, String> paths) {
  public RestoredCheckpoint {
    paths = Map.copyOf(paths);
  }

  /** A checkpoint without a name of its own. */
  public RestoredCheckpoint(Slice manifest, Map<String, String> paths) {
    this("a checkpoint", manifest, paths);
  }
}
