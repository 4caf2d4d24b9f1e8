package io.hummock;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.ManualClock;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A short life of a tree, always the same, in steps. Where a step fails, what a job does follows:
 * the store is closed, another is restored from the last checkpoint that was handed over, and the
 * life goes on with the next step. The object store is well again from then on.
 */
final class FaultScenario {
  private static final PartitionRange ALL = new PartitionRange(0, StoreModel.PARTITIONS - 1);
  private static final HummockOptions OPTIONS =
      new HummockOptions(8 << 10, 2, 512, 4 << 10, 3, 20, 20, 8 << 10, 4, 4, 10, 2, 64 << 10, 0);

  private final InMemoryObjectStore memory = new InMemoryObjectStore();
  private final ManualClock clock = new ManualClock();
  private final FaultyObjectStore objects = new FaultyObjectStore(memory, clock);
  private final CheckpointOwner owner = new CheckpointOwner(memory);
  private final SplittableRandom random = new SplittableRandom(1);
  private StoreModel model = new StoreModel();
  private @Nullable HummockStore store;
  private int stores;
  private int failures;

  private interface Step {
    void run(HummockStore store) throws IOException;
  }

  FaultyObjectStore objects() {
    return objects;
  }

  /** How often a job had to be restored. */
  int failures() {
    return failures;
  }

  List<String> objectsLeft() throws IOException {
    return memory.list("");
  }

  void run() throws IOException {
    List<Step> steps =
        List.of(
            this::write,
            HummockStore::flush,
            this::write,
            this::checkpoint,
            this::write,
            HummockStore::compact,
            this::read,
            this::write,
            this::checkpoint,
            this::checkpointForward,
            this::reopen,
            this::read,
            this::checkpointForward,
            this::write,
            HummockStore::compact,
            this::checkpoint,
            this::read);
    for (Step step : steps) {
      try {
        step.run(current());
      } catch (IOException e) {
        failures++;
        recover();
      }
    }
    objects.disarm();
    read(current());
    current().close();
    owner.keep(0);
  }

  private HummockStore current() throws IOException {
    HummockStore open = store;
    if (open == null) {
      HummockEnvironment environment =
          new HummockEnvironment(
              objects,
              "store-" + stores++,
              new HeapPageAllocator(1 << 20),
              BackgroundExecutor.DIRECT,
              BackgroundExecutor.DIRECT,
              clock,
              random.split(),
              HummockMetrics.NONE,
              CompactionFilter.NONE);
      open =
          owner.isEmpty()
              ? HummockStore.open(OPTIONS, environment)
              : HummockStore.restore(OPTIONS, environment, owner.latest().parts(), ALL);
      store = open;
    }
    return open;
  }

  private void recover() throws IOException {
    objects.disarm();
    current().close();
    store = null;
    model = owner.isEmpty() ? new StoreModel() : owner.latest().model().copy();
    read(current());
  }

  private void write(HummockStore to) throws IOException {
    for (int i = 0; i < 120; i++) {
      Slice key = StoreModel.randomKey(random, ALL);
      Slice value = StoreModel.randomValue(random);
      int prefix = StoreModel.scanPrefixLength(key);
      switch (random.nextInt(4)) {
        case 0 -> {
          to.delete(key, prefix);
          model.delete(key);
        }
        case 1 -> {
          to.append(key, prefix, value);
          model.append(key, value);
        }
        default -> {
          to.put(key, prefix, value);
          model.put(key, value);
        }
      }
    }
  }

  private void read(HummockStore from) throws IOException {
    StoreModel.Reader reader =
        new StoreModel.Reader() {
          @Override
          public boolean get(Slice key, ValueLookup lookup) throws IOException {
            return from.get(key, lookup);
          }

          @Override
          public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
              throws IOException {
            return from.scan(lower, upper, direction);
          }
        };
    for (int i = 0; i < 20; i++) {
      model.checkGet(reader, model.randomKeyToRead(random, ALL));
    }
    model.checkAll(reader);
  }

  private void checkpoint(HummockStore of) throws IOException {
    complete(of.checkpoint(++stores, Sharing.FORWARD_BACKWARD));
    owner.keep(2);
  }

  private void checkpointForward(HummockStore of) throws IOException {
    complete(of.checkpoint(++stores, Sharing.FORWARD));
    owner.keep(1);
  }

  private void complete(PendingCheckpoint pending) throws IOException {
    try (pending) {
      owner.take(List.of(pending.complete()), model.copy());
    }
  }

  private void reopen(HummockStore last) throws IOException {
    last.close();
    store = null;
    model = owner.latest().model().copy();
    current();
  }
}
