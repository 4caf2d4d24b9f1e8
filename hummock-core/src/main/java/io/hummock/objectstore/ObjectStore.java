package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A flat space of immutable objects. All that hummock knows of S3, MinIO and main memory.
 *
 * <ul>
 *   <li>An object appears whole or not at all, and never changes afterwards: names are write-once.
 *   <li>Once a writer has committed, every {@link #read} and {@link #list} sees the object.
 *   <li>Deleting an object that is not there succeeds.
 *   <li>Reading or copying an object that is not there throws {@link ObjectNotFoundException}.
 * </ul>
 *
 * <p>Thread-safe.
 */
// Keep this small: each method here is one more that every store must get right.
public interface ObjectStore extends Closeable {
  /**
   * Opens a new object for writing; it appears whole when the writer is committed, or not at all.
   */
  ObjectWriter create(String path) throws IOException;

  /** Reads exactly {@code length} bytes, or throws {@link java.io.EOFException}. */
  Slice read(String path, long offset, int length) throws IOException;

  /**
   * As {@link #read(String, long, int)}, into memory of the caller's.
   *
   * @param target filled from its position to its limit; undefined there where it throws
   */
  default void read(String path, long offset, ByteBuffer target) throws IOException {
    Slice bytes = read(path, offset, target.remaining());
    target.put(bytes.array(), bytes.offset(), bytes.length());
  }

  /**
   * Reads many ranges of one object, in the order asked for. A store may coalesce adjacent ones and
   * read them concurrently.
   */
  default List<Slice> read(String path, List<Range> ranges) throws IOException {
    List<Slice> slices = new ArrayList<>(ranges.size());
    for (Range range : ranges) {
      slices.add(read(path, range.offset(), range.length()));
    }
    return slices;
  }

  /** The objects whose path starts with {@code prefix}, in path order. */
  List<String> list(String prefix) throws IOException;

  /** Copies an object, on the server's side where the store can. */
  void copy(String from, String to) throws IOException;

  /** Deletes objects; all are tried, and the first failure is thrown afterwards. */
  void delete(Collection<String> paths) throws IOException;

  /**
   * Tells stores that keep copies of another store's objects that what they gave of one is not what
   * was written: the next read must not come from such a copy. Does nothing elsewhere.
   */
  default void distrust(String path) {}

  /**
   * Tells stores that keep copies of another store's objects that this one is read again and again,
   * so that a copy of it would pay. Returns at once, and may be ignored. Does nothing elsewhere.
   *
   * @param bytes the object's length
   */
  default void prefetch(String path, long bytes) {}

  /**
   * A range of an object's bytes.
   *
   * @param offset in bytes, not negative
   * @param length in bytes, not negative
   */
  record Range(long offset, int length) {
    public Range {
      if (offset < 0 || length < 0) {
        throw new IllegalArgumentException("range of " + length + " bytes at " + offset);
      }
    }
  }
}
