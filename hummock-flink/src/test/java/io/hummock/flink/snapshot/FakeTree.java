package io.hummock.flink.snapshot;

import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import io.hummock.CheckpointProgress;
import io.hummock.PendingCheckpoint;
import io.hummock.Sharing;
import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A tree of which a test decides what files it has, with the bookkeeping of claims that a tree
 * owes: it deletes a file of its own when nothing uses it, no claim on it is pending and it was
 * never handed over.
 */
final class FakeTree implements HummockSnapshotStrategy.Tree {
  private final ObjectStore objects;
  private final String directory;
  private final Map<String, CheckpointFile> live = new LinkedHashMap<>();
  private final Map<String, CheckpointFile> pinned = new LinkedHashMap<>();
  private final Set<String> own = new HashSet<>();
  private final Set<String> handedOver = new HashSet<>();
  private final Map<String, Integer> claims = new HashMap<>();

  /** What happens when a checkpoint that was begun is closed. */
  Runnable whenClosed = () -> {};

  FakeTree(ObjectStore objects, String directory) {
    this.objects = objects;
    this.directory = directory;
  }

  /** Writes a file, as a flush or a compaction does, and returns its path. */
  String write(String content) throws IOException {
    String name = UUID.randomUUID() + ".sst";
    String path = directory + '/' + name;
    try (ObjectWriter writer = objects.create(path)) {
      writer.write(Slice.utf8(content));
      writer.commit();
    }
    own.add(path);
    live.put(path, new CheckpointFile(name, path, content.length(), true));
    return path;
  }

  /** Takes up a file that is somebody else's. */
  void restore(String name, String path, long bytes) {
    live.put(path, new CheckpointFile(name, path, bytes, false));
  }

  /** A reader goes on with a file although the tree does not. */
  void pin(String path) {
    pinned.put(path, live.get(path));
  }

  /** A compaction has replaced a file. */
  void drop(String path) throws IOException {
    live.remove(path);
    deleteUnused(path);
  }

  List<String> live() {
    return List.copyOf(live.keySet());
  }

  boolean isHandedOver(String path) {
    return handedOver.contains(path);
  }

  int pendingClaims() {
    return claims.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public PendingCheckpoint checkpoint(long id, Sharing sharing) {
    return new PendingCheckpoint() {
      @Override
      public long epoch() {
        return id;
      }

      @Override
      public Checkpoint complete(CheckpointProgress progress) throws IOException {
        return claim(id, sharing);
      }

      @Override
      public void close() {
        whenClosed.run();
      }
    };
  }

  private Checkpoint claim(long id, Sharing sharing) throws IOException {
    if (sharing == Sharing.FORWARD) {
      for (CheckpointFile file : List.copyOf(live.values())) {
        if (!own.contains(file.path()) || handedOver.contains(file.path())) {
          String copy = directory + '/' + file.name() + "-copy-" + id;
          objects.copy(file.path(), copy);
          own.add(copy);
          live.put(copy, new CheckpointFile(file.name(), copy, file.bytes(), true));
          drop(file.path());
        }
      }
    }
    List<CheckpointFile> files = new ArrayList<>();
    List<CheckpointFile> used = new ArrayList<>(live.values());
    if (sharing != Sharing.FORWARD) {
      pinned.values().stream().filter(file -> !used.contains(file)).forEach(used::add);
    }
    for (CheckpointFile file : used) {
      claims.merge(file.path(), 1, Integer::sum);
      files.add(
          new CheckpointFile(
              file.name(),
              file.path(),
              file.bytes(),
              own.contains(file.path()) && !handedOver.contains(file.path())));
    }
    return new FakeCheckpoint(id, files);
  }

  private void deleteUnused(String path) throws IOException {
    if (own.contains(path)
        && !handedOver.contains(path)
        && !live.containsKey(path)
        && !pinned.containsKey(path)
        && claims.getOrDefault(path, 0) == 0) {
      objects.delete(List.of(path));
      own.remove(path);
    }
  }

  private final class FakeCheckpoint implements Checkpoint {
    private final long id;
    private final List<CheckpointFile> files;
    private final Set<CheckpointFile> pending;

    FakeCheckpoint(long id, List<CheckpointFile> files) {
      this.id = id;
      this.files = files;
      this.pending = new HashSet<>(files);
    }

    @Override
    public long id() {
      return id;
    }

    @Override
    public long epoch() {
      return id;
    }

    @Override
    public Slice manifest() {
      return Slice.utf8("manifest " + id);
    }

    @Override
    public List<CheckpointFile> files() {
      return files;
    }

    @Override
    public String currentPath(CheckpointFile file) {
      return file.path();
    }

    @Override
    public void release(CheckpointFile file) {
      end(file);
    }

    @Override
    public void handOver(CheckpointFile file) {
      handedOver.add(file.path());
      end(file);
    }

    @Override
    public void close() {
      List.copyOf(pending).forEach(this::end);
    }

    private void end(CheckpointFile file) {
      if (pending.remove(file)) {
        claims.merge(file.path(), -1, Integer::sum);
        try {
          deleteUnused(file.path());
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }
}
