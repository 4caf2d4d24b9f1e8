package io.hummock.flink.restore;

import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.apache.flink.runtime.state.internal.InternalValueState;

/** State of texts of each kind, in one version of its serializer. */
final class EvolvingStates {
  private final AbstractKeyedStateBackend<Integer> backend;
  private final VersionedSerializer serializer;
  private final boolean ttl;

  /**
   * @param ttl whether the states have a time to live, which is never over
   */
  EvolvingStates(
      CheckpointableKeyedStateBackend<Integer> backend,
      VersionedSerializer serializer,
      boolean ttl) {
    this.backend = (AbstractKeyedStateBackend<Integer>) backend;
    this.serializer = serializer;
    this.ttl = ttl;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's states are internal
  private <S extends State, T> T state(StateDescriptor<S, ?> descriptor) throws Exception {
    if (ttl) {
      descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofDays(1_000)).build());
    }
    return (T)
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  InternalValueState<Integer, VoidNamespace, String> value() throws Exception {
    return state(new ValueStateDescriptor<>("value", serializer));
  }

  InternalListState<Integer, VoidNamespace, String> list() throws Exception {
    return state(new ListStateDescriptor<>("list", serializer));
  }

  InternalMapState<Integer, VoidNamespace, Integer, String> map() throws Exception {
    return state(new MapStateDescriptor<>("map", IntSerializer.INSTANCE, serializer));
  }

  InternalReducingState<Integer, VoidNamespace, String> reducing() throws Exception {
    return state(
        new ReducingStateDescriptor<>("reducing", (left, right) -> left + right, serializer));
  }

  InternalAggregatingState<Integer, VoidNamespace, String, String, String> aggregating()
      throws Exception {
    return state(new AggregatingStateDescriptor<>("aggregating", new Concatenation(), serializer));
  }

  void registerAll() throws Exception {
    backend.setCurrentKey(0);
    value();
    list();
    map();
    reducing();
    aggregating();
  }

  private static final class Concatenation implements AggregateFunction<String, String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String createAccumulator() {
      return "";
    }

    @Override
    public String add(String text, String accumulator) {
      return accumulator + text;
    }

    @Override
    public String getResult(String accumulator) {
      return accumulator;
    }

    @Override
    public String merge(String left, String right) {
      return left + right;
    }
  }
}
