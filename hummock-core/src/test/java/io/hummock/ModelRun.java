package io.hummock;

import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.testing.ManualClock;
import io.hummock.testing.SimulatedExecutor;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One random life of a tree, on one thread, with everything that its environment may do. */
final class ModelRun implements Closeable {
  private static final PartitionRange WHOLE = new PartitionRange(0, StoreModel.PARTITIONS - 1);

  private final SplittableRandom random;
  private final ObjectStore objects;
  private final CheckpointOwner owner;
  private final ManualClock clock = new ManualClock();
  private final List<OpenSnapshot> snapshots = new ArrayList<>();
  private final List<Pending> pending = new ArrayList<>();

  private BackgroundExecutor flushes = BackgroundExecutor.DIRECT;
  private BackgroundExecutor compactions = BackgroundExecutor.DIRECT;
  private StoreModel model = new StoreModel();
  private StoreReader store;
  private int storesOpened;
  private long checkpointId;

  /** Whether the next checkpoint has to be one that shares nothing with those before. */
  private boolean mustNotShare;

  /** A snapshot, and a scan of it that goes on from time to time. */
  private record OpenSnapshot(
      Snapshot snapshot, StoreModel model, UserIterator scan, Iterator<Slice> expected) {
    void goOn(int entries) throws IOException {
      for (int i = 0; i < entries && expected.hasNext(); i++) {
        Slice key = expected.next();
        if (!scan.isValid() || !scan.key().equals(key)) {
          throw new AssertionError("the scan of a snapshot is not at " + key);
        }
        model.checkValue(key, scan.value());
        scan.next();
      }
    }

    void close() throws IOException {
      goOn(Integer.MAX_VALUE);
      if (scan.isValid()) {
        throw new AssertionError("the scan of a snapshot goes on at " + scan.key());
      }
      scan.close();
      snapshot.close();
    }
  }

  private record Pending(PendingCheckpoint checkpoint, StoreModel model, boolean shares) {}

  private record StoreReader(HummockStore store, HeapPageAllocator pages)
      implements StoreModel.Reader {
    @Override
    public boolean get(Slice key, ValueLookup lookup) throws IOException {
      return store.get(key, lookup);
    }

    @Override
    public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
        throws IOException {
      return store.scan(lower, upper, direction);
    }
  }

  private record SnapshotReader(Snapshot snapshot) implements StoreModel.Reader {
    @Override
    public boolean get(Slice key, ValueLookup lookup) throws IOException {
      return snapshot.get(key, lookup);
    }

    @Override
    public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
        throws IOException {
      return snapshot.scan(lower, upper, direction);
    }
  }

  ModelRun(long seed) throws IOException {
    this(seed, new InMemoryObjectStore());
  }

  ModelRun(long seed, ObjectStore objects) throws IOException {
    this.random = new SplittableRandom(seed);
    this.objects = objects;
    this.owner = new CheckpointOwner(objects);
    this.store = open(List.of(), WHOLE);
  }

  private StoreReader open(List<RestoredCheckpoint> checkpoints, PartitionRange clip)
      throws IOException {
    boolean direct = random.nextInt(3) == 0;
    flushes = direct ? BackgroundExecutor.DIRECT : new SimulatedExecutor(random.split());
    compactions = direct ? BackgroundExecutor.DIRECT : new SimulatedExecutor(random.split());
    HummockOptions options = ModelOptions.random(random);
    // Enough for one memtable more than may wait, or so little that memory is always short.
    long budget =
        random.nextBoolean()
            ? options.memtableBytes() * (options.maxFrozenMemtables() + 4) + options.cacheBytes()
            : 64 << 10;
    HeapPageAllocator pages = new HeapPageAllocator(budget);
    HummockEnvironment environment =
        new HummockEnvironment(
            objects,
            "store-" + storesOpened++,
            pages,
            flushes,
            compactions,
            clock,
            random.split(),
            HummockMetrics.NONE,
            CompactionFilter.NONE);
    return new StoreReader(
        checkpoints.isEmpty()
            ? HummockStore.open(options, environment)
            : HummockStore.restore(options, environment, checkpoints, clip),
        pages);
  }

  void run(int operations) throws IOException {
    for (int i = 0; i < operations; i++) {
      step(WHOLE);
    }
  }

  private void step(PartitionRange clip) throws IOException {
    int dice = random.nextInt(1000);
    if (dice < 330) {
      put(StoreModel.randomKey(random, clip));
    } else if (dice < 470) {
      delete(model.randomKeyToRead(random, clip));
    } else if (dice < 590) {
      append(StoreModel.randomKey(random, clip));
    } else if (dice < 610) {
      ingest(clip);
    } else if (dice < 880) {
      model.checkGet(store, model.randomKeyToRead(random, clip));
    } else if (dice < 886) {
      scan(store, model);
    } else if (dice < 930) {
      scanPrefix(clip);
    } else if (dice < 970) {
      runBackground();
    } else if (dice < 980) {
      snapshot();
    } else if (dice < 988) {
      checkpoint();
    } else if (dice < 993) {
      completeOne();
    } else if (dice < 995) {
      store.store.flush();
    } else if (dice < 996) {
      store.store.seal();
    } else if (dice < 997) {
      store.store.compact();
    } else if (dice < 998) {
      store.store.trimMemory();
    } else if (dice < 999) {
      restore();
    } else if (random.nextInt(8) == 0) {
      rescale();
    }
  }

  private void put(Slice key) throws IOException {
    if (StoreModel.isElement(key)) {
      boolean isNew = !model.hasValue(key) && random.nextInt(4) > 0;
      store.store.addElement(key, StoreModel.scanPrefixLength(key), isNew);
      model.put(key, Slice.EMPTY);
      return;
    }
    Slice value = StoreModel.randomValue(random);
    if (model.hasValue(key) || random.nextInt(4) == 0) {
      store.store.put(key, StoreModel.scanPrefixLength(key), value);
    } else {
      store.store.putFirst(key, Hash.hash64(key), StoreModel.scanPrefixLength(key), value);
    }
    model.put(key, value);
  }

  private void delete(Slice key) throws IOException {
    if (StoreModel.isElement(key)) {
      store.store.removeElement(key, StoreModel.scanPrefixLength(key));
    } else {
      store.store.delete(key, StoreModel.scanPrefixLength(key));
    }
    model.delete(key);
  }

  private void append(Slice key) throws IOException {
    if (StoreModel.isElement(key)) {
      put(key);
      return;
    }
    Slice operand = StoreModel.randomValue(random);
    store.store.append(key, StoreModel.scanPrefixLength(key), operand);
    model.append(key, operand);
  }

  private void ingest(PartitionRange clip) throws IOException {
    TreeMap<Slice, Integer> keys = new TreeMap<>();
    for (int i = random.nextInt(20); i >= 0; i--) {
      keys.put(StoreModel.randomKey(random, clip), random.nextInt(3));
    }
    keys.keySet().removeIf(StoreModel::isElement);
    WriteBatch batch = new WriteBatch();
    for (var entry : keys.entrySet()) {
      Slice key = entry.getKey();
      Slice value = StoreModel.randomValue(random);
      int prefix = StoreModel.scanPrefixLength(key);
      switch (entry.getValue()) {
        case 0 -> {
          batch.put(key, prefix, value);
          model.put(key, value);
        }
        case 1 -> {
          batch.delete(key, prefix);
          model.delete(key);
        }
        default -> {
          batch.append(key, prefix, value);
          model.append(key, value);
        }
      }
    }
    store.store.ingestBatch(batch, store.store.epoch() + random.nextInt(3));
  }

  private Direction randomDirection() {
    return random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
  }

  private void scan(StoreModel.Reader reader, StoreModel expected) throws IOException {
    Slice lower = StoreModel.randomKey(random, WHOLE);
    Slice upper = StoreModel.randomKey(random, WHOLE);
    if (lower.compareTo(upper) > 0) {
      Slice swapped = lower;
      lower = upper;
      upper = swapped;
    }
    if (random.nextInt(8) == 0) {
      lower = new PartitionRange(KeySpace.partition(lower), WHOLE.last()).lowerKey();
      upper = null;
    }
    Slice seek = random.nextBoolean() ? StoreModel.randomKey(random, WHOLE) : null;
    if (seek != null && seek.compareTo(lower) < 0) {
      seek = lower;
    }
    expected.checkScan(reader, lower, upper, randomDirection(), seek);
  }

  private void scanPrefix(PartitionRange clip) throws IOException {
    Slice key = model.randomKeyToRead(random, clip);
    Slice prefix = key.slice(0, StoreModel.scanPrefixLength(key));
    model.checkScanPrefix(
        store.store, prefix, randomDirection(), random.nextInt(4) == 0 ? key : null);
  }

  private void runBackground() {
    for (int i = random.nextInt(4); i >= 0; i--) {
      boolean ran = random.nextBoolean() ? flushes.runOneTask() : compactions.runOneTask();
      if (!ran) {
        return;
      }
    }
  }

  private void snapshot() throws IOException {
    if (snapshots.size() < 3 && random.nextBoolean()) {
      Snapshot snapshot = store.store.snapshot();
      StoreModel then = model.copy();
      UserIterator scan = snapshot.scan(Slice.EMPTY, null, Direction.FORWARD);
      scan.rewind();
      snapshots.add(new OpenSnapshot(snapshot, then, scan, then.keys().iterator()));
    } else if (!snapshots.isEmpty()) {
      int index = random.nextInt(snapshots.size());
      OpenSnapshot open = snapshots.get(index);
      open.goOn(random.nextInt(50));
      if (random.nextBoolean()) {
        return;
      }
      snapshots.remove(index);
      SnapshotReader reader = new SnapshotReader(open.snapshot);
      for (int i = 0; i < 10; i++) {
        open.model.checkGet(reader, open.model.randomKeyToRead(random, WHOLE));
      }
      scan(reader, open.model);
      open.close();
    }
  }

  private void closeSnapshots() throws IOException {
    for (OpenSnapshot open : snapshots) {
      open.close();
    }
    snapshots.clear();
  }

  private void checkpoint() throws IOException {
    boolean shares = !mustNotShare && random.nextInt(8) != 0;
    PendingCheckpoint begun =
        store.store.checkpoint(++checkpointId, shares ? Sharing.FORWARD_BACKWARD : Sharing.FORWARD);
    pending.add(new Pending(begun, model.copy(), shares));
  }

  /** Checkpoints end in their order: those that a completed one overtakes are given up. */
  private void completeOne() throws IOException {
    if (pending.isEmpty()) {
      return;
    }
    Pending next = pending.remove(0);
    switch (random.nextInt(6)) {
      case 0 -> next.checkpoint.close();
      case 1 -> next.checkpoint.complete().close();
      case 2 -> {
        Checkpoint checkpoint = next.checkpoint.complete();
        for (CheckpointFile file : checkpoint.files()) {
          if (random.nextBoolean()) {
            checkpoint.release(file);
          }
        }
        checkpoint.close();
      }
      default -> take(next);
    }
  }

  private void take(Pending done) throws IOException {
    Checkpoint checkpoint = done.checkpoint.complete();
    owner.take(List.of(checkpoint), done.model);
    if (!done.shares) {
      // What was before may go, and only readers that are still open would need it.
      mustNotShare = false;
      giveUpPending();
      closeSnapshots();
      owner.keep(1);
    } else {
      owner.keep(random.nextInt(1, 4));
    }
  }

  private void giveUpPending() {
    pending.forEach(begun -> begun.checkpoint.close());
    pending.clear();
  }

  private void closeStore() throws IOException {
    giveUpPending();
    closeSnapshots();
    closeStore(store);
  }

  private static void closeStore(StoreReader closing) throws IOException {
    closing.store.close();
    if (closing.pages.used() != 0) {
      throw new AssertionError(closing.pages.used() + " bytes of pages were not given back");
    }
  }

  /** Goes back to some checkpoint that was kept, the later ones are lost. */
  private void restore() throws IOException {
    if (owner.isEmpty()) {
      return;
    }
    closeStore();
    CheckpointOwner.Kept kept = owner.goBack(random);
    model = kept.model().copy();
    store = open(kept.parts(), WHOLE);
    mustNotShare = random.nextInt(3) == 0;
    if (random.nextBoolean()) {
      model.checkAll(store);
    }
  }

  /** Splits the tree in two, lets both live for a while, and puts them together again. */
  private void rescale() throws IOException {
    if (owner.isEmpty()) {
      return;
    }
    closeStore();
    CheckpointOwner.Kept kept = owner.goBack(random);
    int cut = random.nextInt(StoreModel.PARTITIONS - 1);
    List<PartitionRange> clips =
        List.of(new PartitionRange(0, cut), new PartitionRange(cut + 1, StoreModel.PARTITIONS - 1));
    StoreModel union = new StoreModel();
    List<Checkpoint> checkpoints = new ArrayList<>();
    List<StoreReader> stores = new ArrayList<>();
    for (PartitionRange clip : clips) {
      model = kept.model().clipped(clip);
      store = open(kept.parts(), clip);
      for (int i = random.nextInt(200); i > 0; i--) {
        put(StoreModel.randomKey(random, clip));
        append(StoreModel.randomKey(random, clip));
        delete(model.randomKeyToRead(random, clip));
        runBackground();
      }
      model.checkAll(store);
      checkpoints.add(store.store.checkpoint(++checkpointId, Sharing.FORWARD_BACKWARD).complete());
      union.addAll(model);
      stores.add(store);
    }
    owner.take(checkpoints, union.copy());
    for (StoreReader half : stores) {
      closeStore(half);
    }
    owner.keep(1);
    mustNotShare = false;
    model = union;
    store = open(owner.latest().parts(), WHOLE);
    model.checkAll(store);
  }

  /** Checks everything once more, and ends the store and what it has handed over. */
  void finish() throws IOException {
    model.checkAll(store);
    store.store.compact();
    model.checkAll(store);
    closeStore();
    owner.keep(0);
  }

  List<String> objectsLeft() throws IOException {
    return objects.list("");
  }

  @Override
  public void close() throws IOException {
    objects.close();
  }
}
