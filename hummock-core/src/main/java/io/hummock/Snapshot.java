package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.ValueLookup;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The tree as it was when an epoch was sealed; what it needs stays in place until it is closed.
 *
 * <p>Thread-safe; each iterator for one thread.
 */
public interface Snapshot extends Closeable {
  /** The last epoch that it sees. */
  long epoch();

  /** As {@link HummockStore#get}. */
  boolean get(Slice key, ValueLookup lookup) throws IOException;

  /** As {@link HummockStore#scan}; waits until the sealed epoch lies in the object store. */
  UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction) throws IOException;

  /** Gives everything back; open iterators must be closed before. Closing twice is allowed. */
  @Override
  void close();
}
