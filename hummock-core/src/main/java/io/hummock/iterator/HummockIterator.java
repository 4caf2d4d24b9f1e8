package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import java.io.Closeable;
import java.io.IOException;

/**
 * A cursor over entries in the order of their full keys: ascending if it walks {@link
 * Direction#FORWARD}, descending if {@link Direction#BACKWARD}.
 *
 * <p>A new iterator has no position: call {@link #rewind} or {@link #seek} first. It is then either
 * at an entry, or not {@linkplain #isValid valid}: nothing further that way.
 *
 * <p>The slices of {@link #key} and {@link #value} may point into a buffer that the iterator
 * reuses. They last until the next call that moves or closes it; copy what must live longer.
 *
 * <p>Not thread-safe. After an {@link IOException} only {@code rewind}, {@code seek} and {@code
 * close} may be called. Closing twice is allowed.
 */
public interface HummockIterator extends Closeable {
  /** Goes to the first entry in this direction. */
  void rewind() throws IOException;

  /** Goes to the first entry at or past {@code target} in this direction. */
  void seek(FullKey target) throws IOException;

  /** Goes to the next entry in this direction. Requires {@link #isValid}. */
  void next() throws IOException;

  /**
   * Goes to the next entry in this direction that has another key. Requires {@link #isValid}.
   *
   * @return how many entries were passed, which are the versions of the key from here on
   */
  default int nextKey() throws IOException {
    Slice key = key().copy();
    int passed = 0;
    do {
      next();
      passed++;
    } while (isValid() && key().equals(key));
    return passed;
  }

  /** Whether the cursor is at an entry. */
  boolean isValid();

  /** {@code key_space | user_key} of the entry. Requires {@link #isValid}. */
  Slice key();

  /** The epoch that wrote the entry. Requires {@link #isValid}. */
  long epoch();

  /**
   * How many leading bytes of the key are its scan prefix; the whole length where the entry is
   * reached by its key only. Requires {@link #isValid}.
   */
  int scanPrefixLength();

  /** Requires {@link #isValid}. */
  ValueKind kind();

  /** The value or merge operand; empty for a tombstone. Requires {@link #isValid}. */
  Slice value();

  /** A copy of the entry's full key. Requires {@link #isValid}. */
  default FullKey fullKey() {
    return new FullKey(key().copy(), epoch());
  }
}
