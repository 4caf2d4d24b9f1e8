package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.ChunkedScan;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The views of a map state's {@link ChunkedScan} that Flink asks for. */
final class MapIterators {
  private MapIterators() {}

  /** What all views have in common; {@link #remove} removes from the map. */
  private abstract static class View<U, V, T> implements Iterator<T> {
    final HummockMapState<?, ?, U, V> state;
    final ChunkedScan entries;
    private boolean removable;

    View(HummockMapState<?, ?, U, V> state, ChunkedScan entries) {
      this.state = state;
      this.entries = entries;
    }

    abstract @Nullable T current() throws IOException;

    @Override
    public boolean hasNext() {
      try {
        return entries.hasNext();
      } catch (IOException e) {
        throw state.failed("read", e);
      }
    }

    @Override
    public @Nullable T next() {
      try {
        if (!entries.next()) {
          throw new NoSuchElementException();
        }
        removable = true;
        return current();
      } catch (IOException e) {
        throw state.failed("read", e);
      }
    }

    @Override
    public void remove() {
      if (!removable) {
        throw new IllegalStateException("no entry to remove: next() comes first");
      }
      removable = false;
      removeCurrent();
    }

    abstract void removeCurrent();

    final void remove(Slice mapKey) {
      try {
        state.remove(entries, mapKey);
      } catch (IOException e) {
        throw state.failed("changed", e);
      }
    }
  }

  /** Over keys. */
  static final class Keys<U, V> extends View<U, V, U> {
    private Slice mapKey = Slice.EMPTY;

    Keys(HummockMapState<?, ?, U, V> state, ChunkedScan entries) {
      super(state, entries);
    }

    @Override
    U current() throws IOException {
      mapKey = entries.rest();
      return state.readMapKey(mapKey);
    }

    @Override
    void removeCurrent() {
      remove(mapKey);
    }
  }

  /** Over values. */
  static final class Values<U, V> extends View<U, V, V> {
    private Slice mapKey = Slice.EMPTY;

    Values(HummockMapState<?, ?, U, V> state, ChunkedScan entries) {
      super(state, entries);
    }

    @Override
    @Nullable V current() throws IOException {
      mapKey = entries.rest();
      return state.readMapValue(entries.value());
    }

    @Override
    void removeCurrent() {
      remove(mapKey);
    }
  }

  /** Over entries, which write through. */
  static final class Entries<U, V> extends View<U, V, Map.Entry<U, V>> {
    private @Nullable Entry<U, V> last;

    Entries(HummockMapState<?, ?, U, V> state, ChunkedScan entries) {
      super(state, entries);
    }

    @Override
    Map.Entry<U, V> current() {
      Entry<U, V> entry = new Entry<>(state, entries);
      last = entry;
      return entry;
    }

    @Override
    void removeCurrent() {
      Entry<U, V> entry = Objects.requireNonNull(last);
      remove(entry.mapKey);
      entry.removed = true;
    }
  }

  /** An entry that reads its key and its value when asked for them. */
  private static final class Entry<U, V> implements Map.Entry<U, V> {
    private final HummockMapState<?, ?, U, V> state;
    private final ChunkedScan entries;
    private final Slice mapKey;
    private @Nullable Slice valueBytes;
    private @Nullable U key;
    private @Nullable V value;
    private boolean removed;

    Entry(HummockMapState<?, ?, U, V> state, ChunkedScan entries) {
      this.state = state;
      this.entries = entries;
      this.mapKey = entries.rest();
      this.valueBytes = entries.value();
    }

    @Override
    public U getKey() {
      U result = key;
      if (result == null) {
        try {
          result = state.readMapKey(mapKey);
          key = result;
        } catch (IOException e) {
          throw state.failed("read", e);
        }
      }
      return result;
    }

    @Override
    public @Nullable V getValue() {
      if (removed) {
        return null;
      }
      Slice bytes = valueBytes;
      if (bytes != null) {
        try {
          value = state.readMapValue(bytes);
          valueBytes = null;
        } catch (IOException e) {
          throw state.failed("read", e);
        }
      }
      return value;
    }

    @Override
    public @Nullable V setValue(@Nullable V newValue) {
      if (removed) {
        throw new IllegalStateException("The value has already been deleted.");
      }
      V oldValue = getValue();
      try {
        state.put(entries, mapKey, newValue);
      } catch (IOException e) {
        throw state.failed("changed", e);
      }
      value = newValue;
      return oldValue;
    }

    @Override
    public boolean equals(@Nullable Object object) {
      return object instanceof Map.Entry<?, ?> other
          && Objects.equals(getKey(), other.getKey())
          && Objects.equals(getValue(), other.getValue());
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(getKey()) ^ Objects.hashCode(getValue());
    }

    @Override
    public String toString() {
      return getKey() + "=" + getValue();
    }
  }
}
