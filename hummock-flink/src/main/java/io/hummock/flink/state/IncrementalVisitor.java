package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyDecoder;
import io.hummock.flink.encoding.StateWalk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.apache.flink.runtime.state.StateEntry;
import org.apache.flink.runtime.state.internal.InternalKvState.StateIncrementalVisitor;
import org.jspecify.annotations.Nullable;

/**
 * Visits the entries of a state a few at a time, as the incremental clean-up of time to live wants.
 * It copies some entries at once and hands them out one call after another, so that a call costs
 * few reads, whatever the size of the state. Of a map each entry is handed out as a map of its own.
 * As long as an older schema has entries it moves them instead, so that it then meets all of them.
 *
 * <p>An entry that has been changed since it was copied is neither removed nor updated: whoever
 * judged it has not seen it as it is. For the task's thread.
 */
final class IncrementalVisitor<K, N, V> implements StateIncrementalVisitor<K, N, V> {
  private static final int MIN_CHUNK_ENTRIES = 128;

  private final HummockState<K, N, V> state;
  private final StateWalk walk;
  private final int maxEntries;
  private final Deque<StateWalk.Entry> chunk = new ArrayDeque<>();

  IncrementalVisitor(HummockState<K, N, V> state, StateWalk walk, int maxEntries) {
    this.state = state;
    this.walk = walk;
    this.maxEntries = Math.max(1, maxEntries);
  }

  @Override
  public boolean hasNext() {
    return !chunk.isEmpty() || !walk.isAtEnd();
  }

  @Override
  public Collection<StateEntry<K, N, V>> nextEntries() {
    try {
      OlderGenerations older = state.older();
      if (older != null && !older.step(maxEntries)) {
        return List.of();
      }
      if (chunk.isEmpty()) {
        chunk.addAll(walk.step(Math.max(maxEntries, MIN_CHUNK_ENTRIES)));
      }
      List<StateEntry<K, N, V>> entries = new ArrayList<>(maxEntries);
      while (entries.size() < maxEntries && !chunk.isEmpty()) {
        StateWalk.Entry entry = chunk.remove();
        V value = state.readEntry(entry);
        if (value != null) {
          entries.add(new VisitedEntry<>(state, entry, value));
        }
      }
      return entries;
    } catch (IOException e) {
      throw state.failed("read", e);
    }
  }

  @Override
  public void remove(StateEntry<K, N, V> visited) {
    try {
      StateWalk.Entry entry = ((VisitedEntry<K, N, V>) visited).entry;
      if (isUnchanged(entry)) {
        state.removeEntry(entry);
      }
    } catch (IOException e) {
      throw state.failed("changed", e);
    }
  }

  @Override
  public void update(StateEntry<K, N, V> visited, V newValue) {
    try {
      StateWalk.Entry entry = ((VisitedEntry<K, N, V>) visited).entry;
      Slice bytes = state.writeEntry(entry, newValue);
      if (bytes == null) {
        remove(visited);
      } else if (!bytes.equals(entry.value())) {
        Slice written = bytes.copy();
        if (isUnchanged(entry)) {
          state.updateEntry(entry, written);
        }
      }
    } catch (IOException e) {
      throw state.failed("changed", e);
    }
  }

  private boolean isUnchanged(StateWalk.Entry entry) throws IOException {
    Slice now = state.currentValue(entry);
    return now != null && now.equals(entry.value());
  }

  /** An entry whose key and namespace are read when somebody asks for them. */
  private static final class VisitedEntry<K, N, V> implements StateEntry<K, N, V> {
    private final HummockState<K, N, V> state;
    private final StateWalk.Entry entry;
    private final V value;
    private @Nullable K key;
    private @Nullable N namespace;

    VisitedEntry(HummockState<K, N, V> state, StateWalk.Entry entry, V value) {
      this.state = state;
      this.entry = entry;
      this.value = value;
    }

    private void decode() {
      KeyDecoder<K, N> decoder =
          new KeyDecoder<>(state.getKeySerializer(), state.getNamespaceSerializer());
      decoder.set(entry.key());
      try {
        key = decoder.readKey();
        namespace = decoder.readNamespace();
      } catch (IOException e) {
        throw state.failed("read", e);
      }
    }

    @Override
    public @Nullable K getKey() {
      if (key == null) {
        decode();
      }
      return key;
    }

    @Override
    public @Nullable N getNamespace() {
      if (namespace == null) {
        decode();
      }
      return namespace;
    }

    @Override
    public V getState() {
      return value;
    }
  }
}
