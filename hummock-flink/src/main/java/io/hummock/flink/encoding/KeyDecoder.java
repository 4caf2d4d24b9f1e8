package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;

/**
 * Takes apart what {@link KeyEncoder} composed: {@link #set}, then {@link #readKey}, then {@link
 * #readNamespace}, each at most once and in this order.
 *
 * <p>Reused from key to key; not thread-safe.
 */
public final class KeyDecoder<K, N> {
  private final TypeSerializer<K> keySerializer;
  private final TypeSerializer<N> namespaceSerializer;
  private final boolean ambiguous;
  private final DataInputDeserializer in = new DataInputDeserializer();

  /** The serializers become this decoder's own: give duplicates where others use them too. */
  public KeyDecoder(TypeSerializer<K> keySerializer, TypeSerializer<N> namespaceSerializer) {
    this.keySerializer = keySerializer;
    this.namespaceSerializer = namespaceSerializer;
    this.ambiguous =
        CompositeKeySerializationUtils.isAmbiguousKeyPossible(keySerializer, namespaceSerializer);
  }

  /** Begins with a key of the tree, whose bytes must last while it is read. */
  public void set(Slice key) {
    in.setBuffer(key.array(), key.offset() + KeySpace.LENGTH, key.length() - KeySpace.LENGTH);
  }

  public K readKey() throws IOException {
    return CompositeKeySerializationUtils.readKey(keySerializer, in, ambiguous);
  }

  public N readNamespace() throws IOException {
    return CompositeKeySerializationUtils.readNamespace(namespaceSerializer, in, ambiguous);
  }

  /** How many bytes of the key are not read yet: after the namespace, those of the map key. */
  public int remaining() {
    return in.available();
  }

  /** The length of a map entry's key up to its namespace, which is included. */
  public int scanPrefixLength(Slice key) throws IOException {
    set(key);
    readKey();
    readNamespace();
    return key.length() - in.available();
  }
}
