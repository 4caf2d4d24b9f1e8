package io.hummock;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.memtable.MemTable;
import io.hummock.rowcache.RowCache;
import io.hummock.sstable.BlockCache;
import io.hummock.version.Version;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A log-structured merge-tree over keys {@code key_space | user_key}.
 *
 * <p>One thread writes (every method that changes the tree, and {@link #seal}, {@link #snapshot},
 * {@link #checkpoint}); any thread reads, the one that opened the store a little faster than
 * others. Where another thread goes on writing, the one before it must not read meanwhile. An error
 * of the background work is thrown by the next write and the next checkpoint.
 */
public final class HummockStore implements Closeable {
  /** The longest value or merge operand, in bytes. */
  public static final int MAX_VALUE_LENGTH = 256 << 20;

  private final HummockEnvironment environment;
  private final Tree tree;
  private final WritePath writes;

  private HummockStore(
      HummockOptions options,
      HummockEnvironment environment,
      Version first,
      Map<UUID, String> origins,
      long epoch) {
    this.environment = environment;
    MemTable active = new MemTable(environment.pages(), epoch);
    BlockCache cache =
        new BlockCache(environment.pages(), options.cacheBytes(), environment.metrics());
    this.tree = new Tree(options, environment, first, origins, active, cache);
    this.writes = new WritePath(tree, active);
  }

  /** Opens an empty tree. */
  public static HummockStore open(HummockOptions options, HummockEnvironment environment)
      throws IOException {
    return new HummockStore(options, environment, Version.empty(options.maxLevels()), Map.of(), 1);
  }

  /**
   * Opens the union of checkpoints, clipped to some partitions. Reads no object: time and memory do
   * not depend on the size of the state, but for the length of the manifests.
   *
   * @param checkpoints what to restore; of one partition within {@code clip} no two may have keys
   * @param clip the partitions that this tree owns; nothing else is visible in it
   */
  public static HummockStore restore(
      HummockOptions options,
      HummockEnvironment environment,
      List<RestoredCheckpoint> checkpoints,
      PartitionRange clip)
      throws IOException {
    Restoration restoration = new Restoration(options.maxLevels(), clip);
    for (RestoredCheckpoint checkpoint : checkpoints) {
      restoration.add(checkpoint);
    }
    HummockStore store =
        new HummockStore(
            options,
            environment,
            restoration.version(),
            restoration.origins(),
            restoration.nextEpoch());
    store.tree.scheduleCompaction();
    return store;
  }

  /** Gives a key a value. */
  public void put(Slice key, int scanPrefixLength, Slice value) throws IOException {
    put(key, Hash.hash64(key), scanPrefixLength, value);
  }

  /** As {@link #put(Slice, int, Slice)}, with the key's {@link Hash#hash64(Slice)}. */
  public void put(Slice key, long hash, int scanPrefixLength, Slice value) throws IOException {
    check(key, scanPrefixLength, value);
    writes.write(ValueKind.PUT, key, hash, scanPrefixLength, value, false);
  }

  /**
   * Gives a key a value, of which the caller is sure that it has none. As {@link #put}, but if the
   * key is deleted again in the running epoch, neither the value nor a tombstone is ever written to
   * the object store.
   *
   * @param key has no value: if it had one, that one might come back when the key is deleted
   * @param hash the key's {@link Hash#hash64(Slice)}
   */
  public void putFirst(Slice key, long hash, int scanPrefixLength, Slice value) throws IOException {
    check(key, scanPrefixLength, value);
    writes.write(ValueKind.PUT, key, hash, scanPrefixLength, value, true);
  }

  /**
   * Adds a key to a set that is only ever scanned, by the key's scan prefix or otherwise. Elements
   * have no value; {@link #get} does not find them while they are in memtables, and cost less to
   * write than keys that it finds. What was once written as an element has to be always.
   *
   * @param scanPrefixLength as of {@link #put}, less than the key's length
   * @param isNew whether the caller is sure that the set does not have it: removed again soon, it
   *     then mostly is never written to the object store, nor a tombstone
   */
  public void addElement(Slice key, int scanPrefixLength, boolean isNew) throws IOException {
    writeElement(ValueKind.PUT, key, scanPrefixLength, isNew);
  }

  /** Removes a key that was written by {@link #addElement}, if it is there. */
  public void removeElement(Slice key, int scanPrefixLength) throws IOException {
    writeElement(ValueKind.TOMBSTONE, key, scanPrefixLength, false);
  }

  private void writeElement(ValueKind kind, Slice key, int scanPrefixLength, boolean isNew)
      throws IOException {
    check(key, scanPrefixLength, Slice.EMPTY);
    if (scanPrefixLength == key.length()) {
      throw new IllegalArgumentException(
          "an element's scan prefix of %d bytes, must be shorter than its key"
              .formatted(scanPrefixLength));
    }
    writes.writeElement(kind, key, scanPrefixLength, isNew);
  }

  /** Takes a key's value away. */
  public void delete(Slice key, int scanPrefixLength) throws IOException {
    delete(key, Hash.hash64(key), scanPrefixLength);
  }

  /** As {@link #delete(Slice, int)}, with the key's {@link Hash#hash64(Slice)}. */
  public void delete(Slice key, long hash, int scanPrefixLength) throws IOException {
    check(key, scanPrefixLength, Slice.EMPTY);
    writes.write(ValueKind.TOMBSTONE, key, hash, scanPrefixLength, Slice.EMPTY, false);
  }

  /** Appends to a key's value without reading it. */
  public void append(Slice key, int scanPrefixLength, Slice operand) throws IOException {
    append(key, Hash.hash64(key), scanPrefixLength, operand);
  }

  /** As {@link #append(Slice, int, Slice)}, with the key's {@link Hash#hash64(Slice)}. */
  public void append(Slice key, long hash, int scanPrefixLength, Slice operand) throws IOException {
    check(key, scanPrefixLength, operand);
    writes.write(ValueKind.MERGE, key, hash, scanPrefixLength, operand, false);
  }

  private static void check(Slice key, int scanPrefixLength, Slice value) {
    int length = key.length();
    if (length < KeySpace.LENGTH || length > FullKey.MAX_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "user key of %d bytes, must have between 0 and %d"
              .formatted(length - KeySpace.LENGTH, FullKey.MAX_USER_KEY_LENGTH));
    }
    if (scanPrefixLength < KeySpace.LENGTH || scanPrefixLength > length) {
      throw new IllegalArgumentException(
          "scan prefix of %d bytes, must have between %d and the key's %d"
              .formatted(scanPrefixLength, KeySpace.LENGTH, length));
    }
    if (value.length() > MAX_VALUE_LENGTH) {
      throw new IllegalArgumentException(
          "value of %d bytes, must have at most %d".formatted(value.length(), MAX_VALUE_LENGTH));
    }
  }

  /**
   * Writes a sorted batch, all of it or, where it is refused, nothing.
   *
   * @param epoch the running {@link #epoch} or a higher one, which seals the running one first
   * @throws IllegalArgumentException if keys are not ascending, stand twice, or are too large
   */
  public void ingestBatch(WriteBatch batch, long epoch) throws IOException {
    for (int i = 0; i < batch.size(); i++) {
      check(batch.key(i), batch.scanPrefixLength(i), batch.value(i));
      if (i > 0 && batch.key(i - 1).compareTo(batch.key(i)) >= 0) {
        throw new IllegalArgumentException(
            "entry %d of the batch, %s, stands behind %s"
                .formatted(i, batch.key(i), batch.key(i - 1)));
      }
    }
    long running = writes.epoch();
    if (epoch < running) {
      throw new IllegalArgumentException(
          "a batch of epoch " + epoch + ", but epoch " + running + " is running");
    }
    tree.work.throwIfFailed();
    if (epoch > running) {
      writes.rotate(epoch, null);
    }
    for (int i = 0; i < batch.size(); i++) {
      Slice key = batch.key(i);
      long hash = Hash.hash64(key);
      writes.write(batch.kind(i), key, hash, batch.scanPrefixLength(i), batch.value(i), false);
    }
  }

  /**
   * Asks the store to give memory back: the cache gives what the page allocator's limit does not
   * cover at once; the next write freezes the memtable, and its pages return when it is flushed.
   * May be called by any thread.
   */
  public void trimMemory() {
    writes.requestTrim();
    long excess = environment.pages().used() - environment.pages().limit();
    if (excess > 0) {
      tree.cache.shrink(excess);
    }
  }

  /**
   * Looks a key up.
   *
   * @param lookup is reset and filled; holds the value afterwards
   * @return whether the key has a value
   */
  public boolean get(Slice key, ValueLookup lookup) throws IOException {
    return get(key, Hash.hash64(key), lookup);
  }

  /** As {@link #get(Slice, ValueLookup)}, with the key's {@link Hash#hash64(Slice)}. */
  public boolean get(Slice key, long hash, ValueLookup lookup) throws IOException {
    lookup.reset();
    if (tree.views.get(key, hash, writes.rows(), lookup)) {
      writes.setFirst(key, hash);
    }
    return lookup.isFound();
  }

  /**
   * The keys from {@code lower} (included) to {@code upper} (excluded, null for none), that exist
   * now. Whether it sees what is written to them while it is open is not defined, only that it
   * never sees a torn value. Close it soon: it keeps what it reads in place.
   */
  public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
      throws IOException {
    ReadView view = tree.views.acquire();
    return view.scan(
        lower.copy(),
        upper == null ? null : upper.copy(),
        direction,
        passed -> endScan(view, passed));
  }

  /**
   * The keys that were written with exactly this scan prefix, shorter than the key, seen as by
   * {@link #scan}. Costs what these keys cost, not what the tree holds.
   */
  public UserIterator scanPrefix(Slice prefix, Direction direction) throws IOException {
    ReadView view = tree.views.acquire();
    return view.scanPrefix(prefix.copy(), direction, passed -> endScan(view, passed));
  }

  /**
   * Something to tell whether the first keys of all key spaces of one id have changed. Costs each
   * write a comparison until it is ended.
   */
  public HeadWatch watchHead(long id) {
    return new HeadWatch(writes, tree.views, id);
  }

  private void endScan(ReadView view, long passed) {
    environment.metrics().scanned(passed);
    tree.views.release(view);
  }

  /**
   * The row cache, for what a caller wants to keep of scan prefixes; null if there is none, or if
   * any other thread than the one that opened the store has written to it. For that thread only.
   */
  public @Nullable RowCache rowCache() {
    return writes.rows();
  }

  /** The running epoch, which the next writes belong to. */
  public long epoch() {
    return writes.epoch();
  }

  /**
   * Seals the running epoch and returns it; its writes go to the object store in the background.
   */
  public long seal() throws IOException {
    tree.work.throwIfFailed();
    long sealed = writes.epoch();
    writes.rotate(sealed + 1, null);
    return sealed;
  }

  /** Seals the running epoch and keeps the tree as it is now readable. */
  public Snapshot snapshot() throws IOException {
    tree.work.throwIfFailed();
    long epoch = writes.epoch();
    TreeSnapshot snapshot = new TreeSnapshot(tree, epoch);
    writes.rotate(epoch + 1, snapshot);
    snapshot.begin(tree.sealedView());
    return snapshot;
  }

  /**
   * Begins a checkpoint: seals the running epoch and pins what it needs, nothing else. Asks for a
   * look at tables that have expired, so that they go without a write.
   *
   * @param id the caller's name for it; the tree never compares by it
   */
  public PendingCheckpoint checkpoint(long id, Sharing sharing) throws IOException {
    tree.work.throwIfFailed();
    long epoch = writes.epoch();
    TreeCheckpoint checkpoint = new TreeCheckpoint(tree, id, epoch, sharing);
    writes.rotate(epoch + 1, checkpoint);
    tree.scheduleExpired();
    return checkpoint;
  }

  /** Writes everything sealed so far, and the running epoch, to the object store; waits for it. */
  public void flush() throws IOException {
    tree.work.throwIfFailed();
    writes.rotateUnlessEmpty();
    tree.work.awaitOrFail(() -> tree.sealedCount() == 0);
  }

  /** Merges all tables into the deepest level; waits for it. */
  public void compact() throws IOException {
    flush();
    tree.compactionWork().compactAll();
  }

  /**
   * What the tree looks like and what it has done. May be called by any thread, also when the store
   * is closed; takes time in proportion to the number of tables. What another thread is writing is
   * counted a little late.
   */
  public StoreStatistics statistics() {
    return TreeStatistics.of(tree, writes.userBytes());
  }

  /**
   * Stops background work, gives memory back and deletes the objects of this store that no version,
   * no pin and no claim needs. Snapshots and iterators are to be closed before: they keep what they
   * use. Closing twice is allowed.
   */
  @Override
  public void close() throws IOException {
    writes.close();
    tree.close();
  }
}
