package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.objectstore.ObjectStore;
import io.hummock.sstable.SstableBuilder;
import io.hummock.sstable.SstableOptions;
import io.hummock.version.TableFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes ascending entries into as many tables as it takes.
 *
 * <p>A table is closed at its full size, or at three quarters of it where the partition changes: so
 * most tables end with a partition, and later restores clip few of them, but none is small because
 * of it. All versions of a key go into one table.
 *
 * <p>Not thread-safe. Closing without {@link #finish} ends the table that is being written; what
 * was finished before is up to whoever named it.
 */
public final class TableWriter implements Closeable {
  /**
   * Where and how tables are written.
   *
   * @param objects the store
   * @param directory the prefix of their paths, without a slash at the end
   * @param tableBytes the size at which a table is closed
   * @param names gives each table its name, and knows from then on that it may exist
   * @param puts runs parts of the uploads
   */
  public record Target(
      ObjectStore objects,
      String directory,
      long tableBytes,
      Supplier<UUID> names,
      Executor puts) {}

  private final Target target;
  private final SstableOptions options;
  private final List<TableFile> finished = new ArrayList<>();
  private @Nullable SstableBuilder builder;
  private int partition;
  private final ExpiryHistogram expiries = new ExpiryHistogram();

  public TableWriter(Target target, SstableOptions options) {
    this.target = target;
    this.options = options;
  }

  /**
   * Appends an entry, see {@link SstableBuilder#add}.
   *
   * @param expiry when it expires, on the filter's clock
   */
  public void add(
      Slice key, long epoch, int scanPrefixLength, ValueKind kind, Slice value, long expiry)
      throws IOException {
    int keyPartition = KeySpace.partition(key);
    SstableBuilder table = builder;
    if (table != null) {
      long full = keyPartition == partition ? target.tableBytes() : target.tableBytes() / 4 * 3;
      if (table.dataBytes() >= full) {
        finishTable(table);
        table = null;
      }
    }
    if (table == null) {
      UUID id = target.names().get();
      table =
          new SstableBuilder(
              options,
              target.objects(),
              id,
              TableFile.dataPath(target.directory(), id),
              TableFile.metaPath(target.directory(), id),
              target.puts());
      builder = table;
    }
    partition = keyPartition;
    table.add(key, epoch, scanPrefixLength, kind, value);
    expiries.add(expiry, key.length() + value.length());
  }

  private void finishTable(SstableBuilder table) throws IOException {
    finished.add(TableFile.whole(table.finish().expiringAt(expiries.half()), target.directory()));
    expiries.clear();
    table.close();
    builder = null;
  }

  /** Ends the last table; all tables then lie in the store. */
  public List<TableFile> finish() throws IOException {
    if (builder != null) {
      finishTable(builder);
    }
    return List.copyOf(finished);
  }

  @Override
  public void close() throws IOException {
    if (builder != null) {
      builder.close();
      builder = null;
    }
  }
}
