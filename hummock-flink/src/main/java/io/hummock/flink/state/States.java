package io.hummock.flink.state;

import io.hummock.flink.encoding.RegisteredState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.jspecify.annotations.Nullable;

/** Makes the state objects of a backend, one for each name. For the task's thread. */
public final class States<K> {
  private final StateContext<K> context;
  private final Map<String, HummockState<K, ?, ?>> byName = new HashMap<>();

  public States(StateContext<K> context) {
    this.context = context;
  }

  /**
   * The state object of a registered state, brought up to date with its registration.
   *
   * @param older what older schemas still have; null for nothing
   */
  @SuppressWarnings("unchecked") // the descriptor tells the types of the state and of its values
  public <N, V, S extends State> HummockState<K, N, V> createOrUpdate(
      StateDescriptor<S, V> descriptor,
      RegisteredState registered,
      @Nullable OlderGenerations older) {
    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo =
        (RegisteredKeyValueStateBackendMetaInfo<N, V>) registered.metaInfo();
    HummockState<K, N, V> state = (HummockState<K, N, V>) byName.get(registered.name());
    if (state == null) {
      state = create(descriptor, registered, metaInfo);
      byName.put(registered.name(), state);
    } else {
      state.update(descriptor, metaInfo);
    }
    state.lieUnder(registered.id(), older);
    return state;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // list and map states split the type of the values
  private <N, V> HummockState<K, N, V> create(
      StateDescriptor<?, V> descriptor,
      RegisteredState registered,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    return switch (registered.kind()) {
      case VALUE -> new HummockValueState<>(context, descriptor, metaInfo);
      case LIST ->
          (HummockState<K, N, V>)
              new HummockListState<K, N, Object>(
                  context,
                  (StateDescriptor<?, List<Object>>) descriptor,
                  (RegisteredKeyValueStateBackendMetaInfo<N, List<Object>>) metaInfo);
      case MAP ->
          (HummockState<K, N, V>)
              new HummockMapState<K, N, Object, Object>(
                  context,
                  (StateDescriptor<?, Map<Object, Object>>) descriptor,
                  (RegisteredKeyValueStateBackendMetaInfo<N, Map<Object, Object>>) metaInfo);
      case REDUCING ->
          new HummockReducingState<>(context, (ReducingStateDescriptor<V>) descriptor, metaInfo);
      case AGGREGATING ->
          new HummockAggregatingState<>(
              context, (AggregatingStateDescriptor<?, V, ?>) descriptor, metaInfo);
      case TIMER -> throw new IllegalArgumentException(registered + " is no keyed state");
    };
  }
}
