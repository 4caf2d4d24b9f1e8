package io.hummock.flink.snapshot;

import io.hummock.HummockStore;
import io.hummock.Snapshot;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.encoding.StateMigration;
import io.hummock.flink.encoding.ValueMigration;
import io.hummock.flink.metrics.SnapshotMetrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.FullSnapshotResources;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyValueStateIterator;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueStateSnapshot;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * What Flink writes a canonical savepoint from: a snapshot of the tree and, where timers are kept
 * on the heap, snapshots of their queues.
 */
/*
 * The tree orders entries by key group and then by state id, and one scan over it gives all of them;
 * the queues on the heap come behind the tree's entries of each key group. Entries of older schemas
 * are migrated on their way, and so a state may come more than once in a key group, which Flink's
 * format allows: each run of entries tells its state.
 */
public final class CanonicalSavepoint<K> implements FullSnapshotResources<K> {
  /**
   * The entries under one state id.
   *
   * @param id of their key spaces
   * @param index of their state in the savepoint
   * @param kind of their state
   * @param migration what brings their values into the state's schema; null if they are
   * @param transformer what filters values of that schema; null for none
   */
  record SavedState(
      long id,
      int index,
      StateKind kind,
      @Nullable ValueMigration migration,
      @Nullable StateSnapshotTransformer<byte[]> transformer) {}

  /** How values of older schemas are migrated. */
  public interface Migrations {
    /** See {@link StateMigration#of}. */
    List<StateMigration> of(RegisteredState state) throws IOException, StateMigrationException;
  }

  private final Snapshot snapshot;
  private final List<SavedState> states;
  private final List<HeapPriorityQueueStateSnapshot<?>> queues;
  private final List<StateMetaInfoSnapshot> metaInfos;
  private final KeyGroupRange keyGroups;
  private final int keyGroupPrefixBytes;
  private final TypeSerializer<K> keySerializer;
  private final StreamCompressionDecorator compression;
  private final LongSupplier estimatedEntries;
  private final SnapshotMetrics metrics;

  private CanonicalSavepoint(
      Snapshot snapshot,
      List<SavedState> states,
      List<HeapPriorityQueueStateSnapshot<?>> queues,
      List<StateMetaInfoSnapshot> metaInfos,
      KeyGroupRange keyGroups,
      int keyGroupPrefixBytes,
      TypeSerializer<K> keySerializer,
      StreamCompressionDecorator compression,
      LongSupplier estimatedEntries,
      SnapshotMetrics metrics) {
    this.snapshot = snapshot;
    this.states = states;
    this.queues = queues;
    this.metaInfos = metaInfos;
    this.keyGroups = keyGroups;
    this.keyGroupPrefixBytes = keyGroupPrefixBytes;
    this.keySerializer = keySerializer;
    this.compression = compression;
    this.estimatedEntries = estimatedEntries;
    this.metrics = metrics;
  }

  /**
   * The synchronous part of a savepoint; to be {@linkplain #release released}.
   *
   * @param states all states in the tree
   * @param queues snapshots of the queues that are not in the tree
   * @param keyGroups what the tree owns
   * @param keyGroupPrefixBytes how long a key group is in a key of a savepoint: 1 or 2
   * @param metrics knows where the progress is logged
   * @param migrations how entries of older schemas are migrated
   * @throws StateMigrationException if they cannot be
   */
  public static <K> CanonicalSavepoint<K> of(
      HummockStore store,
      List<RegisteredState> states,
      List<HeapPriorityQueueStateSnapshot<?>> queues,
      KeyGroupRange keyGroups,
      int keyGroupPrefixBytes,
      TypeSerializer<K> keySerializer,
      StreamCompressionDecorator compression,
      SnapshotMetrics metrics,
      Migrations migrations)
      throws IOException, StateMigrationException {
    List<RegisteredState> ordered = new ArrayList<>(states);
    Set<String> onTheHeap = new HashSet<>();
    queues.forEach(queue -> onTheHeap.add(queue.getMetaInfo().getName()));
    // What was restored into the tree has moved to the heap.
    ordered.removeIf(state -> state.kind() == StateKind.TIMER && onTheHeap.contains(state.name()));
    List<StateMetaInfoSnapshot> metaInfos = new ArrayList<>(ordered.size() + queues.size());
    List<SavedState> saved = new ArrayList<>(ordered.size());
    for (RegisteredState state : ordered) {
      int index = metaInfos.size();
      metaInfos.add(state.metaInfo().snapshot());
      StateSnapshotTransformer<byte[]> transformer =
          state.createSavepointTransformer().orElse(null);
      saved.add(new SavedState(state.id(), index, state.kind(), null, transformer));
      for (StateMigration older : migrations.of(state)) {
        saved.add(
            new SavedState(
                older.generation().id(),
                index,
                state.kind(),
                older.values().duplicate(),
                transformer));
      }
    }
    saved.sort(Comparator.comparing(SavedState::id, Long::compareUnsigned));
    for (HeapPriorityQueueStateSnapshot<?> queue : queues) {
      metaInfos.add(queue.getMetaInfoSnapshot());
    }
    return new CanonicalSavepoint<>(
        store.snapshot(),
        saved,
        List.copyOf(queues),
        metaInfos,
        keyGroups,
        keyGroupPrefixBytes,
        keySerializer.duplicate(),
        compression,
        () -> store.statistics().estimatedKeys(),
        metrics);
  }

  @Override
  public List<StateMetaInfoSnapshot> getMetaInfoSnapshots() {
    return metaInfos;
  }

  @Override
  public KeyValueStateIterator createKVStateIterator() throws IOException {
    return new SavepointIterator(
        snapshot,
        states,
        queues,
        metaInfos.size() - queues.size(),
        keyGroups,
        keyGroupPrefixBytes,
        metrics.savepoint(),
        estimatedEntries.getAsLong());
  }

  @Override
  public KeyGroupRange getKeyGroupRange() {
    return keyGroups;
  }

  @Override
  public TypeSerializer<K> getKeySerializer() {
    return keySerializer;
  }

  @Override
  public StreamCompressionDecorator getStreamCompressionDecorator() {
    return compression;
  }

  @Override
  public void release() {
    snapshot.close();
  }
}
