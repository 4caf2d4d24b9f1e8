package io.hummock.flink.encoding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer.TransformStrategy;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes of Flink's transform factory, which for lists and maps is one of their elements, one of the
 * state's values as canonical savepoints hold them: elements of a list are separated by {@code ,},
 * each value of a map follows a byte that says whether it is null.
 *
 * @param <V> the state's value, as its descriptor says
 * @param <E> the value that the given factory is for
 */
public final class SerializedTransformFactory<V, E> implements StateSnapshotTransformFactory<V> {
  private final StateKind kind;
  private final StateSnapshotTransformFactory<E> factory;
  private final TypeSerializer<?> valueSerializer;

  /**
   * @param kind the kind of state
   * @param factory what Flink hands to the backend: of the element for lists and of the value for
   *     maps, else of the state's value
   * @param valueSerializer of the state's value; for a list a {@link ListSerializer}
   */
  public SerializedTransformFactory(
      StateKind kind, StateSnapshotTransformFactory<E> factory, TypeSerializer<?> valueSerializer) {
    this.kind = kind;
    this.factory = factory;
    this.valueSerializer = valueSerializer;
  }

  @Override
  public Optional<StateSnapshotTransformer<V>> createForDeserializedState() {
    throw new UnsupportedOperationException("savepoints are filtered as bytes");
  }

  @Override
  public Optional<StateSnapshotTransformer<byte[]>> createForSerializedState() {
    return switch (kind) {
      case LIST ->
          factory
              .createForDeserializedState()
              .map(element -> new ListTransformer<>(element, elementSerializer()));
      case MAP -> factory.createForSerializedState().map(MapTransformer::new);
      default -> factory.createForSerializedState();
    };
  }

  @SuppressWarnings("unchecked") // the factory of a list is one of its elements
  private TypeSerializer<E> elementSerializer() {
    return ((ListSerializer<E>) valueSerializer).getElementSerializer().duplicate();
  }

  private static final class ListTransformer<E> implements StateSnapshotTransformer<byte[]> {
    private final StateSnapshotTransformer<E> elements;
    private final TypeSerializer<E> serializer;
    private final boolean expiresFromTheFront;
    private final ListDelimitedSerializer listSerializer = new ListDelimitedSerializer();
    private final DataInputDeserializer in = new DataInputDeserializer();

    ListTransformer(StateSnapshotTransformer<E> elements, TypeSerializer<E> serializer) {
      this.elements = elements;
      this.serializer = serializer;
      expiresFromTheFront =
          elements instanceof CollectionStateSnapshotTransformer<E> collection
              && collection.getFilterStrategy() == TransformStrategy.STOP_ON_FIRST_INCLUDED;
    }

    @Override
    public byte @Nullable [] filterOrTransform(byte @Nullable [] value) {
      if (value == null) {
        return null;
      }
      try {
        List<E> kept = new ArrayList<>();
        in.setBuffer(value);
        int start = 0;
        while (in.available() > 0) {
          E element = ListDelimitedSerializer.deserializeNextElement(in, serializer);
          E transformed = elements.filterOrTransform(element);
          if (transformed != null) {
            if (expiresFromTheFront) {
              return start == 0 ? value : Arrays.copyOfRange(value, start, value.length);
            }
            kept.add(transformed);
          }
          start = in.getPosition();
        }
        return kept.isEmpty() ? null : listSerializer.serializeList(kept, serializer);
      } catch (IOException e) {
        throw new UncheckedIOException("a list's elements are not readable", e);
      }
    }
  }

  /** Drops the entry of an expired value, and keeps that of a null. */
  private record MapTransformer(StateSnapshotTransformer<byte[]> values)
      implements StateSnapshotTransformer<byte[]> {
    @Override
    public byte @Nullable [] filterOrTransform(byte @Nullable [] value) {
      if (value == null || value[0] != 0) {
        return value;
      }
      byte[] bare = Arrays.copyOfRange(value, 1, value.length);
      byte[] transformed = values.filterOrTransform(bare);
      if (transformed == null) {
        return null;
      }
      if (transformed == bare) {
        return value;
      }
      byte[] flagged = new byte[transformed.length + 1];
      System.arraycopy(transformed, 0, flagged, 1, transformed.length);
      return flagged;
    }
  }
}
