package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.CompactionFilters;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.encoding.StateId;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.encoding.StateMigration;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.snapshot.CanonicalSavepoint;
import io.hummock.flink.snapshot.HummockSnapshotStrategy;
import io.hummock.flink.state.OlderGenerations;
import io.hummock.flink.state.StateContext;
import io.hummock.flink.state.States;
import io.hummock.flink.state.TtlCompactionFilter;
import io.hummock.flink.timer.HummockPriorityQueueFactory;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.PartitionRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SnapshotExecutionType;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * The keyed state of one subtask of one operator: one tree for all its states.
 *
 * <p>For the task's thread; other threads may close it, tell it of checkpoints and query states.
 *
 * @param <K> the key's type
 */
public final class HummockKeyedStateBackend<K> extends AbstractKeyedStateBackend<K> {
  private final HummockStore store;
  private final RegisteredStates registered;
  private final StateContext<K> context;
  private final States<K> states;
  private final KeyStreams<K> keyStreams;
  private final StateRegistration registration;
  private final BackgroundMigration migration;
  private final Thread taskThread = Thread.currentThread();
  private final HummockSnapshotStrategy<K> snapshots;
  private final HummockPriorityQueueFactory treeTimers;
  private final @Nullable HeapTimers heapTimers;
  private final CompactionFilters filters;
  private final SnapshotMetrics snapshotMetrics;
  private final BackendResources resources;

  HummockKeyedStateBackend(HummockKeyedStateBackendBuilder<K> builder, OpenedBackend<K> opened) {
    super(
        builder.parameters().getKvStateRegistry(),
        opened.keySerializer(),
        builder.classLoader(),
        builder.executionConfig(),
        builder.parameters().getTtlTimeProvider(),
        builder.latencyTracking(),
        builder.sizeTracking(),
        opened.cancellation(),
        builder.compression(),
        opened.keyContext());
    this.store = opened.store();
    this.registered = opened.registered();
    this.snapshots = opened.snapshots();
    this.filters = opened.filters();
    this.snapshotMetrics = opened.snapshotMetrics();
    this.resources = opened.resources();
    this.context = new StateContext<>(store, keySerializer, numberOfKeyGroups, keyGroupRange);
    this.states = new States<>(context);
    this.keyStreams = new KeyStreams<>(store, keySerializer, keyGroupRange);
    this.registration = new StateRegistration(store, registered, userCodeClassLoader);
    this.migration = new BackgroundMigration(registered);
    this.treeTimers =
        new HummockPriorityQueueFactory(
            store,
            registered,
            keyGroupRange,
            numberOfKeyGroups,
            builder.settings().timerCacheBytes());
    this.heapTimers =
        opened.heapTimers() == null
            ? null
            : new HeapTimers(opened.heapTimers(), treeTimers, registered);
  }

  // ---- Keys

  @Override
  public void setCurrentKey(K newKey) {
    super.setCurrentKey(newKey);
    encodeCurrentKey();
  }

  @Override
  public void setCurrentKeyAndKeyGroup(K newKey, int newKeyGroupIndex) {
    super.setCurrentKeyAndKeyGroup(newKey, newKeyGroupIndex);
    encodeCurrentKey();
  }

  private void encodeCurrentKey() {
    if (!migration.isDone()) {
      migration.recordArrived();
    }
    try {
      context.keys().setCurrentKey(getCurrentKey(), getCurrentKeyGroupIndex());
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to serialise the current key.", e);
    }
  }

  @Override
  public <N> Stream<K> getKeys(String state, N namespace) {
    RegisteredState known = registered.get(state);
    return known == null || known.kind() == StateKind.TIMER
        ? Stream.empty()
        : keyStreams.keys(known, namespace);
  }

  @Override
  public <N> Stream<K> getKeys(List<String> stateNames, N namespace) {
    List<RegisteredState> known = new ArrayList<>(stateNames.size());
    for (String name : stateNames) {
      RegisteredState state = registered.get(name);
      if (state != null && state.kind() != StateKind.TIMER) {
        known.add(state);
      }
    }
    return known.isEmpty() ? Stream.empty() : keyStreams.keys(known, namespace);
  }

  @Override
  public <N> Stream<Tuple2<K, N>> getKeysAndNamespaces(String name) {
    RegisteredState state = registered.get(name);
    return state == null || state.kind() == StateKind.TIMER
        ? Stream.empty()
        : keyStreams.keysAndNamespaces(state);
  }

  @Override
  public int numKeyValueStateEntries() {
    Slice first =
        new PartitionRange(keyGroupRange.getStartKeyGroup(), keyGroupRange.getEndKeyGroup())
            .lowerKey();
    int count = 0;
    try (UserIterator entries = store.scan(first, null, Direction.FORWARD)) {
      for (entries.rewind(); entries.isValid(); entries.next()) {
        count++;
      }
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to count the entries of the state.", e);
    }
    return count;
  }

  // ---- States and timers

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // Flink's signature
  public <N, V, E, S extends State, T extends S> T createOrUpdateInternalState(
      TypeSerializer<N> namespaceSerializer,
      StateDescriptor<S, V> descriptor,
      StateSnapshotTransformFactory<E> transformFactory)
      throws Exception {
    return createOrUpdateInternalState(namespaceSerializer, descriptor, transformFactory, false);
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
  public <N, V, E, S extends State, T extends S> T createOrUpdateInternalState(
      TypeSerializer<N> namespaceSerializer,
      StateDescriptor<S, V> descriptor,
      StateSnapshotTransformFactory<E> transformFactory,
      boolean allowFutureMetadataUpdates)
      throws Exception {
    RegisteredState state =
        registration.register(
            descriptor, namespaceSerializer, transformFactory, allowFutureMetadataUpdates);
    List<StateMigration> migrations = migrations(state);
    // Under the changelog the serializer may still change.
    if (!allowFutureMetadataUpdates) {
      filters.register(state.id(), filter(state, descriptor, descriptor.getSerializer()));
      for (StateMigration older : migrations) {
        filters.register(older.generation().id(), filter(state, descriptor, older.values().from()));
      }
    }
    OlderGenerations older = null;
    if (!migrations.isEmpty()) {
      older = new OlderGenerations(store, state, migrations, keyGroupRange);
      migration.add(state.name(), older);
    }
    return (T) states.createOrUpdate(descriptor, state, older);
  }

  private List<StateMigration> migrations(RegisteredState state)
      throws IOException, StateMigrationException {
    return StateMigration.of(state, userCodeClassLoader, ttlTimeProvider);
  }

  /**
   * Flink cleans in the background unless that is switched off; for an LSM tree, when it compacts.
   */
  private CompactionFilter filter(
      RegisteredState state, StateDescriptor<?, ?> descriptor, TypeSerializer<?> serializer) {
    StateTtlConfig ttl = descriptor.getTtlConfig();
    return ttl.isEnabled()
            && ttl.getCleanupStrategies().inRocksdbCompactFilter()
            && TtlAwareSerializer.isSerializerTtlEnabled(serializer)
        ? new TtlCompactionFilter(
            state.kind(), serializer, ttl, ttlTimeProvider, userCodeClassLoader)
        : CompactionFilter.NONE;
  }

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(
          String stateName, TypeSerializer<T> byteOrderedElementSerializer) {
    return create(stateName, byteOrderedElementSerializer, false);
  }

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(
          String stateName,
          TypeSerializer<T> byteOrderedElementSerializer,
          boolean allowFutureMetadataUpdates) {
    if (heapTimers != null) {
      return heapTimers.create(stateName, byteOrderedElementSerializer, allowFutureMetadataUpdates);
    }
    filters.register(StateId.of(StateKind.TIMER, stateName), CompactionFilter.NONE);
    return treeTimers.create(stateName, byteOrderedElementSerializer, allowFutureMetadataUpdates);
  }

  /** Timers on the heap are in canonical savepoints, but not in the tree's own snapshots. */
  @Override
  public boolean requiresLegacySynchronousTimerSnapshots(SnapshotType type) {
    if (heapTimers == null) {
      return false;
    }
    boolean required =
        !(type instanceof SavepointType savepoint
            && savepoint.getFormatType() == SavepointFormatType.CANONICAL);
    heapTimers.writtenToRawState(required);
    return required;
  }

  @Override
  public boolean isSafeToReuseKVState() {
    return heapTimers == null;
  }

  @Override
  public String getBackendTypeIdentifier() {
    return "hummock";
  }

  // ---- Snapshots

  @Override
  public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(
      long checkpointId,
      long timestamp,
      CheckpointStreamFactory streamFactory,
      CheckpointOptions checkpointOptions)
      throws Exception {
    return heapTimers == null
        ? beginSnapshot(checkpointId, streamFactory, checkpointOptions)
        : heapTimers.beginSnapshot(
            () -> beginSnapshot(checkpointId, streamFactory, checkpointOptions));
  }

  private RunnableFuture<SnapshotResult<KeyedStateHandle>> beginSnapshot(
      long checkpointId, CheckpointStreamFactory streamFactory, CheckpointOptions checkpointOptions)
      throws IOException {
    return snapshots.snapshot(
        checkpointId,
        checkpointOptions.getCheckpointType().getSharingFilesStrategy(),
        registered.list(),
        streamFactory,
        cancelStreamRegistry);
  }

  @Override
  public SavepointResources<K> savepoint() throws Exception {
    return new SavepointResources<>(
        CanonicalSavepoint.of(
            store,
            registered.list(),
            heapTimers == null ? List.of() : heapTimers.snapshots(),
            keyGroupRange,
            CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(numberOfKeyGroups),
            keySerializer,
            keyGroupCompressionDecorator,
            snapshotMetrics,
            this::migrations),
        SnapshotExecutionType.ASYNCHRONOUS);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    snapshots.notifyCheckpointComplete(checkpointId);
    if (Thread.currentThread() == taskThread) {
      migration.step();
    }
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) {
    snapshots.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void notifyCheckpointSubsumed(long checkpointId) {
    snapshots.notifyCheckpointSubsumed(checkpointId);
  }

  // ---- The end

  /**
   * Cancels what runs and gives everything back, as soon as the task's thread cannot use it any
   * more. Closing twice is allowed.
   */
  @Override
  public void close() throws IOException {
    super.close();
    resources.closeWhenUnused();
  }

  /** As {@link #close}, when nobody uses the backend any more. */
  @Override
  public void dispose() {
    super.dispose();
    resources.close();
  }
}
