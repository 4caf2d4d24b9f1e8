package io.hummock;

import io.hummock.bytes.PageAllocator;
import io.hummock.iterator.CompactionFilter;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Everything that a store needs of the world: no thread, no time, no chance and no I/O comes from
 * elsewhere. All of it belongs to the caller, who closes it after the store.
 *
 * @param objects where the SSTables are
 * @param directory the path prefix of this store's own objects, without a slash at the end; no
 *     other store ever writes below it
 * @param pages the memory of memtables, cached blocks, filters and indexes
 * @param flushes runs flushes
 * @param compactions runs compactions
 * @param clock what time it is
 * @param random names new SSTables; the store uses it under a lock
 * @param metrics what is reported to
 * @param filter what compaction may drop
 */
public record HummockEnvironment(
    ObjectStore objects,
    String directory,
    PageAllocator pages,
    BackgroundExecutor flushes,
    BackgroundExecutor compactions,
    Clock clock,
    RandomGenerator random,
    HummockMetrics metrics,
    CompactionFilter filter) {
  public HummockEnvironment {
    Objects.requireNonNull(objects);
    Objects.requireNonNull(pages);
    Objects.requireNonNull(flushes);
    Objects.requireNonNull(compactions);
    Objects.requireNonNull(clock);
    Objects.requireNonNull(random);
    Objects.requireNonNull(metrics);
    Objects.requireNonNull(filter);
    if (directory.isEmpty() || directory.endsWith("/")) {
      throw new IllegalArgumentException("directory '" + directory + "'");
    }
  }
}
