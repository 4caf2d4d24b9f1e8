package io.hummock.flink.state;

import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.jspecify.annotations.Nullable;

/** All added values aggregated, the accumulator stored as its serializer writes it. */
final class HummockAggregatingState<K, N, I, A, O> extends HummockState<K, N, A>
    implements InternalAggregatingState<K, N, I, A, O> {
  private AggregateFunction<I, A, O> aggregateFunction;

  HummockAggregatingState(
      StateContext<K> context,
      AggregatingStateDescriptor<I, A, O> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, A> metaInfo) {
    super(context, descriptor, metaInfo);
    this.aggregateFunction = descriptor.getAggregateFunction();
  }

  @Override
  @SuppressWarnings("unchecked") // the descriptor of the same state
  void update(
      StateDescriptor<?, A> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, A> metaInfo) {
    super.update(descriptor, metaInfo);
    aggregateFunction = ((AggregatingStateDescriptor<I, A, O>) descriptor).getAggregateFunction();
  }

  @Override
  public @Nullable O get() throws IOException {
    A accumulator = getValue();
    return accumulator == null ? null : aggregateFunction.getResult(accumulator);
  }

  @Override
  public void add(I value) throws IOException {
    A accumulator = getValue();
    if (accumulator == null) {
      accumulator = aggregateFunction.createAccumulator();
    }
    putValue(aggregateFunction.add(value, accumulator));
  }

  @Override
  public @Nullable A getInternal() throws IOException {
    return getValue();
  }

  @Override
  public void updateInternal(A value) throws IOException {
    putValue(value);
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) throws IOException {
    if (sources == null || sources.isEmpty()) {
      return;
    }
    A merged = null;
    for (N source : sources) {
      if (source != null) {
        setCurrentNamespace(source);
        A accumulator = getValue();
        if (accumulator != null) {
          deleteBytes();
          merged = merged == null ? accumulator : aggregateFunction.merge(merged, accumulator);
        }
      }
    }
    setCurrentNamespace(target);
    if (merged != null) {
      A accumulator = getValue();
      putValue(accumulator == null ? merged : aggregateFunction.merge(accumulator, merged));
    }
  }
}
