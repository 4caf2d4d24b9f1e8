package io.hummock.version;

import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore;
import io.hummock.sstable.BlockCache;
import io.hummock.sstable.Sstable;
import java.io.Closeable;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open tables, one of each file; a file and the copy that took its place have one together.
 * Opening one reads nothing. Thread-safe.
 */
public final class OpenTables implements Closeable {
  private final ObjectStore objects;
  private final BlockCache cache;
  private final HummockMetrics metrics;
  private final Map<UUID, Sstable> open = new ConcurrentHashMap<>();

  private final Map<UUID, String> origins;

  /**
   * @param origins of restored files the checkpoint that names them, for messages
   */
  public OpenTables(
      ObjectStore objects, BlockCache cache, HummockMetrics metrics, Map<UUID, String> origins) {
    this.objects = objects;
    this.cache = cache;
    this.metrics = metrics;
    this.origins = new ConcurrentHashMap<>(origins);
  }

  /** The open table of a file; stays open until {@link #drop}. */
  public Sstable table(TableFile file) {
    return open.computeIfAbsent(
        file.file(),
        uuid ->
            new Sstable(
                file.info(),
                file.dataPath(),
                file.metaPath(),
                origins.get(uuid),
                objects,
                cache,
                metrics));
  }

  /** A copy takes the place of a file, for those too who are reading that now. */
  public synchronized void move(TableFile file, TableFile copy) {
    Sstable table = open.get(file.file());
    if (table != null) {
      table.moveTo(copy.dataPath(), copy.metaPath());
      open.put(copy.file(), table);
    }
  }

  /** Closes a file that nobody reads any more, unless a copy of it is read. */
  public synchronized void drop(TableFile file) {
    origins.remove(file.file());
    Sstable table = open.remove(file.file());
    if (table != null && !open.containsValue(table)) {
      table.close();
    }
  }

  @Override
  public void close() {
    open.values().forEach(Sstable::close);
    open.clear();
  }
}
