package io.hummock;

import io.hummock.objectstore.ObjectNotFoundException;
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
import java.util.function.Function;
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
   * If a checkpoint that was begun later has said already what it needs, then that one had copies
   * too, and the tree uses those, or copies of them. This one names the same files as the next later
   * one then, and has no copies of its own. Whoever owns the checkpoints deletes, when one is
   * complete, what only earlier ones name, though a later one be on its way, or be given up and the
   * tree go on with its files. So what the tree uses is named by all from some checkpoint on.
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
      boolean hasCopies = false;
      while (claimed == null) {
        if (hasCopies || tree.isLatest(epoch)) {
          copyAll(tables);
          hasCopies = true;
        }
        claimed =
            tree.claimInOrder(
                epoch, true, next -> next == null ? claimCopies(id, pin) : claimAs(next, id, pin));
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
      if (isElsewhere(tree.versions.latest(table))) {
        UUID file = newFiles.get();
        TableFile copy =
            table.in(
                file, TableFile.dataPath(directory, file), TableFile.metaPath(directory, file));
        copies.put(table.info().id(), copy);
        total.addAndGet(table.bytes());
        tasks.add(
            () -> {
              copy(table, TableFile::dataPath, copy.dataPath());
              progress.copied(done.addAndGet(table.info().dataBytes()), total.get());
            });
        tasks.add(
            () -> {
              copy(table, TableFile::metaPath, copy.metaPath());
              progress.copied(done.addAndGet(table.info().metaBytes()), total.get());
            });
      }
    }
    new SharedWork(tasks).run(tree.environment.flushes(), HELPERS);
  }

  /** From where the object is now: it may be moved, and deleted at its old place, meanwhile. */
  private void copy(TableFile table, Function<TableFile, String> path, String to)
      throws IOException {
    String from = path.apply(tree.versions.latest(table));
    try {
      tree.environment.objects().copy(from, to);
    } catch (ObjectNotFoundException e) {
      String now = path.apply(tree.versions.latest(table));
      if (now.equals(from)) {
        throw e;
      }
      tree.environment.objects().copy(now, to);
    }
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
  private @Nullable Checkpoint claimCopies(long id, Versions.Pin pin) {
    Version version = pin.version().apply(replacement(pin.version(), this::copied));
    List<TableFile> tables = new ArrayList<>(version.tables());
    pin.others().forEach(table -> tables.add(copied(table)));
    for (TableFile table : tables) {
      if (!copies.containsKey(table.info().id()) && isElsewhere(table)) {
        return null;
      }
    }
    tree.installCopies(copies, epoch, current -> replacement(current, this::copied));
    return ClaimedCheckpoint.claim(tree, id, epoch, version, tables);
  }

  /** Names the files that the checkpoint of a later epoch does. */
  private Checkpoint claimAs(long later, long id, Versions.Pin pin) {
    UnaryOperator<TableFile> then = table -> tree.versions.asOf(table, later + 1);
    Version version = pin.version().apply(replacement(pin.version(), then));
    List<TableFile> tables = new ArrayList<>(version.tables());
    pin.others().forEach(table -> tables.add(then.apply(table)));
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
