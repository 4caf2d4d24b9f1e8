package io.hummock.sstable;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import java.io.IOException;

/**
 * One of a table's two objects, or, from some time on, a copy of it that has taken its place.
 * Thread-safe.
 */
final class TableObject {
  private final ObjectStore objects;
  private volatile String path;

  TableObject(String path, ObjectStore objects) {
    this.path = path;
    this.objects = objects;
  }

  /** Where it lies now. */
  String path() {
    return path;
  }

  /** From now on it is read from another place, where the same bytes are. */
  void moveTo(String target) {
    path = target;
  }

  /** See {@link ObjectStore#read(String, long, int)}. */
  Slice read(long offset, int length) throws IOException {
    String from = path;
    try {
      return objects.read(from, offset, length);
    } catch (ObjectNotFoundException e) {
      String now = path;
      if (now.equals(from)) {
        throw e;
      }
      // It was moved, and then deleted at its old place, after this read had begun.
      return objects.read(now, offset, length);
    }
  }

  /** See {@link ObjectStore#distrust}. */
  void distrust() {
    objects.distrust(path);
  }

  /** See {@link ObjectStore#prefetch}. */
  void prefetch(long bytes) {
    objects.prefetch(path, bytes);
  }
}
