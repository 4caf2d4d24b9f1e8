package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.key.ValueKind;
import io.hummock.memtable.MemTable;
import io.hummock.rowcache.RowCache;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a write goes through: who watches it, the throttle, the running epoch's memtable, and the
 * rows that it makes wrong. For the thread that writes, where nothing else is said.
 */
final class WritePath {
  /** What the row cache gives to a memtable at once, that of its largest page. */
  private static final int ROW_BYTES_AT_ONCE = 1 << 20;

  /** How many bytes are written between two reports to the metrics. */
  private static final int REPORT_BYTES = 64 << 10;

  private final HummockEnvironment environment;
  private final Tree tree;
  private final WriteThrottle throttle;

  private MemTable active;

  /** The thread that wrote last; each sees only whether it is that itself. */
  private @Nullable Thread writer;

  private long memtableLimit;
  private long reportedBytes;
  private volatile long epoch;
  private volatile boolean trimRequested;
  private volatile @Nullable RowCache rows;
  private final @Nullable RowCache rowPages;

  private HeadWatch[] watches = {};

  /** Written by the writer alone, without a fence: others may see it a little late. */
  private final AtomicLong userBytes = new AtomicLong();

  /**
   * @param active the tree's, of the epoch that runs
   */
  WritePath(Tree tree, MemTable active) {
    this.environment = tree.environment;
    this.tree = tree;
    this.active = active;
    this.epoch = active.epoch();
    this.throttle = new WriteThrottle(tree);
    this.memtableLimit = throttle.memtableLimit();
    this.rows =
        tree.options.rowCacheBytes() > 0
            ? new RowCache(environment.pages(), this::rowBytes, environment.metrics())
            : null;
    this.rowPages = rows;
  }

  /** What rows may take: their share of the caches, and what memtables do not need just now. */
  private long rowBytes() {
    long idle =
        memtableLimit * (1 + tree.options.maxFrozenMemtables())
            - active.bytes()
            - tree.frozenBytes();
    return tree.shares.rowBytes() + Math.max(0, idle);
  }

  /** See {@link HummockStore#epoch}. Any thread may ask. */
  long epoch() {
    return epoch;
  }

  /** See {@link HummockStore#rowCache}. */
  @Nullable RowCache rows() {
    return rows;
  }

  /** What users have written. Any thread may ask. */
  long userBytes() {
    return userBytes.getOpaque();
  }

  void add(HeadWatch watch) {
    watches = Arrays.copyOf(watches, watches.length + 1);
    watches[watches.length - 1] = watch;
  }

  void remove(HeadWatch watch) {
    watches = Stream.of(watches).filter(other -> other != watch).toArray(HeadWatch[]::new);
  }

  /**
   * Writes an entry.
   *
   * @param isFirst whether it is sure that nothing older has a value of the key
   */
  void write(
      ValueKind kind, Slice key, long hash, int scanPrefixLength, Slice value, boolean isFirst)
      throws IOException {
    if (writer != Thread.currentThread()) {
      writer = Thread.currentThread();
    }
    int bytes = key.length() + value.length();
    beforeWrite(key, bytes);
    int keys = active.count();
    if (!tryWrite(kind, key, hash, scanPrefixLength, value, isFirst)) {
      makeRoom(bytes, () -> tryWrite(kind, key, hash, scanPrefixLength, value, isFirst));
      keys = 0;
    }
    if (rows != null && active.count() != keys) {
      tellRows(rows, kind, key, hash);
    }
    afterWrite(bytes);
  }

  /** Writes an element, see {@link HummockStore#addElement}. */
  void writeElement(ValueKind kind, Slice key, int scanPrefixLength, boolean isNew)
      throws IOException {
    beforeWrite(key, key.length());
    if (!active.writeElement(key, scanPrefixLength, kind, isNew)) {
      makeRoom(key.length(), () -> active.writeElement(key, scanPrefixLength, kind, isNew));
    }
    afterWrite(key.length());
  }

  /**
   * A lookup has found that all of a key's value was appended in the running epoch. May be called
   * by any thread; of use if it is the one that writes.
   */
  void setFirst(Slice key, long hash) {
    if (Thread.currentThread() == writer) {
      active.setFirst(key, hash);
    }
  }

  private void beforeWrite(Slice key, int bytes) throws IOException {
    if (trimRequested) {
      trimRequested = false;
      rotateUnlessEmpty();
    }
    for (HeadWatch watch : watches) {
      watch.written(key);
    }
    if (throttle.isNeeded()) {
      throttle.beforeWrite(bytes);
    }
  }

  private void afterWrite(int bytes) throws IOException {
    long written = userBytes.getPlain() + bytes;
    userBytes.setOpaque(written);
    if (written - reportedBytes >= REPORT_BYTES) {
      report();
    }
    long used = active.bytes();
    if (used >= memtableLimit) {
      rotate(epoch + 1, null);
    } else {
      throttle.afterWrite(bytes, used, memtableLimit);
    }
  }

  /** A key was written, for the first time in the running epoch. */
  private void tellRows(RowCache cache, ValueKind kind, Slice key, long hash) {
    if (tree.views.isOwner()) {
      cache.written(kind, key, hash, epoch);
    } else {
      // Only the owner may touch it.
      rows = null;
    }
  }

  private boolean tryWrite(
      ValueKind kind, Slice key, long hash, int scanPrefixLength, Slice value, boolean isFirst) {
    return switch (kind) {
      case PUT ->
          isFirst
              ? active.putFirst(key, hash, scanPrefixLength, value)
              : active.put(key, hash, scanPrefixLength, value);
      case TOMBSTONE -> active.delete(key, hash, scanPrefixLength);
      case MERGE -> active.append(key, hash, scanPrefixLength, value);
    };
  }

  /** There was no memory: gives some back, and writes. */
  private void makeRoom(int bytes, WriteThrottle.Attempt write) throws IOException {
    RowCache cache = tree.views.isOwner() ? rows : null;
    while (cache != null && cache.giveBack(ROW_BYTES_AT_ONCE)) {
      if (write.succeeds()) {
        return;
      }
    }
    throttle.awaitMemory(bytes, write, this::rotateUnlessEmpty);
  }

  private void report() {
    long written = userBytes.getPlain();
    if (written > reportedBytes) {
      environment.metrics().userBytesWritten(written - reportedBytes);
    }
    reportedBytes = written;
    memtableLimit = throttle.memtableLimit();
    if (rows != null && tree.views.isOwner()) {
      rows.fit();
    }
  }

  /**
   * Seals the running epoch, and begins another.
   *
   * @param capture see {@link Tree#seal}
   */
  void rotate(long nextEpoch, @Nullable EpochCapture capture) {
    report();
    active = new MemTable(environment.pages(), nextEpoch);
    epoch = nextEpoch;
    tree.seal(active, capture);
  }

  /** As {@link #rotate}, if anything was written in the running epoch. */
  void rotateUnlessEmpty() {
    if (!active.isEmpty()) {
      rotate(epoch + 1, null);
    }
  }

  /** Lets the next write seal the running epoch. Any thread may call it. */
  void requestTrim() {
    trimRequested = true;
  }

  /** Gives the memory of rows back. */
  void close() {
    rows = null;
    if (rowPages != null) {
      rowPages.clear();
    }
  }
}
