package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyDecoder;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateGeneration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * The keys of states as streams, ordered by key group and then by their bytes. A stream holds a
 * scan open until it is used up or closed, unless it needs none; what is written meanwhile may be
 * met or not. For the task's thread.
 */
final class KeyStreams<K> {
  private final HummockStore store;
  private final TypeSerializer<K> keySerializer;
  private final KeyGroupRange keyGroups;
  private final KeyHeads<K> heads;
  private final boolean isImmutable;

  KeyStreams(HummockStore store, TypeSerializer<K> keySerializer, KeyGroupRange keyGroups) {
    this.store = store;
    this.keySerializer = keySerializer;
    this.keyGroups = keyGroups;
    this.heads = new KeyHeads<>(store);
    this.isImmutable = keySerializer.isImmutableType();
  }

  /** The keys that a state has in a namespace. */
  <N> Stream<K> keys(RegisteredState state, N namespace) {
    KeyHeads.Head<K> head = heads.find(state, namespace);
    if (head != null) {
      return stream(new KeySpliterator<>(this, state, head.namespace(), head));
    }
    return state.older().isEmpty()
        ? stream(new KeySpliterator<>(this, state, copy(namespace, state), null))
        : keys(List.of(state), namespace);
  }

  private static <K> Stream<K> stream(KeySpliterator<K, ?> keys) {
    return StreamSupport.stream(keys, false).onClose(keys::close);
  }

  private static <N> N copy(N namespace, RegisteredState state) {
    TypeSerializer<N> serializer = namespaceSerializer(state);
    return serializer.isImmutableType() ? namespace : serializer.copy(namespace);
  }

  /** What is known of the first keys of states. */
  KeyHeads<K> heads() {
    return heads;
  }

  /** A key that its reader may change. */
  K copy(K key) {
    return isImmutable ? key : keySerializer.copy(key);
  }

  /**
   * Opens a scan of the keys that a state has in a namespace, all of them in its current schema.
   *
   * @param behind the {@link StateKeys#bytes} to begin behind; null to begin with the first
   */
  <N> StateKeys<K, N> open(RegisteredState state, N namespace, @Nullable Slice behind)
      throws IOException {
    TypeSerializer<N> namespaceSerializer = namespaceSerializer(state);
    byte[] bytes = serialize(namespace, namespaceSerializer);
    return new StateKeys<>(
        new StateKeyCursor(store, state.id(), keyGroups, behind),
        new KeyDecoder<>(keySerializer, namespaceSerializer),
        bytes);
  }

  /** The keys that some of these states have in a namespace, each key once. */
  <N> Stream<K> keys(List<RegisteredState> states, N namespace) {
    try {
      byte[] namespaceBytes = null;
      List<StateKeys<K, N>> sources = new ArrayList<>();
      for (RegisteredState state : states) {
        TypeSerializer<N> namespaceSerializer = namespaceSerializer(state);
        byte[] bytes = serialize(namespace, namespaceSerializer);
        if (namespaceBytes != null && !Arrays.equals(namespaceBytes, bytes)) {
          throw new FlinkRuntimeException("Key namespaces are different for states " + states);
        }
        namespaceBytes = bytes;
        sources.add(
            new StateKeys<>(
                cursor(state), new KeyDecoder<>(keySerializer, namespaceSerializer), bytes));
      }
      return stream(new MergedKeys<>(states, sources));
    } catch (IOException e) {
      throw unreadable(states, e);
    }
  }

  /** The keys of a state with all their namespaces. */
  <N> Stream<Tuple2<K, N>> keysAndNamespaces(RegisteredState state) {
    try {
      TypeSerializer<N> namespaceSerializer = namespaceSerializer(state);
      return stream(
          new KeysAndNamespaces<>(
              state, cursor(state), new KeyDecoder<>(keySerializer, namespaceSerializer)));
    } catch (IOException e) {
      throw unreadable(state, e);
    }
  }

  /** The keys of all generations of a state. */
  private KeyCursor cursor(RegisteredState state) throws IOException {
    if (state.older().isEmpty()) {
      return new StateKeyCursor(store, state.id(), keyGroups, null);
    }
    List<KeyCursor> cursors = new ArrayList<>();
    cursors.add(new StateKeyCursor(store, state.id(), keyGroups, null));
    for (StateGeneration older : state.older()) {
      cursors.add(new StateKeyCursor(store, older.id(), keyGroups, null));
    }
    return new MergedKeyCursor(cursors);
  }

  @SuppressWarnings("unchecked") // the caller knows the type of the state's namespaces
  private static <N> TypeSerializer<N> namespaceSerializer(RegisteredState state) {
    return ((RegisteredKeyValueStateBackendMetaInfo<N, ?>) state.metaInfo())
        .getNamespaceSerializer();
  }

  private <N> byte[] serialize(N namespace, TypeSerializer<N> namespaceSerializer)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    CompositeKeySerializationUtils.writeNameSpace(
        namespace,
        namespaceSerializer,
        out,
        CompositeKeySerializationUtils.isAmbiguousKeyPossible(keySerializer, namespaceSerializer));
    return out.getCopyOfBuffer();
  }

  private static <T> Stream<T> stream(Walk<T> walk) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(walk, Spliterator.ORDERED), false)
        .onClose(walk::close);
  }

  static FlinkRuntimeException unreadable(Object of, IOException cause) {
    return new FlinkRuntimeException(
        "the keys of " + of + " cannot be read: " + cause.getMessage(), cause);
  }

  /** An iterator that looks one element ahead, and closes itself behind the last. */
  private abstract static class Walk<T> implements Iterator<T> {
    private final Object of;
    private @Nullable T next;
    private boolean done;

    Walk(Object of) {
      this.of = of;
    }

    /** The next element, or null if there is none. */
    abstract @Nullable T advance() throws IOException;

    abstract void close();

    @Override
    public boolean hasNext() {
      if (next == null && !done) {
        try {
          next = advance();
        } catch (IOException e) {
          throw unreadable(of, e);
        }
        if (next == null) {
          done = true;
          close();
        }
      }
      return next != null;
    }

    @Override
    public T next() {
      T result = hasNext() ? next : null;
      if (result == null) {
        throw new NoSuchElementException();
      }
      next = null;
      return result;
    }
  }

  private static final class MergedKeys<K, N> extends Walk<K> {
    private final List<StateKeys<K, N>> sources;
    private boolean started;

    MergedKeys(Object of, List<StateKeys<K, N>> sources) {
      super(of);
      this.sources = sources;
    }

    @Override
    @Nullable K advance() throws IOException {
      if (!started) {
        started = true;
        for (StateKeys<K, N> source : sources) {
          source.next();
        }
      }
      StateKeys<K, N> least = null;
      for (StateKeys<K, N> source : sources) {
        if (source.key() != null && (least == null || source.compareTo(least) < 0)) {
          least = source;
        }
      }
      if (least == null) {
        return null;
      }
      K key = least.key();
      for (StateKeys<K, N> source : sources) {
        if (source != least && source.key() != null && source.compareTo(least) == 0) {
          source.next();
        }
      }
      least.next();
      return key;
    }

    @Override
    void close() {
      sources.forEach(IOUtils::closeQuietly);
    }
  }

  private static final class KeysAndNamespaces<K, N> extends Walk<Tuple2<K, N>> {
    private final KeyCursor cursor;
    private final KeyDecoder<K, N> decoder;

    KeysAndNamespaces(Object of, KeyCursor cursor, KeyDecoder<K, N> decoder) {
      super(of);
      this.cursor = cursor;
      this.decoder = decoder;
    }

    @Override
    @Nullable Tuple2<K, N> advance() throws IOException {
      if (!cursor.next()) {
        return null;
      }
      decoder.set(cursor.key());
      K key = decoder.readKey();
      return Tuple2.of(key, decoder.readNamespace());
    }

    @Override
    void close() {
      IOUtils.closeQuietly(cursor);
    }
  }
}
