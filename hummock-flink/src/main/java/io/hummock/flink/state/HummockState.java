package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyEncoder;
import io.hummock.flink.encoding.StateWalk;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * A state whose entries lie in the tree under {@code key group | state id | key | namespace}.
 *
 * <p>For the task's thread, but for {@link #getSerializedValue}, which any thread may call.
 *
 * @param <K> the key's type
 * @param <N> the namespace's type
 * @param <V> the type of a whole value, as the state's serializer takes it
 */
public abstract class HummockState<K, N, V> implements InternalKvState<K, N, V> {
  /*
   * The methods get, put, append and delete below are the only ones by which the subclasses reach
   * the tree for the current key and namespace. All in front of them deals in values, all behind
   * them in bytes.
   */
  private static final long NONE = -1;

  private final StateContext<K> context;
  private final String name;
  private long stateId;

  /** Null once everything is in the current schema; read by queries too. */
  private volatile @Nullable OlderGenerations older;

  private TypeSerializer<N> namespaceSerializer;
  private TypeSerializer<V> valueSerializer;
  private @Nullable V defaultValue;
  private boolean isCleanedByCompactionOnly;
  private @Nullable N currentNamespace;

  /**
   * Which composition of the current key a lookup has found no value of, until something is written
   * to this state; see {@link KeyEncoder#compositions}.
   */
  private long absent = NONE;

  HummockState(
      StateContext<K> context,
      StateDescriptor<?, V> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    this.context = context;
    this.name = descriptor.getName();
    this.namespaceSerializer = metaInfo.getNamespaceSerializer();
    this.valueSerializer = metaInfo.getStateSerializer();
    this.defaultValue = descriptor.getDefaultValue();
    this.isCleanedByCompactionOnly = isCleanedByCompactionOnly(descriptor.getTtlConfig());
  }

  /** Flink puts its one default strategy where the configuration names none. */
  private static boolean isCleanedByCompactionOnly(StateTtlConfig ttl) {
    return ttl.isEnabled()
        && ttl.getCleanupStrategies().getIncrementalCleanupStrategy()
            == StateTtlConfig.newBuilder(ttl.getTimeToLive())
                .build()
                .getCleanupStrategies()
                .getIncrementalCleanupStrategy();
  }

  /** Takes what a later registration of the same state changes: serializers, functions, default. */
  void update(
      StateDescriptor<?, V> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    namespaceSerializer = metaInfo.getNamespaceSerializer();
    valueSerializer = metaInfo.getStateSerializer();
    defaultValue = descriptor.getDefaultValue();
    isCleanedByCompactionOnly = isCleanedByCompactionOnly(descriptor.getTtlConfig());
  }

  @Override
  public final TypeSerializer<K> getKeySerializer() {
    return context.keySerializer();
  }

  @Override
  public final TypeSerializer<N> getNamespaceSerializer() {
    return namespaceSerializer;
  }

  @Override
  public final TypeSerializer<V> getValueSerializer() {
    return valueSerializer;
  }

  @Override
  public final void setCurrentNamespace(N namespace) {
    currentNamespace = namespace;
  }

  final StateContext<K> context() {
    return context;
  }

  final long stateId() {
    return stateId;
  }

  final N currentNamespace() {
    N namespace = currentNamespace;
    if (namespace == null) {
      throw new IllegalStateException("No namespace set.");
    }
    return namespace;
  }

  /**
   * Where the entries lie.
   *
   * @param id of the current schema, in which all entries are written
   * @param generations what older schemas still have; null for nothing
   */
  final void lieUnder(long id, @Nullable OlderGenerations generations) {
    stateId = id;
    older = generations;
  }

  /** What older schemas still have, or null. */
  final @Nullable OlderGenerations older() {
    OlderGenerations generations = older;
    if (generations != null && generations.isDone()) {
      older = null;
      return null;
    }
    return generations;
  }

  /**
   * Brings what an older schema has for a key of the current one; to be called before any access.
   */
  final Slice moved(Slice key, int scanPrefixLength) throws IOException {
    OlderGenerations generations = older;
    if (generations != null) {
      try {
        generations.moveEntry(key, scanPrefixLength);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
    return key;
  }

  /** A copy of the default value, or null. */
  final @Nullable V defaultValue() {
    return defaultValue == null ? null : valueSerializer.copy(defaultValue);
  }

  /** The key of the current key and namespace; valid until the next one is composed. */
  final Slice currentKey() throws IOException {
    return context.keys().encode(stateId, currentNamespace(), namespaceSerializer);
  }

  /** As {@link #currentKey}, with what an older schema has for it brought here. */
  private Slice currentEntry() throws IOException {
    Slice key = currentKey();
    return moved(key, key.length());
  }

  /** The value's bytes, or null; valid until the next lookup. */
  final @Nullable Slice getBytes() throws IOException {
    ValueLookup lookup = context.lookup();
    Slice key = currentEntry();
    try {
      if (context.store().get(key, context.keys().hash(), lookup)) {
        return lookup.value();
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    absent = context.keys().compositions();
    return null;
  }

  /** A failure to read, with the name of the state. */
  final IOException unreadable(IOException cause) {
    return new IOException(failure("read", cause), cause);
  }

  /**
   * A failure where Flink's interface knows no {@link IOException}, with the name of the state.
   *
   * @param done what it cannot be: read, changed or cleared
   */
  final FlinkRuntimeException failed(String done, IOException cause) {
    return new FlinkRuntimeException(failure(done, cause), cause);
  }

  private String failure(String done, IOException cause) {
    return "state '" + name + "' cannot be " + done + ": " + cause.getMessage();
  }

  final void putBytes(Slice value) throws IOException {
    Slice key = currentEntry();
    if (absent == context.keys().compositions()) {
      absent = NONE;
      context.store().putFirst(key, context.keys().hash(), key.length(), value);
    } else {
      context.store().put(key, context.keys().hash(), key.length(), value);
    }
  }

  final void appendBytes(Slice operand) throws IOException {
    Slice key = currentEntry();
    absent = NONE;
    context.store().append(key, context.keys().hash(), key.length(), operand);
  }

  final void deleteBytes() throws IOException {
    Slice key = currentEntry();
    absent = NONE;
    context.store().delete(key, context.keys().hash(), key.length());
  }

  /** The value of the current key and namespace, or null. */
  final @Nullable V getValue() throws IOException {
    Slice bytes = getBytes();
    return bytes == null ? null : valueSerializer.deserialize(context.input(bytes));
  }

  /** Gives the current key and namespace a value. */
  final void putValue(V value) throws IOException {
    putBytes(context.serialize(value, valueSerializer));
  }

  @Override
  public void clear() {
    try {
      deleteBytes();
    } catch (IOException e) {
      throw failed("cleared", e);
    }
  }

  @Override
  public byte @Nullable [] getSerializedValue(
      byte[] serializedKeyAndNamespace,
      TypeSerializer<K> safeKeySerializer,
      TypeSerializer<N> safeNamespaceSerializer,
      TypeSerializer<V> safeValueSerializer)
      throws Exception {
    Slice key = queriedKey(serializedKeyAndNamespace, safeKeySerializer, safeNamespaceSerializer);
    OlderGenerations generations = older;
    Slice migrated = generations == null ? null : generations.query(key);
    if (migrated != null) {
      return migrated.toByteArray();
    }
    ValueLookup lookup = new ValueLookup();
    return context.store().get(key, lookup) ? lookup.value().toByteArray() : null;
  }

  /** The key that a query of any thread means, composed with that thread's serializers. */
  final Slice queriedKey(
      byte[] serializedKeyAndNamespace,
      TypeSerializer<K> safeKeySerializer,
      TypeSerializer<N> safeNamespaceSerializer)
      throws IOException {
    Tuple2<K, N> keyAndNamespace =
        KvStateSerializer.deserializeKeyAndNamespace(
            serializedKeyAndNamespace, safeKeySerializer, safeNamespaceSerializer);
    KeyEncoder<K> keys = new KeyEncoder<>(safeKeySerializer);
    keys.setCurrentKey(
        keyAndNamespace.f0,
        KeyGroupRangeAssignment.assignToKeyGroup(keyAndNamespace.f0, context.numberOfKeyGroups()));
    return keys.encode(stateId, keyAndNamespace.f1, safeNamespaceSerializer);
  }

  /**
   * A visitor of the entries. Flink asks for one wherever time to live is cleaned in the
   * background, which compaction does at no cost for the records: so it gets one only where the
   * configuration names incremental clean-up itself.
   *
   * @throws UnsupportedOperationException if compaction does what Flink wants the visitor for
   */
  @Override
  public StateIncrementalVisitor<K, N, V> getStateIncrementalVisitor(
      int recommendedMaxNumberOfReturnedRecords) {
    if (isCleanedByCompactionOnly) {
      throw new UnsupportedOperationException(
          "expired state is cleaned by compaction, as cleanupIncrementally was not called");
    }
    return new IncrementalVisitor<>(
        this,
        new StateWalk(context.store(), stateId, context.keyGroups()),
        recommendedMaxNumberOfReturnedRecords);
  }

  // What a visitor does to an entry, whose key is not the current one.

  /** What a visitor shows of an entry; null for nothing. */
  @Nullable V readEntry(StateWalk.Entry entry) throws IOException {
    return valueSerializer.deserialize(context.input(entry.value()));
  }

  /** The bytes of an entry's new value, valid until the next are written; null if it has none. */
  @Nullable Slice writeEntry(StateWalk.Entry entry, V value) throws IOException {
    return context.serialize(value, valueSerializer);
  }

  /** The bytes of an entry's value now, valid until the next lookup; null if it has none. */
  final @Nullable Slice currentValue(StateWalk.Entry entry) throws IOException {
    ValueLookup lookup = context.lookup();
    return context.store().get(entry.key(), lookup) ? lookup.value() : null;
  }

  void updateEntry(StateWalk.Entry entry, Slice value) throws IOException {
    context.store().put(entry.key(), entry.scanPrefixLength(), value);
  }

  void removeEntry(StateWalk.Entry entry) throws IOException {
    context.store().delete(entry.key(), entry.scanPrefixLength());
  }
}
