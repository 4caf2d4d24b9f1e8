package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import java.io.Closeable;
import java.io.IOException;

/**
 * Writes one new object from its first byte to its last. Closing without {@link #commit} leaves no
 * object.
 *
 * <p>Not thread-safe; memory is bounded by the store's part size, not by the object.
 */
public interface ObjectWriter extends Closeable {
  /** Appends bytes; they may be reused when the call returns. */
  void write(Slice bytes) throws IOException;

  /** The bytes written so far. */
  long length();

  /** Makes the object appear, durable and whole. Nothing may be written afterwards. */
  void commit() throws IOException;

  /** Ends the writer; what was not committed vanishes. Closing twice is allowed. */
  @Override
  void close() throws IOException;
}
