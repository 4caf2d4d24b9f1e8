package io.hummock.flink.snapshot;

import io.hummock.HummockStore;
import io.hummock.Snapshot;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateKind;
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
import org.jspecify.annotations.Nullable;

/**
 * What Flink writes a canonical savepoint from: a snapshot of the tree and, where timers are kept
 * on the heap, snapshots of their queues.
 */
/*
 * Flink wants the entries ordered by key group and then by the index of their state in the list of
 * states. The tree orders them by key group and then by state id. So the list is made in the order
 * of the ids, and one scan over the tree gives all entries as they are wanted; the queues on the
 * heap come last in the list, and behind the tree's entries of each key group.
 */
public final class CanonicalSavepoint<K> implements FullSnapshotResources<K> {
  /**
   * A state in the savepoint.
   *
   * @param transformer what filters its values; null for none
   */
  record SavedState(
      RegisteredState state, @Nullable StateSnapshotTransformer<byte[]> transformer) {}

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
   */
  public static <K> CanonicalSavepoint<K> of(
      HummockStore store,
      List<RegisteredState> states,
      List<HeapPriorityQueueStateSnapshot<?>> queues,
      KeyGroupRange keyGroups,
      int keyGroupPrefixBytes,
      TypeSerializer<K> keySerializer,
      StreamCompressionDecorator compression,
      SnapshotMetrics metrics)
      throws IOException {
    List<RegisteredState> ordered = new ArrayList<>(states);
    Set<String> onTheHeap = new HashSet<>();
    queues.forEach(queue -> onTheHeap.add(queue.getMetaInfo().getName()));
    // What was restored into the tree has moved to the heap.
    ordered.removeIf(state -> state.kind() == StateKind.TIMER && onTheHeap.contains(state.name()));
    ordered.sort(Comparator.comparing(RegisteredState::id, Long::compareUnsigned));
    List<StateMetaInfoSnapshot> metaInfos = new ArrayList<>(ordered.size() + queues.size());
    List<SavedState> saved = new ArrayList<>(ordered.size());
    for (RegisteredState state : ordered) {
      metaInfos.add(state.metaInfoSnapshot());
      saved.add(new SavedState(state, state.createSavepointTransformer().orElse(null)));
    }
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
