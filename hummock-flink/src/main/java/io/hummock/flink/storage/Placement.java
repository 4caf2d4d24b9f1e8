package io.hummock.flink.storage;

import io.hummock.HummockOptions;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.core.fs.EntropyInjector;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.runtime.state.memory.MemoryBackendCheckpointStorageAccess;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one attempt of a keyed backend has its working objects: below the shared directory of the
 * checkpoint storage, so that checkpoints refer to the objects themselves; or, with a storage that
 * has no such directory, in a local directory, from which each checkpoint copies what is new.
 *
 * <pre>
 * shared  (checkpoint directory)/(job)/shared/hummock/(operator)/(attempt)/
 * local   (temporary directory)/hummock/(operator)/(attempt)/
 * </pre>
 */
public final class Placement implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Placement.class);
  private static final int MAX_NAME_LENGTH = 100;

  private final UriObjectStore objects;
  private final Path directory;
  private final boolean shared;
  private final long maxObjectBytes;

  private Placement(UriObjectStore objects, Path directory, boolean shared, long maxObjectBytes) {
    this.objects = objects;
    this.directory = directory;
    this.shared = shared;
    this.maxObjectBytes = maxObjectBytes;
  }

  /**
   * The placement of a keyed backend in its task.
   *
   * @param operator tells the subtask; need not be a name that file systems take
   * @param attempt never used before
   * @param localDirectories one of them is chosen by chance if a local directory is needed; where
   *     there are none, one of the task's temporary directories
   * @param objects reaches all objects; closed with the placement
   * @throws IOException if the checkpoint storage is on S3 and cannot be written to, naming the
   *     option to change
   */
  public static Placement of(
      Environment task,
      String operator,
      UUID attempt,
      List<File> localDirectories,
      UriObjectStore objects)
      throws IOException {
    String below = "hummock/" + fileName(operator) + '/' + attempt;
    CheckpointStorageAccess storage = checkpointStorage(task);
    if (storage instanceof FsCheckpointStorageAccess files) {
      Path root = files.getSharedStateDirectory();
      // The random characters that spread load over a store, where the user wants them.
      Path directory = EntropyInjector.addEntropy(files.getFileSystem(), new Path(root, below));
      objects.verifyAccess(UriObjectStore.pathOf(directory));
      return shared(objects, directory);
    }
    List<File> candidates =
        localDirectories.isEmpty()
            ? List.of(task.getIOManager().getSpillingDirectories())
            : localDirectories;
    File chosen = candidates.get(ThreadLocalRandom.current().nextInt(candidates.size()));
    long maxObjectBytes =
        storage instanceof MemoryBackendCheckpointStorageAccess memory
            ? memory.getMaxStateSize()
            : Long.MAX_VALUE;
    return local(objects, new Path(new Path(chosen.toURI()), below), maxObjectBytes);
  }

  /** Objects that checkpoints refer to. */
  public static Placement shared(UriObjectStore objects, Path directory) {
    return new Placement(objects, directory, true, Long.MAX_VALUE);
  }

  /** Objects that checkpoints copy. */
  public static Placement local(UriObjectStore objects, Path directory, long maxObjectBytes) {
    return new Placement(objects, directory, false, maxObjectBytes);
  }

  /** All objects, by URI. */
  public UriObjectStore objects() {
    return objects;
  }

  /** The URI of the directory of this attempt's own objects, without a slash at the end. */
  public String directory() {
    return UriObjectStore.pathOf(directory);
  }

  /** Whether checkpoints refer to the objects themselves; else they copy them. */
  public boolean isShared() {
    return shared;
  }

  /** The longest object that a checkpoint can have. */
  public long maxObjectBytes() {
    return maxObjectBytes;
  }

  /**
   * Options whose tables fit into checkpoints: a flush and a compaction make tables of at most half
   * of {@link #maxObjectBytes}. A single longer value still cannot be checkpointed there.
   */
  public HummockOptions fit(HummockOptions options) {
    long half = Math.max(4 << 10, maxObjectBytes / 2);
    return new HummockOptions(
        Math.min(options.memtableBytes(), half),
        options.maxFrozenMemtables(),
        options.blockBytes(),
        Math.min(options.tableBytes(), half),
        options.level0Trigger(),
        options.level0Slowdown(),
        options.level0Stop(),
        options.levelBaseBytes(),
        options.levelMultiplier(),
        options.maxLevels(),
        options.bloomBitsPerKey(),
        options.compressionLevel(),
        options.cacheBytes(),
        options.rowCacheBytes());
  }

  /**
   * Closes the object store. Deletes a local directory with all that is in it, and a shared one
   * that is empty where directories are more than a part of a name. To be called when the tree is
   * closed.
   */
  @Override
  public void close() throws IOException {
    try {
      deleteDirectory();
    } catch (IOException e) {
      LOG.debug("Directory {} stays", directory, e);
    } finally {
      objects.close();
    }
  }

  private void deleteDirectory() throws IOException {
    FileSystem fileSystem = FileSystem.getUnguardedFileSystem(directory.toUri());
    if (!shared) {
      fileSystem.delete(directory, true);
    } else if (FileSystemObjectStore.hasDirectories(fileSystem)
        && fileSystem.exists(directory)
        && fileSystem.listStatus(directory).length == 0) {
      fileSystem.delete(directory, false);
    }
  }

  private static @Nullable CheckpointStorageAccess checkpointStorage(Environment task) {
    try {
      return task.getCheckpointStorageAccess();
    } catch (UnsupportedOperationException e) {
      // The State Processor API has none.
      return null;
    }
  }

  private static String fileName(String operator) {
    String name = operator.replaceAll("[^a-zA-Z0-9-]", "_");
    // The end tells the subtask.
    return name.substring(Math.max(0, name.length() - MAX_NAME_LENGTH));
  }
}
