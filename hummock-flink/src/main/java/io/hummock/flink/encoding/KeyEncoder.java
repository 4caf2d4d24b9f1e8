package io.hummock.flink.encoding;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.jspecify.annotations.Nullable;

/**
 * Composes keys of the tree in one reused buffer:
 *
 * <pre>
 *   key group (2 bytes, big endian) | state id (8, big endian)
 *     | key [length] | namespace [length] [| map key]
 * </pre>
 *
 * <p>What follows the state id are the bytes that Flink's {@code SerializedCompositeKeyBuilder}
 * puts behind its key-group prefix: the lengths stand there only if both serializers write a
 * variable number of bytes, low byte first, in as many bytes as they need.
 *
 * <p>The key is serialised once, when it becomes the current one or, if nobody can change it, when
 * it is first needed; and so is a namespace. Each slice that is handed out lasts until the next
 * call. Not thread-safe.
 */
public final class KeyEncoder<K> {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final TypeSerializer<K> keySerializer;
  private final boolean variableKey;
  private final boolean immutableKey;
  private final DataOutputSerializer out = new DataOutputSerializer(128);
  private @Nullable K unwritten;
  private int keyGroup;
  private int keyEnd;
  private int namespaceEnd;

  /* The key of the current key and the namespace used last. */
  private Slice last = Slice.EMPTY;
  private long compositions;
  private long lastStateId;
  private @Nullable Object lastNamespace;
  private boolean isHashed;
  private long hash;

  private Slice lastOfMap = Slice.EMPTY;

  public KeyEncoder(TypeSerializer<K> keySerializer) {
    this.keySerializer = keySerializer;
    this.variableKey = isVariable(keySerializer);
    this.immutableKey = keySerializer.isImmutableType();
  }

  /** Whether lengths stand behind key and namespace. */
  public boolean isAmbiguous(TypeSerializer<?> namespaceSerializer) {
    return variableKey && isVariable(namespaceSerializer);
  }

  private static boolean isVariable(TypeSerializer<?> serializer) {
    return CompositeKeySerializationUtils.isSerializerTypeVariableSized(serializer);
  }

  /** Makes {@code key} the one that the next keys are composed of. */
  public void setCurrentKey(K key, int group) throws IOException {
    keyEnd = 0;
    namespaceEnd = 0;
    keyGroup = group;
    unwritten = key;
    if (!immutableKey) {
      writeKey();
    }
  }

  private void writeKey() throws IOException {
    K key = unwritten;
    if (key == null) {
      throw new IllegalStateException(
          "No key set. This method should not be called outside of a keyed context.");
    }
    out.clear();
    out.writeShort(keyGroup);
    out.writeLong(0);
    keySerializer.serialize(key, out);
    keyEnd = out.length();
    unwritten = null;
  }

  /** The key of the current key and a namespace in some state. */
  public <N> Slice encode(long stateId, N namespace, TypeSerializer<N> namespaceSerializer)
      throws IOException {
    if (namespaceEnd != 0 && stateId == lastStateId && namespace == lastNamespace) {
      return last;
    }
    if (keyEnd == 0) {
      writeKey();
    }
    namespaceEnd = 0;
    isHashed = false;
    out.setPosition(keyEnd);
    if (isAmbiguous(namespaceSerializer)) {
      CompositeKeySerializationUtils.writeVariableIntBytes(keyEnd - KeySpace.LENGTH, out);
      CompositeKeySerializationUtils.writeNameSpace(namespace, namespaceSerializer, out, true);
    } else {
      namespaceSerializer.serialize(namespace, out);
    }
    LONG.set(out.getSharedBuffer(), Short.BYTES, stateId);
    namespaceEnd = out.length();
    last = last.over(out.getSharedBuffer(), namespaceEnd);
    compositions++;
    lastStateId = stateId;
    lastNamespace = namespaceSerializer.isImmutableType() ? namespace : null;
    return last;
  }

  /**
   * How many keys of a current key and a namespace were composed: the same number as before if the
   * last one still stands, and none that was given before if it does not.
   */
  public long compositions() {
    return compositions;
  }

  /** The {@link Hash#hash64(Slice)} of the last key up to its namespace, which is included. */
  public long hash() {
    if (!isHashed) {
      hash = Hash.hash64(last);
      isHashed = true;
    }
    return hash;
  }

  /**
   * The key of the current key, a namespace and a key within a map; {@link #scanPrefixLength} tells
   * where the map key begins.
   */
  public <N, U> Slice encode(
      long stateId,
      N namespace,
      TypeSerializer<N> namespaceSerializer,
      U mapKey,
      TypeSerializer<U> mapKeySerializer)
      throws IOException {
    encode(stateId, namespace, namespaceSerializer);
    return encodeNext(mapKey, mapKeySerializer);
  }

  /** As the last {@link #encode}, with another map key. */
  public <U> Slice encodeNext(U mapKey, TypeSerializer<U> mapKeySerializer) throws IOException {
    assert namespaceEnd > 0;
    out.setPosition(namespaceEnd);
    mapKeySerializer.serialize(mapKey, out);
    lastOfMap = lastOfMap.over(out.getSharedBuffer(), out.length());
    return lastOfMap;
  }

  /** The length of the last key up to its namespace, which is included. */
  public int scanPrefixLength() {
    return namespaceEnd;
  }
}
