package io.hummock.flink.ownership;

import io.hummock.BackgroundExecutor;
import io.hummock.HummockEnvironment;
import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.metrics.RestoreMetrics;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.ownership.JobManager.Pending;
import io.hummock.flink.restore.HummockRestore;
import io.hummock.flink.restore.RestoredBackend;
import io.hummock.flink.snapshot.HummockSnapshotStrategy;
import io.hummock.flink.storage.FileSystemObjectStore;
import io.hummock.flink.storage.Placement;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectStore;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.ManualClock;
import io.hummock.testing.SimulatedExecutor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.Path;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StateUtil;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.jspecify.annotations.Nullable;

/** One attempt of a subtask: the engine, its snapshot strategy, and what a map says is in it. */
final class Subtask {
  static final RegisteredState STATE =
      new RegisteredState(
          new RegisteredKeyValueStateBackendMetaInfo<>(
              StateDescriptor.Type.VALUE,
              "count",
              VoidNamespaceSerializer.INSTANCE,
              IntSerializer.INSTANCE));

  private static final int KEYS = 25;

  /** A snapshot of which the synchronous part is done. */
  static final class Running {
    final Pending pending;
    final Map<Slice, Slice> content;
    final RunnableFuture<SnapshotResult<KeyedStateHandle>> future;

    /** What the asynchronous part gave, until it is sent. */
    @Nullable KeyedStateHandle result;

    boolean started;

    Running(
        Pending pending,
        Map<Slice, Slice> content,
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future) {
      this.pending = pending;
      this.content = content;
      this.future = future;
    }
  }

  final int index;
  final KeyGroupRange range;
  final UUID attempt;
  final FaultyObjectStore faults;
  final HummockStore store;
  final HummockSnapshotStrategy<Integer> strategy;
  final TreeMap<Slice, Slice> model = new TreeMap<>();
  final List<Reader> readers = new ArrayList<>();
  final Deque<Pending> barriers = new ArrayDeque<>();
  final Set<Long> abortedIds = new HashSet<>();
  final List<Running> running = new ArrayList<>();

  private final JobManager manager;
  private final Placement placement;
  private final CloseableRegistry cancellation = new CloseableRegistry();
  private final BackgroundExecutor flushes;
  private final BackgroundExecutor compactions;

  /**
   * @param interleaving is run before calls of the object store, which is when other threads may do
   *     something
   */
  Subtask(
      JobManager manager,
      int index,
      UUID attempt,
      KeyGroupRange range,
      boolean shared,
      List<KeyedStateHandle> handles,
      Map<Slice, Slice> content,
      SplittableRandom random,
      InterleavingObjectStore.Interleaving interleaving)
      throws Exception {
    this.manager = manager;
    this.index = index;
    this.range = range;
    this.attempt = attempt;
    faults =
        new FaultyObjectStore(
            new InterleavingObjectStore(new FileSystemObjectStore(), interleaving),
            new ManualClock());
    UriObjectStore objects = objects(faults);
    Path sharedDirectory = manager.storage.getSharedStateDirectory();
    placement =
        shared
            ? Placement.shared(objects, new Path(sharedDirectory, "hummock/op/" + attempt))
            : Placement.local(
                objects,
                new Path(sharedDirectory.getParent().getParent(), "local/" + attempt),
                Long.MAX_VALUE);
    boolean direct = random.nextInt(4) == 0;
    flushes = direct ? BackgroundExecutor.DIRECT : new SimulatedExecutor(random.split());
    compactions = direct ? BackgroundExecutor.DIRECT : new SimulatedExecutor(random.split());
    RestoredBackend restored =
        restore(
            options(random),
            objects,
            placement.directory(),
            flushes,
            compactions,
            range,
            handles,
            random.split());
    store = restored.store();
    strategy =
        new HummockSnapshotStrategy<>(
            store::checkpoint,
            placement,
            IntSerializer.INSTANCE,
            range,
            JobManager.KEY_GROUPS,
            Runnable::run,
            restored.copiesRestored(),
            new SnapshotMetrics(
                new UnregisteredMetricsGroup(), "subtask", new ManualClock(), line -> {}));
    content.forEach(
        (key, value) -> {
          if (range.contains(KeySpace.partition(key))) {
            model.put(key, value);
          }
        });
  }

  static UriObjectStore objects(ObjectStore files) {
    return new UriObjectStore(scheme -> new UriObjectStore.Route(files, true));
  }

  static RestoredBackend restore(
      HummockOptions options,
      UriObjectStore objects,
      String directory,
      BackgroundExecutor flushes,
      BackgroundExecutor compactions,
      KeyGroupRange range,
      List<KeyedStateHandle> handles,
      SplittableRandom random)
      throws Exception {
    List<KeyedStateHandle> mine = new ArrayList<>();
    for (KeyedStateHandle handle : handles) {
      KeyedStateHandle part = handle.getIntersection(range);
      if (part != null) {
        mine.add(part);
      }
    }
    return new HummockRestore<>(
            options,
            new HummockEnvironment(
                objects,
                directory,
                new HeapPageAllocator(16 << 20),
                flushes,
                compactions,
                new ManualClock(),
                random,
                HummockMetrics.NONE,
                CompactionFilter.NONE),
            objects,
            range,
            JobManager.KEY_GROUPS,
            StateSerializerProvider.fromNewRegisteredSerializer(IntSerializer.INSTANCE),
            Subtask.class.getClassLoader(),
            new CloseableRegistry(),
            new RestoreMetrics(
                new UnregisteredMetricsGroup(),
                "subtask",
                new ManualClock(),
                (name, value) -> {},
                line -> {}))
        .restore(mine);
  }

  /** Small memtables and tables, early compactions. */
  static HummockOptions options(SplittableRandom random) {
    int trigger = random.nextInt(1, 5);
    return new HummockOptions(
        4 << 10,
        random.nextInt(1, 4),
        256,
        1 << 10,
        trigger,
        trigger + 4,
        trigger + 8,
        1 << 10,
        random.nextInt(2, 5),
        random.nextInt(2, 5),
        random.nextBoolean() ? 10 : 0,
        2,
        1 << 16,
        random.nextBoolean() ? 1 << 14 : 0);
  }

  // ---- The task's thread

  void write(SplittableRandom random) throws IOException {
    for (int i = random.nextInt(1, 30); i > 0; i--) {
      int partition = random.nextInt(range.getStartKeyGroup(), range.getEndKeyGroup() + 1);
      Slice key = new KeySpace(partition, STATE.id()).key(Slice.utf8("key" + random.nextInt(KEYS)));
      if (random.nextInt(5) == 0) {
        store.delete(key, key.length());
        model.remove(key);
      } else {
        Slice value = Slice.utf8(Long.toHexString(random.nextLong()).repeat(random.nextInt(1, 6)));
        store.put(key, key.length(), value);
        model.put(key, value);
      }
    }
  }

  void snapshot(Pending pending) throws IOException {
    running.add(
        new Running(
            pending,
            new TreeMap<>(model),
            strategy.snapshot(
                pending.id,
                pending.sharing,
                List.of(STATE),
                manager.storage.resolveCheckpointStorageLocation(
                    pending.id, pending.location.getLocationReference()),
                cancellation)));
  }

  void runBackground(SplittableRandom random) {
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      boolean ran = random.nextBoolean() ? flushes.runOneTask() : compactions.runOneTask();
      if (!ran) {
        return;
      }
    }
  }

  void openReader(SplittableRandom random) throws IOException {
    readers.add(random.nextBoolean() ? Reader.ofSnapshot(store, model) : Reader.ofScan(store));
  }

  // ---- The end

  /** As Flink cancels what a task has under way. */
  void giveUp(Running snapshot) throws Exception {
    running.remove(snapshot);
    StateUtil.discardStateFuture(snapshot.future);
  }

  /** Ends as a task does that failed, was cancelled or has finished, but whose process lives. */
  void close(SplittableRandom random) throws Exception {
    faults.disarm();
    List<Running> late = new ArrayList<>();
    for (Running snapshot : List.copyOf(running)) {
      if (random.nextInt(3) == 0) {
        late.add(snapshot);
      } else {
        giveUp(snapshot);
      }
    }
    cancellation.close();
    List<Reader> lateReaders = new ArrayList<>();
    for (Reader reader : readers) {
      if (random.nextInt(4) == 0) {
        lateReaders.add(reader);
      } else {
        reader.close();
      }
    }
    store.close();
    for (Reader reader : lateReaders) {
      reader.close();
    }
    placement.close();
    for (Running snapshot : late) {
      giveUp(snapshot);
    }
  }
}
