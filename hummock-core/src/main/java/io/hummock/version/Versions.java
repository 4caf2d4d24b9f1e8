package io.hummock.version;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The current version and the older ones that somebody still reads. Says when a file is in none of
 * them any more.
 *
 * <p>Thread-safe.
 */
public final class Versions {
  private final Consumer<List<TableFile>> unreferenced;

  @GuardedBy("this")
  private final Map<UUID, Use> uses = new HashMap<>();

  @GuardedBy("this")
  private Version current;

  private static final class Use {
    final TableFile table;
    int count;

    /** The copy that took its place; in use as long as this is. */
    @Nullable TableFile successor;

    /** The epoch of the checkpoint that the copy was made for. */
    long successorEpoch;

    Use(TableFile table) {
      this.table = table;
    }
  }

  /**
   * @param first the version to begin with
   * @param unreferenced is told, under no lock, of each file that has left the last version and the
   *     last pin
   */
  public Versions(Version first, Consumer<List<TableFile>> unreferenced) {
    this.current = first;
    this.unreferenced = unreferenced;
    synchronized (this) {
      retain(first.tables());
    }
  }

  public synchronized Version current() {
    return current;
  }

  /** Makes a version the current one. */
  public void install(Version next) {
    List<TableFile> gone;
    synchronized (this) {
      retain(next.tables());
      gone = release(current.tables());
      current = next;
    }
    tell(gone);
  }

  /** Keeps the files of the current version until the pin is closed. */
  public synchronized Pin pin() {
    return new Pin(current, List.of());
  }

  /**
   * Keeps the files of the current version and of every version that is pinned now; of those that
   * were {@linkplain #supersede superseded} the copies.
   */
  public synchronized Pin pinAll() {
    Set<UUID> files = new HashSet<>();
    for (TableFile table : current.tables()) {
      files.add(table.file());
    }
    List<TableFile> others = new ArrayList<>();
    for (Use use : uses.values()) {
      if (use.successor == null && !files.contains(use.table.file())) {
        others.add(use.table);
      }
    }
    return new Pin(current, others);
  }

  /**
   * Copies take the place of all files in use that have the same entries: whoever pins such a file
   * keeps the copy as well, and no pin names the file any more.
   *
   * @param copies by the id of the entries
   * @param epoch of the checkpoint that they were made for
   * @param moved is told of each file and its copy
   */
  public synchronized void supersede(
      Map<UUID, TableFile> copies, long epoch, BiConsumer<TableFile, TableFile> moved) {
    for (Use use : List.copyOf(uses.values())) {
      TableFile copy = copies.get(use.table.info().id());
      if (copy != null && use.successor == null && !copy.file().equals(use.table.file())) {
        use.successor = copy;
        use.successorEpoch = epoch;
        retain(List.of(copy));
        moved.accept(use.table, copy);
      }
    }
  }

  /** The copy that took the place of a file in use, or the file itself. */
  public TableFile latest(TableFile table) {
    return asOf(table, Long.MAX_VALUE);
  }

  /** As {@link #latest}, but only of copies that checkpoints before an epoch have made. */
  public synchronized TableFile asOf(TableFile table, long epoch) {
    TableFile latest = table;
    Use use = uses.get(table.file());
    while (use != null && use.successor != null && use.successorEpoch < epoch) {
      TableFile copy = use.successor;
      latest = table.in(copy.file(), copy.dataPath(), copy.metaPath());
      use = uses.get(copy.file());
    }
    return latest;
  }

  /** Whether a version or a pin uses a file. */
  public synchronized boolean isUsed(TableFile table) {
    return uses.containsKey(table.file());
  }

  /** Ends the current version: it is empty from now on. */
  public void clear() {
    install(Version.empty(current().levels()));
  }

  /** The bytes of all files that a version or a pin uses. */
  public synchronized long bytes() {
    return uses.values().stream().mapToLong(use -> use.table.bytes()).sum();
  }

  /** The number of files that a version or a pin uses. */
  public synchronized int fileCount() {
    return uses.size();
  }

  @GuardedBy("this")
  private void retain(List<TableFile> tables) {
    for (TableFile table : tables) {
      uses.computeIfAbsent(table.file(), file -> new Use(table)).count++;
    }
  }

  @GuardedBy("this")
  private List<TableFile> release(List<TableFile> tables) {
    List<TableFile> gone = new ArrayList<>();
    for (TableFile table : tables) {
      Use use = Objects.requireNonNull(uses.get(table.file()));
      if (--use.count == 0) {
        uses.remove(table.file());
        gone.add(table);
        if (use.successor != null) {
          gone.addAll(release(List.of(use.successor)));
        }
      }
    }
    return gone;
  }

  private void tell(List<TableFile> gone) {
    if (!gone.isEmpty()) {
      unreferenced.accept(gone);
    }
  }

  /** A version whose files stay until it is closed. Closing twice is allowed; thread-safe. */
  public final class Pin implements Closeable {
    private final Version version;
    private final List<TableFile> others;
    private final List<TableFile> kept = new ArrayList<>();

    @GuardedBy("Versions.this")
    private boolean open = true;

    private Pin(Version version, List<TableFile> others) {
      this.version = version;
      this.others = List.copyOf(others);
      kept.addAll(version.tables());
      kept.addAll(others);
      synchronized (Versions.this) {
        retain(kept);
      }
    }

    public Version version() {
      return version;
    }

    /** The tables beyond the version whose files are kept, one of each file. */
    public List<TableFile> others() {
      return others;
    }

    @Override
    public void close() {
      List<TableFile> gone;
      synchronized (Versions.this) {
        gone = open ? release(kept) : List.of();
        open = false;
      }
      tell(gone);
    }
  }
}
