package io.hummock.flink.backend;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import java.io.Closeable;
import java.io.IOException;

/** Walks over keys and namespaces in the order of key groups and then of their bytes. */
interface KeyCursor extends Closeable {
  /** Goes to the next key and namespace, the first at first; false if there is none. */
  boolean next() throws IOException;

  /** {@code key group | state id | key | namespace}; valid until the next move. */
  Slice key();

  /** By key group, then by what stands behind the state id. */
  static int compare(Slice left, Slice right) {
    int order = left.slice(0, Short.BYTES).compareTo(right.slice(0, Short.BYTES));
    return order != 0 ? order : left.from(KeySpace.LENGTH).compareTo(right.from(KeySpace.LENGTH));
  }
}
