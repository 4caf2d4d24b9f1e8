package io.hummock.flink.state;

import io.hummock.flink.encoding.SavepointFormat;
import io.hummock.flink.encoding.StateKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer.TransformStrategy;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Applies a snapshot transformer, which knows single values, to what a savepoint has of a whole
 * state entry: of a list each element, of a map entry the value behind its null flag.
 */
final class SavepointTransforms {
  private static final byte IS_NULL = 1;

  private SavepointTransforms() {}

  /** The factory of transformers over entries of a state of this kind. */
  @SuppressWarnings("unchecked") // the factory is that of the same state
  static <V, E> StateSnapshotTransformFactory<V> ofEntries(
      StateKind kind, StateSnapshotTransformFactory<E> factory, TypeSerializer<V> serializer) {
    return switch (kind) {
      case LIST ->
          serialized(
              () ->
                  factory
                      .createForDeserializedState()
                      .map(
                          transformer ->
                              new ListTransformer<>(
                                  transformer,
                                  ((ListSerializer<E>) serializer)
                                      .getElementSerializer()
                                      .duplicate())));
      case MAP ->
          serialized(() -> factory.createForSerializedState().map(SavepointTransforms::ofMapValue));
      default -> serialized(factory::createForSerializedState);
    };
  }

  private interface Source {
    Optional<? extends StateSnapshotTransformer<byte[]>> create();
  }

  private static <V> StateSnapshotTransformFactory<V> serialized(Source source) {
    return new StateSnapshotTransformFactory<>() {
      @Override
      public Optional<StateSnapshotTransformer<V>> createForDeserializedState() {
        throw new UnsupportedOperationException("Hummock's states are serialised");
      }

      @Override
      public Optional<StateSnapshotTransformer<byte[]>> createForSerializedState() {
        return source.create().map(transformer -> transformer);
      }
    };
  }

  private static StateSnapshotTransformer<byte[]> ofMapValue(
      StateSnapshotTransformer<byte[]> transformer) {
    return value -> {
      if (value == null || value[0] == IS_NULL) {
        return value;
      }
      byte[] unflagged = Arrays.copyOfRange(value, 1, value.length);
      byte[] transformed = transformer.filterOrTransform(unflagged);
      if (transformed == null || transformed == unflagged) {
        return transformed == null ? null : value;
      }
      byte[] flagged = new byte[transformed.length + 1];
      System.arraycopy(transformed, 0, flagged, 1, transformed.length);
      return flagged;
    };
  }

  /** Drops and changes elements; a list without any is dropped. */
  private static final class ListTransformer<E> implements StateSnapshotTransformer<byte[]> {
    private final StateSnapshotTransformer<E> transformer;
    private final TypeSerializer<E> elementSerializer;
    private final boolean stopAtFirst;
    private final DataInputDeserializer in = new DataInputDeserializer();
    private final DataOutputSerializer out = new DataOutputSerializer(128);

    ListTransformer(StateSnapshotTransformer<E> transformer, TypeSerializer<E> elementSerializer) {
      this.transformer = transformer;
      this.elementSerializer = elementSerializer;
      this.stopAtFirst =
          transformer instanceof CollectionStateSnapshotTransformer<E> collection
              && collection.getFilterStrategy() == TransformStrategy.STOP_ON_FIRST_INCLUDED;
    }

    @Override
    public byte @Nullable [] filterOrTransform(byte @Nullable [] value) {
      if (value == null) {
        return null;
      }
      try {
        in.setBuffer(value);
        out.clear();
        while (in.available() > 0) {
          int start = in.getPosition();
          E kept = transformer.filterOrTransform(ListElements.readNext(in, elementSerializer));
          if (kept != null) {
            if (stopAtFirst) {
              return Arrays.copyOfRange(value, start, value.length);
            }
            if (out.length() > 0) {
              out.write(SavepointFormat.DELIMITER);
            }
            elementSerializer.serialize(kept, out);
          }
        }
        return out.length() == 0 ? null : out.getCopyOfBuffer();
      } catch (IOException e) {
        throw new FlinkRuntimeException("Failed to filter a list on its way to a savepoint.", e);
      }
    }
  }
}
