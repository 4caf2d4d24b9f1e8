package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Slice;
import io.hummock.version.TableFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A checkpoint whose files are claimed. */
final class ClaimedCheckpoint implements Checkpoint {
  private final Tree tree;
  private final long id;
  private final long epoch;
  private final Slice manifest;
  private final List<CheckpointFile> files;

  /** The paths whose claim is pending. */
  @GuardedBy("this")
  private final Set<String> pending = new HashSet<>();

  private ClaimedCheckpoint(
      Tree tree, long id, long epoch, Slice manifest, List<CheckpointFile> files) {
    this.tree = tree;
    this.id = id;
    this.epoch = epoch;
    this.manifest = manifest;
    this.files = files;
    files.forEach(file -> pending.add(file.path()));
  }

  /**
   * Claims the objects of tables that are pinned by the caller.
   *
   * @param tables may name a file more than once
   */
  static ClaimedCheckpoint claim(
      Tree tree, long id, long epoch, Slice manifest, List<TableFile> tables) {
    Map<String, CheckpointFile> files = new LinkedHashMap<>();
    for (TableFile table : tables) {
      if (!files.containsKey(table.dataPath())) {
        claim(tree, table.dataName(), table.dataPath(), table.info().dataBytes(), files);
        claim(tree, table.metaName(), table.metaPath(), table.info().metaBytes(), files);
      }
    }
    return new ClaimedCheckpoint(tree, id, epoch, manifest, new ArrayList<>(files.values()));
  }

  private static void claim(
      Tree tree, String name, String path, long bytes, Map<String, CheckpointFile> files) {
    boolean isNew = tree.ownership.claim(path);
    files.put(path, new CheckpointFile(name, path, bytes, isNew));
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public Slice manifest() {
    return manifest;
  }

  @Override
  public List<CheckpointFile> files() {
    return List.copyOf(files);
  }

  @Override
  public void release(CheckpointFile file) {
    if (take(file)) {
      tree.ownership.release(file.path());
      tree.deletion.schedule();
    }
  }

  @Override
  public void handOver(CheckpointFile file) {
    if (take(file)) {
      tree.ownership.handOver(file.path());
    }
  }

  private synchronized boolean take(CheckpointFile file) {
    return pending.remove(file.path());
  }

  @Override
  public void close() {
    List<String> rest;
    synchronized (this) {
      rest = List.copyOf(pending);
      pending.clear();
    }
    rest.forEach(tree.ownership::release);
    tree.deletion.schedule();
  }
}
