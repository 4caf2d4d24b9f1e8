package io.hummock.flink.state;

import java.io.IOException;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.jspecify.annotations.Nullable;

/** A value; stored as its serializer writes it. */
final class HummockValueState<K, N, V> extends HummockState<K, N, V>
    implements InternalValueState<K, N, V> {
  HummockValueState(
      StateContext<K> context,
      StateDescriptor<?, V> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super(context, descriptor, metaInfo);
  }

  @Override
  public @Nullable V value() throws IOException {
    V value = getValue();
    return value == null ? defaultValue() : value;
  }

  @Override
  public void update(@Nullable V value) throws IOException {
    if (value == null) {
      deleteBytes();
    } else {
      putValue(value);
    }
  }
}
