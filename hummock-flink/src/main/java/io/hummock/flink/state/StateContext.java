package io.hummock.flink.state;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyEncoder;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;

/**
 * What all states of a backend share: the tree, the current key, and buffers that are used within
 * one call of a state and never across two. For the task's thread, but for the tree, which any
 * thread may read.
 */
public final class StateContext<K> {
  private final HummockStore store;
  private final TypeSerializer<K> keySerializer;
  private final int numberOfKeyGroups;
  private final KeyGroupRange keyGroups;
  private final KeyEncoder<K> keys;
  private final ValueLookup lookup = new ValueLookup();
  private final DataOutputSerializer out = new DataOutputSerializer(128);
  private final DataInputDeserializer in = new DataInputDeserializer();
  private Slice written = Slice.EMPTY;

  /**
   * @param numberOfKeyGroups of all subtasks
   * @param keyGroups of this one
   */
  public StateContext(
      HummockStore store,
      TypeSerializer<K> keySerializer,
      int numberOfKeyGroups,
      KeyGroupRange keyGroups) {
    this.store = store;
    this.keySerializer = keySerializer;
    this.numberOfKeyGroups = numberOfKeyGroups;
    this.keyGroups = keyGroups;
    this.keys = new KeyEncoder<>(keySerializer);
  }

  public HummockStore store() {
    return store;
  }

  public TypeSerializer<K> keySerializer() {
    return keySerializer;
  }

  public int numberOfKeyGroups() {
    return numberOfKeyGroups;
  }

  /** Those that the tree owns. */
  public KeyGroupRange keyGroups() {
    return keyGroups;
  }

  /** Holds the current key. */
  public KeyEncoder<K> keys() {
    return keys;
  }

  /** The lookup of the task's thread. */
  ValueLookup lookup() {
    return lookup;
  }

  /** The output buffer, emptied. */
  DataOutputSerializer output() {
    out.clear();
    return out;
  }

  /** What was written to {@link #output}; valid until it is asked for again. */
  Slice written() {
    written = written.over(out.getSharedBuffer(), out.length());
    return written;
  }

  /** Reads the bytes of {@code value}, which must last as long as they are read. */
  DataInputDeserializer input(Slice value) {
    in.setBuffer(value.array(), value.offset(), value.length());
    return in;
  }

  /** The serialised form of a value; valid until {@link #output} is asked for again. */
  <T> Slice serialize(T value, TypeSerializer<T> serializer) throws IOException {
    serializer.serialize(value, output());
    return written();
  }
}
