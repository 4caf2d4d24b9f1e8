package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.ownership.FileOwnership;
import io.hummock.version.TableFile;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The names of the tables that one piece of work writes. Each is known to the ownership before it
 * is used, so that whatever appears under it is deleted if the work fails.
 *
 * <p>Not thread-safe; several of them may share their random numbers.
 */
final class NewFiles implements Supplier<UUID> {
  private final FileOwnership ownership;
  private final String directory;

  @GuardedBy("random")
  private final RandomGenerator random;

  private final List<String> paths = new ArrayList<>();

  /**
   * @param directory where they will lie
   * @param random used under its own lock
   */
  NewFiles(FileOwnership ownership, String directory, RandomGenerator random) {
    this.ownership = ownership;
    this.directory = directory;
    this.random = random;
  }

  /** A name that was never used: a UUID of version 4. */
  @Override
  public UUID get() {
    UUID id;
    synchronized (random) {
      long most = (random.nextLong() & ~0xF000L) | 0x4000L;
      long least = (random.nextLong() & ~(3L << 62)) | (1L << 63);
      id = new UUID(most, least);
    }
    for (String path :
        List.of(TableFile.dataPath(directory, id), TableFile.metaPath(directory, id))) {
      ownership.created(path);
      paths.add(path);
    }
    return id;
  }

  /** The work has failed: none of the files will be used. */
  void abandon() {
    ownership.unused(paths);
    paths.clear();
  }
}
