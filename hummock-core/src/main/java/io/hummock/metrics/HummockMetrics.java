package io.hummock.metrics;

/**
 * What the engine reports while it works. Every method does nothing by default, so that an
 * application implements what it wants to see.
 *
 * <p>Called from any thread, often: implementations are thread-safe and fast.
 */
public interface HummockMetrics {
  /** Reports to nobody. */
  HummockMetrics NONE = new HummockMetrics() {};

  /** The calls of an object store. */
  enum StoreCall {
    CREATE,
    PUT,
    READ,
    LIST,
    COPY,
    DELETE
  }

  /** What keeps copies of what the object store has. */
  enum Cache {
    /** Blocks in memory. */
    BLOCK,
    /** Objects on a local disk. */
    DISK
  }

  /** What a lookup in a cache gave. */
  enum CacheResult {
    HIT,
    MISS
  }

  /** What a Bloom filter said, and whether that was of use. */
  enum FilterResult {
    /** The filter said no: nothing was read. */
    NEGATIVE,
    /** The filter said perhaps, and the key was there. */
    TRUE_POSITIVE,
    /** The filter said perhaps, and the key was not there. */
    FALSE_POSITIVE
  }

  /** Why a writer had to wait. */
  enum StallReason {
    /** Too many tables at level 0: each write is delayed. */
    LEVEL0_SLOWDOWN,
    /** Far too many tables at level 0: writes stop until compaction has caught up. */
    LEVEL0_STOP,
    /** No memory for another memtable until one is flushed. */
    MEMTABLE
  }

  /** A call of the object store has ended well; {@code bytes} were moved by it. */
  default void storeCall(StoreCall call, long bytes, long nanos) {}

  /** A call of the object store has failed. */
  default void storeError(StoreCall call, long nanos) {}

  /**
   * A request to the service behind an object store was answered: one call may take several, such
   * as the parts of an upload, and each may be sent more than once.
   *
   * @param attempt 1 when it was sent first, then 2 and so on
   * @param status the HTTP status of the answer; 503 and 429 ask to slow down
   */
  default void storeRequest(int attempt, int status) {}

  default void cacheLookup(Cache cache, CacheResult result) {}

  /** A filter or index was read from the object store, since it was not in memory. */
  default void metaLoaded() {}

  /** The copies on the local disk take so many bytes now. */
  default void diskCacheUsed(long bytes) {}

  /** Lookups in the row cache since the last report, which comes after many of them. */
  default void rowCacheLookups(long hits, long misses) {}

  /** The cache had no page for {@code bytes} that were read; they went through the heap. */
  default void pageShortage(long bytes) {}

  default void filterLookup(FilterResult result) {}

  /**
   * A scan has ended that passed so many entries: those it showed, and the tombstones, older
   * versions and operands between them.
   */
  default void scanned(long entries) {}

  /** A batch of writes brought {@code bytes} of keys and values. */
  default void userBytesWritten(long bytes) {}

  /** A memtable was flushed into {@code bytes} of objects. */
  default void flushed(long bytes, long nanos) {}

  /** A compaction read and wrote these bytes of objects; a trivial move reads and writes none. */
  default void compacted(long bytesRead, long bytesWritten, long nanos) {}

  /** A writer waited. */
  default void stalled(StallReason reason, long nanos) {}
}
