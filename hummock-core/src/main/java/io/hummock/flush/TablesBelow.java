package io.hummock.flush;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.compaction.OlderEntries;
import io.hummock.metrics.Clock;
import io.hummock.sstable.FilterReads;
import io.hummock.version.VersionReader;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Asks the filters of all tables below a memtable, as long as that pays: what was written and
 * deleted between two flushes leaves nothing to write then.
 */
final class TablesBelow implements OlderEntries {
  /*
   * So long a flush may wait for filters that are not in memory. With a slow store that is enough
   * for a few of them, so that after some flushes they all are there.
   */
  private static final long READ_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** After so many questions one of eight has to have found nothing. */
  private static final int TRIES = 1024;

  private final VersionReader tables;
  private final FilterReads reads;
  private boolean pays = true;
  private int asked;
  private int absent;

  TablesBelow(VersionReader tables, Clock clock) {
    this.tables = tables;
    reads = new FilterReads(clock, READ_NANOS);
  }

  @Override
  public boolean mayHold(Slice key) {
    if (!pays) {
      return true;
    }
    boolean may = mayContain(key);
    absent += may ? 0 : 1;
    if (++asked == TRIES) {
      pays = absent >= TRIES / 8;
      asked = 0;
      absent = 0;
    }
    return may;
  }

  private boolean mayContain(Slice key) {
    try {
      return tables.mayContain(key, Hash.hash64(key), reads);
    } catch (IOException e) {
      // What cannot be read must not fail a flush that can do without.
      pays = false;
      return true;
    }
  }
}
