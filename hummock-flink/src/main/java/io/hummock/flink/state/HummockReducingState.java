package io.hummock.flink.state;

import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.jspecify.annotations.Nullable;

/** All added values reduced to one, which is stored as its serializer writes it. */
final class HummockReducingState<K, N, V> extends HummockState<K, N, V>
    implements InternalReducingState<K, N, V> {
  private ReduceFunction<V> reduceFunction;

  HummockReducingState(
      StateContext<K> context,
      ReducingStateDescriptor<V> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super(context, descriptor, metaInfo);
    this.reduceFunction = descriptor.getReduceFunction();
  }

  @Override
  @SuppressWarnings("unchecked") // the descriptor of the same state
  void update(
      StateDescriptor<?, V> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super.update(descriptor, metaInfo);
    reduceFunction = ((ReducingStateDescriptor<V>) descriptor).getReduceFunction();
  }

  @Override
  public @Nullable V get() throws IOException {
    return getValue();
  }

  @Override
  public void add(V value) throws Exception {
    V old = getValue();
    putValue(old == null ? value : reduceFunction.reduce(old, value));
  }

  @Override
  public @Nullable V getInternal() throws IOException {
    return getValue();
  }

  @Override
  public void updateInternal(V value) throws IOException {
    putValue(value);
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) throws Exception {
    if (sources == null || sources.isEmpty()) {
      return;
    }
    V merged = null;
    for (N source : sources) {
      if (source != null) {
        setCurrentNamespace(source);
        V value = getValue();
        if (value != null) {
          deleteBytes();
          merged = merged == null ? value : reduceFunction.reduce(merged, value);
        }
      }
    }
    setCurrentNamespace(target);
    if (merged != null) {
      V value = getValue();
      putValue(value == null ? merged : reduceFunction.reduce(value, merged));
    }
  }
}
