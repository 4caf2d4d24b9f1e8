package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.flink.encoding.KeyEncoder;
import io.hummock.flink.encoding.StateWalk;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.jspecify.annotations.Nullable;

/**
 * A map with one entry of the tree for each of its own: the key is {@code ... namespace | map key},
 * of which all in front of the map key is the scan prefix; the value is {@code is null (1 byte) |
 * map value}.
 */
final class HummockMapState<K, N, U, V> extends HummockState<K, N, Map<U, V>>
    implements InternalMapState<K, N, U, V> {
  private final CachedMaps maps;
  private TypeSerializer<U> mapKeySerializer;
  private TypeSerializer<V> mapValueSerializer;

  HummockMapState(
      StateContext<K> context,
      StateDescriptor<?, Map<U, V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, Map<U, V>> metaInfo) {
    super(context, descriptor, metaInfo);
    this.maps = new CachedMaps(context.store());
    this.mapKeySerializer = mapSerializer().getKeySerializer();
    this.mapValueSerializer = mapSerializer().getValueSerializer();
  }

  @Override
  void update(
      StateDescriptor<?, Map<U, V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, Map<U, V>> metaInfo) {
    super.update(descriptor, metaInfo);
    mapKeySerializer = mapSerializer().getKeySerializer();
    mapValueSerializer = mapSerializer().getValueSerializer();
  }

  private MapSerializer<U, V> mapSerializer() {
    return (MapSerializer<U, V>) getValueSerializer();
  }

  @Override
  public @Nullable V get(U mapKey) throws IOException {
    Slice value = getEntry(mapKey);
    return value == null ? null : readMapValue(value);
  }

  @Override
  public boolean contains(U mapKey) throws IOException {
    return getEntry(mapKey) != null;
  }

  private @Nullable Slice getEntry(U mapKey) throws IOException {
    Slice key = key(mapKey);
    try {
      return maps.get(key, scanPrefixLength(), older() == null);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public void put(U mapKey, @Nullable V value) throws IOException {
    maps.put(key(mapKey), scanPrefixLength(), writeMapValue(value));
  }

  @Override
  public void putAll(@Nullable Map<U, V> map) throws IOException {
    if (map == null || map.isEmpty()) {
      return;
    }
    currentKey();
    KeyEncoder<K> keys = context().keys();
    for (Map.Entry<U, V> entry : map.entrySet()) {
      Slice key = moved(keys.encodeNext(entry.getKey(), mapKeySerializer), keys.scanPrefixLength());
      maps.put(key, scanPrefixLength(), writeMapValue(entry.getValue()));
    }
  }

  @Override
  public void remove(U mapKey) throws IOException {
    maps.remove(key(mapKey), scanPrefixLength());
  }

  @Override
  public boolean isEmpty() throws IOException {
    Slice prefix = currentKey();
    OlderGenerations older = older();
    try {
      return (older == null || older.isMapEmpty(prefix)) && maps.isEmpty(prefix);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public void clear() {
    try {
      maps.clear(currentMap());
    } catch (IOException e) {
      throw failed("cleared", e);
    }
  }

  @Override
  public Iterable<Map.Entry<U, V>> entries() throws IOException {
    Slice prefix = currentMap();
    return () -> new MapIterators.Entries<>(this, scan(prefix));
  }

  @Override
  public Iterator<Map.Entry<U, V>> iterator() throws IOException {
    return new MapIterators.Entries<>(this, scan(currentMap()));
  }

  @Override
  public Iterable<U> keys() throws IOException {
    Slice prefix = currentMap();
    return () -> new MapIterators.Keys<>(this, scan(prefix));
  }

  @Override
  public Iterable<V> values() throws IOException {
    Slice prefix = currentMap();
    return () -> new MapIterators.Values<>(this, scan(prefix));
  }

  private ChunkedScan scan(Slice prefix) {
    try {
      return maps.scan(prefix);
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  /** The prefix of the current map's entries, with those of older schemas brought here. */
  private Slice currentMap() throws IOException {
    Slice prefix = currentKey().copy();
    OlderGenerations older = older();
    if (older != null) {
      try {
        older.moveMap(prefix);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
    return prefix;
  }

  private Slice key(U mapKey) throws IOException {
    Slice key =
        context()
            .keys()
            .encode(
                stateId(), currentNamespace(), getNamespaceSerializer(), mapKey, mapKeySerializer);
    return moved(key, scanPrefixLength());
  }

  private int scanPrefixLength() {
    return context().keys().scanPrefixLength();
  }

  /** Removes an entry that a scan has met. */
  void remove(ChunkedScan entries, Slice mapKey) throws IOException {
    maps.remove(entries.key(mapKey), entries.prefixLength());
  }

  /** Gives an entry that a scan has met another value. */
  void put(ChunkedScan entries, Slice mapKey, @Nullable V value) throws IOException {
    maps.put(entries.key(mapKey), entries.prefixLength(), writeMapValue(value));
  }

  U readMapKey(Slice bytes) throws IOException {
    return mapKeySerializer.deserialize(context().input(bytes));
  }

  @Nullable V readMapValue(Slice bytes) throws IOException {
    return readMapValue(context().input(bytes), mapValueSerializer);
  }

  private static <V> @Nullable V readMapValue(
      DataInputDeserializer in, TypeSerializer<V> serializer) throws IOException {
    boolean isNull = in.readBoolean();
    return isNull ? null : serializer.deserialize(in);
  }

  /** Valid until the next value is written. */
  private Slice writeMapValue(@Nullable V value) throws IOException {
    DataOutputSerializer out = context().output();
    out.writeBoolean(value == null);
    if (value != null) {
      mapValueSerializer.serialize(value, out);
    }
    return context().written();
  }

  /** Nothing of a null, which has no time to live. */
  @Override
  @Nullable Map<U, V> readEntry(StateWalk.Entry entry) throws IOException {
    V value = readMapValue(entry.value());
    return value == null
        ? null
        : Map.of(readMapKey(entry.key().from(entry.scanPrefixLength())), value);
  }

  @Override
  @Nullable Slice writeEntry(StateWalk.Entry entry, Map<U, V> map) throws IOException {
    return map.isEmpty() ? null : writeMapValue(map.values().iterator().next());
  }

  @Override
  void updateEntry(StateWalk.Entry entry, Slice value) throws IOException {
    maps.put(entry.key(), entry.scanPrefixLength(), value);
  }

  @Override
  void removeEntry(StateWalk.Entry entry) throws IOException {
    maps.remove(entry.key(), entry.scanPrefixLength());
  }

  @Override
  public byte @Nullable [] getSerializedValue(
      byte[] serializedKeyAndNamespace,
      TypeSerializer<K> safeKeySerializer,
      TypeSerializer<N> safeNamespaceSerializer,
      TypeSerializer<Map<U, V>> safeValueSerializer)
      throws Exception {
    MapSerializer<U, V> serializer = (MapSerializer<U, V>) safeValueSerializer;
    TypeSerializer<U> safeMapKeySerializer = serializer.getKeySerializer();
    TypeSerializer<V> safeMapValueSerializer = serializer.getValueSerializer();
    Slice prefix =
        queriedKey(serializedKeyAndNamespace, safeKeySerializer, safeNamespaceSerializer);
    DataInputDeserializer in = new DataInputDeserializer();
    Map<U, @Nullable V> map = new LinkedHashMap<>();
    OlderGenerations older = older();
    if (older != null) {
      for (OlderGenerations.QueriedEntry entry : older.queryMap(prefix)) {
        map.put(
            safeMapKeySerializer.deserialize(reading(in, entry.mapKey())),
            readMapValue(reading(in, entry.value()), safeMapValueSerializer));
      }
    }
    ChunkedScan entries = new ChunkedScan(context().store(), prefix);
    while (entries.next()) {
      map.put(
          safeMapKeySerializer.deserialize(reading(in, entries.rest())),
          readMapValue(reading(in, entries.value()), safeMapValueSerializer));
    }
    return map.isEmpty()
        ? null
        : KvStateSerializer.serializeMap(
            map.entrySet(), safeMapKeySerializer, safeMapValueSerializer);
  }

  private static DataInputDeserializer reading(DataInputDeserializer in, Slice bytes) {
    in.setBuffer(bytes.array(), bytes.offset(), bytes.length());
    return in;
  }
}
