package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.SavepointFormat;
import io.hummock.flink.encoding.StateWalk;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.jspecify.annotations.Nullable;

/**
 * A list, stored as its elements, each followed by {@code ','}: appending needs no read. An empty
 * list is no entry.
 */
final class HummockListState<K, N, V> extends HummockState<K, N, List<V>>
    implements InternalListState<K, N, V> {
  private TypeSerializer<V> elementSerializer;

  HummockListState(
      StateContext<K> context,
      StateDescriptor<?, List<V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super(context, descriptor, metaInfo);
    this.elementSerializer = elementSerializer();
  }

  @Override
  void update(
      StateDescriptor<?, List<V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super.update(descriptor, metaInfo);
    elementSerializer = elementSerializer();
  }

  private TypeSerializer<V> elementSerializer() {
    return ((ListSerializer<V>) getValueSerializer()).getElementSerializer();
  }

  @Override
  public @Nullable Iterable<V> get() throws IOException {
    return getInternal();
  }

  @Override
  public @Nullable List<V> getInternal() throws IOException {
    Slice bytes = getBytes();
    return bytes == null ? null : ListElements.read(context().input(bytes), elementSerializer);
  }

  @Override
  public void add(V value) throws IOException {
    Objects.requireNonNull(value, "You cannot add null to a ListState.");
    DataOutputSerializer out = context().output();
    elementSerializer.serialize(value, out);
    out.write(SavepointFormat.DELIMITER);
    appendBytes(context().written());
  }

  @Override
  public void addAll(List<V> values) throws IOException {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    if (!values.isEmpty()) {
      appendBytes(serialize(values));
    }
  }

  @Override
  public void update(List<V> values) throws IOException {
    updateInternal(values);
  }

  @Override
  public void updateInternal(List<V> values) throws IOException {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    if (values.isEmpty()) {
      deleteBytes();
    } else {
      putBytes(serialize(values));
    }
  }

  private Slice serialize(List<V> values) throws IOException {
    DataOutputSerializer out = context().output();
    for (V value : values) {
      Objects.requireNonNull(value, "You cannot add null to a ListState.");
      elementSerializer.serialize(value, out);
      out.write(SavepointFormat.DELIMITER);
    }
    return context().written();
  }

  @Override
  List<V> readEntry(StateWalk.Entry entry) throws IOException {
    return ListElements.read(context().input(entry.value()), elementSerializer);
  }

  @Override
  @Nullable Slice writeEntry(StateWalk.Entry entry, List<V> values) throws IOException {
    return values.isEmpty() ? null : serialize(values);
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) throws IOException {
    if (sources == null || sources.isEmpty()) {
      return;
    }
    for (N source : sources) {
      if (source != null) {
        setCurrentNamespace(source);
        Slice bytes = getBytes();
        if (bytes != null) {
          deleteBytes();
          setCurrentNamespace(target);
          appendBytes(bytes);
        }
      }
    }
    setCurrentNamespace(target);
  }

  @Override
  public byte @Nullable [] getSerializedValue(
      byte[] serializedKeyAndNamespace,
      TypeSerializer<K> safeKeySerializer,
      TypeSerializer<N> safeNamespaceSerializer,
      TypeSerializer<List<V>> safeValueSerializer)
      throws Exception {
    byte[] bytes =
        super.getSerializedValue(
            serializedKeyAndNamespace,
            safeKeySerializer,
            safeNamespaceSerializer,
            safeValueSerializer);
    return bytes == null ? null : SavepointFormat.list(Slice.of(bytes));
  }
}
