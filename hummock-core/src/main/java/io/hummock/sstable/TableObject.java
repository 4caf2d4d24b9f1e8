package io.hummock.sstable;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One of a table's two objects, or, from some time on, a copy of it that has taken its place.
 * Thread-safe.
 */
final class TableObject {
  /**
   * Where it lies.
   *
   * @param name what to call it in messages
   * @param isRestored whether a checkpoint that this tree was restored from has it
   */
  private record Place(String path, String name, boolean isRestored) {
    static Place of(String path, @Nullable String origin) {
      return origin == null
          ? new Place(path, path, false)
          : new Place(
              path,
              path
                  + " (of "
                  + origin
                  + "; if it cannot be put back, restore from another checkpoint or savepoint)",
              true);
    }
  }

  private final ObjectStore objects;
  private volatile Place place;

  TableObject(String path, @Nullable String origin, ObjectStore objects) {
    this.place = Place.of(path, origin);
    this.objects = objects;
  }

  /** What to call it in messages: where it lies now and, of a restored one, who names it. */
  String name() {
    return place.name;
  }

  /** From now on it is read from another place, where the same bytes are. */
  void moveTo(String target) {
    place = Place.of(target, null);
  }

  /** See {@link ObjectStore#read(String, long, int)}. */
  Slice read(long offset, int length) throws IOException {
    return read(path -> objects.read(path, offset, length));
  }

  /** See {@link ObjectStore#read(String, long, ByteBuffer)}. */
  void read(long offset, ByteBuffer target) throws IOException {
    read(
        path -> {
          objects.read(path, offset, target.duplicate());
          return target;
        });
  }

  /** Reads the object at a path. */
  private interface Reading<T> {
    T read(String path) throws IOException;
  }

  private <T> T read(Reading<T> reading) throws IOException {
    Place from = place;
    try {
      return reading.read(from.path);
    } catch (ObjectNotFoundException e) {
      Place now = place;
      if (now.equals(from)) {
        throw from.isRestored ? new ObjectNotFoundException(from.name, e) : e;
      }
      // It was moved, and then deleted at its old place, after this read had begun.
      return reading.read(now.path);
    } catch (EOFException e) {
      if (!from.isRestored) {
        throw e;
      }
      EOFException named = new EOFException(from.name + " is too short: " + e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  /** See {@link ObjectStore#distrust}. */
  void distrust() {
    objects.distrust(place.path);
  }

  /** See {@link ObjectStore#prefetch}. */
  void prefetch(long bytes) {
    objects.prefetch(place.path, bytes);
  }
}
