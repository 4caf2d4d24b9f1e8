package io.hummock;

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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes a checkpoint that shares no object with an earlier one, see {@link Sharing#FORWARD}. Not
 * thread-safe.
 */
final class FileCopies {
  /*
   * The copies are for the checkpoint, and the tree goes over to them: the version, every reader,
   * and every other checkpoint that has yet to say what it needs. So from then on nothing names the
   * old objects, which their owner may delete when this checkpoint is complete.
   *
   * It does not if a checkpoint that was begun later has said already what it needs: that one had
   * copies too, and the tree uses those. Whoever owns the checkpoints keeps what the latest one
   * has, and would delete copies that only this one has though the tree used them.
   */

  /** How many copies are made at once, beside the one that the waiting thread makes. */
  private static final int HELPERS = 15;

  private final Tree tree;
  private final long epoch;
  private final CheckpointProgress progress;
  private final NewFiles newFiles;

  /** By the id of the entries. */
  private final Map<UUID, TableFile> copies = new HashMap<>();

  /**
   * @param epoch that of the checkpoint
   * @param progress told what was copied
   */
  FileCopies(Tree tree, long epoch, CheckpointProgress progress) {
    this.tree = tree;
    this.epoch = epoch;
    this.progress = progress;
    this.newFiles = tree.newFiles();
  }

  /** Copies what must be copied, makes the tree use the copies, and claims them. */
  Checkpoint checkpoint(long id, Versions.Pin pin) throws IOException {
    Checkpoint claimed = null;
    try {
      List<TableFile> tables = new ArrayList<>(pin.version().tables());
      tables.addAll(pin.others());
      while (claimed == null) {
        copyAll(tables);
        claimed = tree.claimInOrder(epoch, isLatest -> claim(id, pin, isLatest));
      }
      return claimed;
    } finally {
      if (claimed != null) {
        forgetUnused();
      } else {
        newFiles.abandon();
        tree.deletion.schedule();
      }
    }
  }

  private void copyAll(List<TableFile> tables) throws IOException {
    String directory = tree.environment.directory();
    List<SharedWork.Task> tasks = new ArrayList<>();
    AtomicLong done = new AtomicLong();
    AtomicLong total = new AtomicLong();
    for (TableFile table : tables) {
      if (copies.containsKey(table.info().id())) {
        continue;
      }
      TableFile from = tree.versions.latest(table);
      if (isElsewhere(from)) {
        UUID file = newFiles.get();
        TableFile copy =
            table.in(
                file, TableFile.dataPath(directory, file), TableFile.metaPath(directory, file));
        copies.put(table.info().id(), copy);
        total.addAndGet(table.bytes());
        tasks.add(
            () -> {
              tree.environment.objects().copy(from.dataPath(), copy.dataPath());
              progress.copied(done.addAndGet(table.info().dataBytes()), total.get());
            });
        tasks.add(
            () -> {
              tree.environment.objects().copy(from.metaPath(), copy.metaPath());
              progress.copied(done.addAndGet(table.info().metaBytes()), total.get());
            });
      }
    }
    new SharedWork(tasks).run(tree.environment.flushes(), HELPERS);
  }

  /** The table in the copy that was made here, or in its newest copy if none was. */
  private TableFile copied(TableFile table) {
    TableFile copy = copies.get(table.info().id());
    return copy == null
        ? tree.versions.latest(table)
        : table.in(copy.file(), copy.dataPath(), copy.metaPath());
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

  /** Null if something has got into another snapshot meanwhile. */
  private @Nullable Checkpoint claim(long id, Versions.Pin pin, boolean isLatest) {
    Version version = pin.version().apply(replacement(pin.version(), this::copied));
    List<TableFile> tables = new ArrayList<>(version.tables());
    pin.others().forEach(table -> tables.add(copied(table)));
    for (TableFile table : tables) {
      if (!copies.containsKey(table.info().id()) && isElsewhere(table)) {
        return null;
      }
    }
    if (isLatest) {
      tree.installCopies(copies, epoch, current -> replacement(current, this::copied));
    }
    return ClaimedCheckpoint.claim(tree, id, epoch, version, tables);
  }

  /** What puts other files with the same entries in the place of those that a version has. */
  static VersionDelta replacement(Version version, UnaryOperator<TableFile> by) {
    Set<TableFile.Content> removed = new HashSet<>();
    TreeMap<Integer, List<TableFile>> added = new TreeMap<>();
    for (int level = 0; level < version.levels(); level++) {
      for (TableFile table : version.level(level).tables()) {
        TableFile other = by.apply(table);
        if (!other.file().equals(table.file())) {
          removed.add(table.content());
          added.computeIfAbsent(level, unused -> new ArrayList<>()).add(other);
        }
      }
    }
    return new VersionDelta(removed, added);
  }

  /** A copy that the tree does not use lives by the checkpoint's claim alone. */
  private void forgetUnused() {
    List<String> unused = new ArrayList<>();
    for (TableFile copy : copies.values()) {
      if (!tree.versions.isUsed(copy)) {
        unused.addAll(copy.paths());
      }
    }
    tree.ownership.unused(unused);
    tree.deletion.schedule();
  }
}
