package io.hummock.flink.backend;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.KeyDecoder;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Walks over the keys of one state in one namespace, in the order of a cursor. Not thread-safe. */
final class StateKeys<K, N> implements Closeable {
  private final KeyCursor cursor;
  private final KeyDecoder<K, N> decoder;
  private final Slice namespace;
  private @Nullable K key;

  /**
   * @param cursor closed with this
   * @param namespace its bytes, as they stand in keys
   */
  StateKeys(KeyCursor cursor, KeyDecoder<K, N> decoder, byte[] namespace) {
    this.cursor = cursor;
    this.decoder = decoder;
    this.namespace = Slice.of(namespace);
  }

  /** Goes to the next key, the first one at first; null if there is none. */
  @Nullable K next() throws IOException {
    K next = null;
    while (next == null && cursor.next()) {
      Slice found = cursor.key();
      decoder.set(found);
      K decoded = decoder.readKey();
      if (decoder.remaining() == namespace.length() && found.endsWith(namespace)) {
        next = decoded;
      }
    }
    key = next;
    return next;
  }

  /** The current key, or null behind the last one. */
  @Nullable K key() {
    return key;
  }

  /** The current key and the namespace as the tree has them, valid until the next move. */
  Slice bytes() {
    return cursor.key();
  }

  /** By the order of the cursors. */
  int compareTo(StateKeys<K, N> other) {
    return KeyCursor.compare(cursor.key(), other.cursor.key());
  }

  @Override
  public void close() throws IOException {
    cursor.close();
  }
}
