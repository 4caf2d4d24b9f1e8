package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Slice;
import io.hummock.version.Manifest;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.Versions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A checkpoint whose files are claimed. */
final class ClaimedCheckpoint implements Checkpoint {
  private final Tree tree;
  private final long id;
  private final long epoch;
  private final Slice manifest;
  private final List<TableFile> tables;
  private final List<CheckpointFile> files;

  /** What is pinned until the checkpoint is closed. */
  @GuardedBy("this")
  private Versions.@Nullable Pin pin;

  /** The paths whose claim is pending. */
  @GuardedBy("this")
  private final Set<String> pending = new HashSet<>();

  private ClaimedCheckpoint(
      Tree tree,
      long id,
      long epoch,
      Slice manifest,
      List<TableFile> tables,
      List<CheckpointFile> files) {
    this.tree = tree;
    this.id = id;
    this.epoch = epoch;
    this.manifest = manifest;
    this.tables = tables;
    this.files = files;
    files.forEach(file -> pending.add(file.path()));
  }

  /**
   * Claims the objects of tables that are pinned by the caller.
   *
   * @param version what the manifest has
   * @param tables those of the version and others; may name a file more than once
   */
  static ClaimedCheckpoint claim(
      Tree tree, long id, long epoch, Version version, List<TableFile> tables) {
    Map<String, CheckpointFile> files = new LinkedHashMap<>();
    for (TableFile table : tables) {
      if (!files.containsKey(table.dataPath())) {
        claim(tree, table.dataName(), table.dataPath(), table.info().dataBytes(), files);
        claim(tree, table.metaName(), table.metaPath(), table.info().metaBytes(), files);
      }
    }
    return new ClaimedCheckpoint(
        tree,
        id,
        epoch,
        Manifest.of(id, epoch, version).encode(),
        tables,
        new ArrayList<>(files.values()));
  }

  /** Pins, and closes with the checkpoint. */
  synchronized void keep(Versions.Pin pinned) {
    pin = pinned;
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
  public String currentPath(CheckpointFile file) {
    Versions.Pin pinned;
    synchronized (this) {
      pinned = pin;
    }
    if (pinned != null) {
      for (TableFile table : tables) {
        if (table.paths().contains(file.path())) {
          TableFile now = tree.versions.latest(table);
          return file.path().equals(table.dataPath()) ? now.dataPath() : now.metaPath();
        }
      }
    }
    return file.path();
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
    Versions.Pin pinned;
    synchronized (this) {
      rest = List.copyOf(pending);
      pending.clear();
      pinned = pin;
      pin = null;
    }
    if (pinned != null) {
      pinned.close();
    }
    rest.forEach(tree.ownership::release);
    tree.deletion.schedule();
  }
}
