package io.hummock;

import io.hummock.bytes.CorruptionException;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.version.Manifest;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts the manifests of several checkpoints together to one version. They have no partition in
 * common, so each level is the union of theirs.
 */
final class Restoration {
  private final PartitionRange clip;
  private final List<List<TableFile>> levels = new ArrayList<>();
  private final Map<UUID, String> origins = new HashMap<>();
  private long nextEpoch = 1;

  /**
   * @param levelCount how many levels the version has at least
   * @param clip what may be seen of all tables
   */
  Restoration(int levelCount, PartitionRange clip) {
    this.clip = clip;
    addLevels(levelCount);
  }

  private void addLevels(int count) {
    while (levels.size() < count) {
      levels.add(new ArrayList<>());
    }
  }

  void add(RestoredCheckpoint checkpoint) throws CorruptionException {
    Manifest manifest = Manifest.decode(checkpoint.manifest(), "manifest of " + checkpoint.name());
    addLevels(manifest.levels().size());
    nextEpoch = Math.max(nextEpoch, manifest.nextEpoch());
    for (int i = 0; i < manifest.levels().size(); i++) {
      for (Manifest.Entry entry : manifest.levels().get(i)) {
        PartitionRange visible = visible(entry);
        if (visible != null) {
          origins.put(entry.file(), checkpoint.name());
          levels
              .get(i)
              .add(
                  new TableFile(
                      entry.info(),
                      entry.file(),
                      path(checkpoint, entry.dataName()),
                      path(checkpoint, entry.metaName()),
                      visible));
        }
      }
    }
  }

  /** What of a table belongs to the tree, or null. */
  private @Nullable PartitionRange visible(Manifest.Entry entry) {
    PartitionRange keys =
        new PartitionRange(
            KeySpace.partition(entry.info().smallestKey()),
            KeySpace.partition(entry.info().largestKey()));
    if (!entry.clip().intersects(clip)) {
      return null;
    }
    PartitionRange visible = entry.clip().intersection(clip);
    return visible.intersects(keys) ? visible : null;
  }

  private static String path(RestoredCheckpoint checkpoint, String name) {
    String path = checkpoint.paths().get(name);
    if (path == null) {
      throw new IllegalArgumentException(
          "the manifest of "
              + checkpoint.name()
              + " names "
              + name
              + ", but the checkpoint has no such file: restore from another one");
    }
    return path;
  }

  /**
   * The version of all that was added.
   *
   * @throws IllegalArgumentException if two checkpoints have keys of one partition
   */
  Version version() {
    return Version.of(levels);
  }

  /** Of each file in the version the name of the checkpoint that has it. */
  Map<UUID, String> origins() {
    return origins;
  }

  /** Above every epoch in the version. */
  long nextEpoch() {
    return nextEpoch;
  }
}
