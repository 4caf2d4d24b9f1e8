package io.hummock.flink.timer;

import io.hummock.HummockStore;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.encoding.StateKind;
import io.hummock.key.KeySpace;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.PriorityQueueSetFactory;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;

/**
 * Makes queues of timers that lie in the tree, and registers them beside the other states. For the
 * task's thread.
 */
public final class HummockPriorityQueueFactory implements PriorityQueueSetFactory {
  private final HummockStore store;
  private final RegisteredStates states;
  private final KeyGroupRange keyGroupRange;
  private final int numberOfKeyGroups;
  private final CacheBudget budget;
  private final DataOutputSerializer out = new DataOutputSerializer(128);
  private final DataInputDeserializer in = new DataInputDeserializer();

  /**
   * @param cacheBytes the heap that the caches of all queues may take
   */
  public HummockPriorityQueueFactory(
      HummockStore store,
      RegisteredStates states,
      KeyGroupRange keyGroupRange,
      int numberOfKeyGroups,
      long cacheBytes) {
    this.store = store;
    this.states = states;
    this.keyGroupRange = keyGroupRange;
    this.numberOfKeyGroups = numberOfKeyGroups;
    this.budget = new CacheBudget(cacheBytes);
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
    RegisteredState state =
        register(stateName, byteOrderedElementSerializer, allowFutureMetadataUpdates);
    List<KeyGroupTimers<T>> timers = new ArrayList<>(keyGroupRange.getNumberOfKeyGroups());
    for (int keyGroup : keyGroupRange) {
      timers.add(
          new KeyGroupTimers<>(
              stateName,
              store,
              new KeySpace(keyGroup, state.id()),
              byteOrderedElementSerializer,
              budget,
              out,
              in));
    }
    return new TimerQueue<>(timers, keyGroupRange, numberOfKeyGroups);
  }

  @SuppressWarnings({"unchecked", "ReferenceEquality"}) // same queue, same type; the very object
  private <T> RegisteredState register(
      String name, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
    RegisteredState known = states.get(name);
    if (known != null && known.kind() == StateKind.TIMER) {
      RegisteredPriorityQueueStateBackendMetaInfo<T> restored =
          (RegisteredPriorityQueueStateBackendMetaInfo<T>) known.metaInfo();
      if (restored.getPreviousElementSerializer() == serializer) {
        return known;
      }
      if (restored.updateElementSerializer(serializer).isIncompatible()) {
        throw new FlinkRuntimeException(
            new StateMigrationException(
                "The new serializer of the timers in '"
                    + name
                    + "' must not be incompatible with the one before: timers are keys, which"
                    + " cannot be migrated."));
      }
    }
    RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
        new RegisteredPriorityQueueStateBackendMetaInfo<>(name, serializer);
    RegisteredState state =
        new RegisteredState(
            allowFutureMetadataUpdates ? metaInfo.withSerializerUpgradesAllowed() : metaInfo);
    states.put(state);
    return state;
  }
}
