package io.hummock;

import io.hummock.version.Manifest;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.VersionDelta;
import io.hummock.version.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes a checkpoint that shares no object with an earlier one, see {@link Sharing#FORWARD}. Not
 * thread-safe.
 */
final class FileCopies {
  /** How many copies are made at once, beside the one that the waiting thread makes. */
  private static final int HELPERS = 15;

  private final Tree tree;
  private final NewFiles newFiles;
  private final Map<UUID, TableFile> copies = new HashMap<>();

  FileCopies(Tree tree) {
    this.tree = tree;
    this.newFiles = tree.newFiles();
  }

  /** Copies what must be copied, makes the tree use the copies, and claims them. */
  Checkpoint checkpoint(long id, long epoch, Versions.Pin pin, CheckpointProgress progress)
      throws IOException {
    boolean claimed = false;
    try {
      copyAll(pin.version(), progress);
      Version version = pin.version().apply(replacement(pin.version()));
      List<TableFile> tables = new ArrayList<>(version.tables());
      for (TableFile table : pin.others()) {
        if (!isElsewhere(table)) {
          tables.add(table);
        }
      }
      Checkpoint[] result = new Checkpoint[1];
      tree.installCopies(
          current -> replacement(current),
          () ->
              result[0] =
                  ClaimedCheckpoint.claim(
                      tree, id, epoch, Manifest.of(id, epoch, version).encode(), tables));
      claimed = true;
      return result[0];
    } finally {
      if (claimed) {
        forgetUnused();
      } else {
        newFiles.abandon();
        tree.deletion.schedule();
      }
    }
  }

  /** Whether somebody else's snapshot has, or may get, the table's objects. */
  private boolean isElsewhere(TableFile table) {
    for (String path : table.paths()) {
      if (!tree.ownership.isOwn(path) || tree.ownership.isInSnapshot(path)) {
        return true;
      }
    }
    return false;
  }

  private void copyAll(Version version, CheckpointProgress progress) throws IOException {
    String directory = tree.environment.directory();
    List<SharedWork.Task> tasks = new ArrayList<>();
    AtomicLong done = new AtomicLong();
    AtomicLong total = new AtomicLong();
    for (TableFile table : version.tables()) {
      if (isElsewhere(table) && !copies.containsKey(table.file())) {
        UUID file = newFiles.get();
        TableFile copy =
            table.in(
                file, TableFile.dataPath(directory, file), TableFile.metaPath(directory, file));
        copies.put(table.file(), copy);
        total.addAndGet(table.bytes());
        tasks.add(
            () -> {
              tree.environment.objects().copy(table.dataPath(), copy.dataPath());
              progress.copied(done.addAndGet(table.info().dataBytes()), total.get());
            });
        tasks.add(
            () -> {
              tree.environment.objects().copy(table.metaPath(), copy.metaPath());
              progress.copied(done.addAndGet(table.info().metaBytes()), total.get());
            });
      }
    }
    new SharedWork(tasks).run(tree.environment.flushes(), HELPERS);
  }

  /** What puts the copies in the place of those tables that a version still has. */
  private VersionDelta replacement(Version version) {
    Set<TableFile.Content> removed = new HashSet<>();
    TreeMap<Integer, List<TableFile>> added = new TreeMap<>();
    for (int level = 0; level < version.levels(); level++) {
      for (TableFile table : version.level(level).tables()) {
        TableFile copy = copies.get(table.file());
        if (copy != null) {
          removed.add(table.content());
          added
              .computeIfAbsent(level, unused -> new ArrayList<>())
              .add(table.in(copy.file(), copy.dataPath(), copy.metaPath()));
        }
      }
    }
    return new VersionDelta(removed, added);
  }

  /** A copy of what compaction has replaced meanwhile lives by the checkpoint's claim alone. */
  private void forgetUnused() {
    List<String> unused = new ArrayList<>();
    tree.locked(
        () -> {
          Set<UUID> used = new HashSet<>();
          tree.versions.current().tables().forEach(table -> used.add(table.file()));
          for (TableFile copy : copies.values()) {
            if (!used.contains(copy.file())) {
              unused.addAll(copy.paths());
            }
          }
        });
    tree.ownership.unused(unused);
    tree.deletion.schedule();
  }
}
