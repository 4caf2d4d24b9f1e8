package io.hummock.flink.backend;

import io.hummock.HeadWatch;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Spliterator;
import java.util.function.Consumer;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one state in one namespace, the first ones from what is known of them. Opens a scan
 * when it comes to need one, and closes it behind the last key. Not thread-safe.
 */
final class KeySpliterator<K, N> implements Spliterator<K> {
  private final KeyStreams<K> streams;
  private final RegisteredState state;
  private final N namespace;

  /** Null until they are read; never changed. */
  private @Nullable List<K> first;

  private int next;

  /** The last one of them; null if there is none behind it. */
  private @Nullable Slice last;

  private @Nullable StateKeys<K, N> rest;

  /**
   * @param namespace never changed afterwards
   * @param head what is known of the first keys, or null
   */
  KeySpliterator(
      KeyStreams<K> streams, RegisteredState state, N namespace, KeyHeads.@Nullable Head<K> head) {
    this.streams = streams;
    this.state = state;
    this.namespace = namespace;
    if (head != null) {
      first = head.keys();
      last = head.last();
    }
  }

  @Override
  public boolean tryAdvance(Consumer<? super K> action) {
    List<K> known = first;
    if (known != null && next < known.size()) {
      action.accept(streams.copy(known.get(next++)));
      return true;
    }
    try {
      if (known == null) {
        first = readFirst();
        return tryAdvance(action);
      }
      K key = nextOfRest();
      if (key == null) {
        return false;
      }
      action.accept(key);
      return true;
    } catch (IOException e) {
      throw KeyStreams.unreadable(state, e);
    }
  }

  @Override
  public void forEachRemaining(Consumer<? super K> action) {
    try {
      List<K> known = first;
      if (known == null) {
        known = readFirst();
        first = known;
      }
      while (next < known.size()) {
        action.accept(streams.copy(known.get(next++)));
      }
      for (K key = nextOfRest(); key != null; key = nextOfRest()) {
        action.accept(key);
      }
    } catch (IOException e) {
      throw KeyStreams.unreadable(state, e);
    }
  }

  private List<K> readFirst() throws IOException {
    release(); // what a failure has left
    HeadWatch watch = streams.heads().watch(state);
    StateKeys<K, N> keys = streams.open(state, namespace, null);
    rest = keys;
    List<K> read = new ArrayList<>(KeyHeads.KEYS);
    int bytes = 0;
    boolean more = true;
    while (more && read.size() < KeyHeads.KEYS) {
      K key = keys.next();
      more = key != null;
      if (key != null) {
        read.add(key);
        bytes += keys.bytes().length();
      }
    }
    if (more) {
      last = keys.bytes().copy();
    } else {
      release();
    }
    List<K> known = List.copyOf(read);
    streams.heads().keep(new KeyHeads.Head<>(state, namespace, known, last, watch), bytes);
    return known;
  }

  private @Nullable K nextOfRest() throws IOException {
    Slice behind = last;
    if (behind == null) {
      return null;
    }
    StateKeys<K, N> keys = rest;
    if (keys == null) {
      keys = streams.open(state, namespace, behind);
      rest = keys;
    }
    K key = keys.next();
    if (key == null) {
      release();
    }
    return key;
  }

  private void release() {
    last = null;
    IOUtils.closeQuietly(rest);
    rest = null;
  }

  /** Closes the scan; there are no keys afterwards. */
  void close() {
    release();
    first = List.of();
  }

  @Override
  public @Nullable Spliterator<K> trySplit() {
    return null;
  }

  @Override
  public long estimateSize() {
    return Long.MAX_VALUE;
  }

  @Override
  public int characteristics() {
    return ORDERED | DISTINCT | NONNULL;
  }
}
