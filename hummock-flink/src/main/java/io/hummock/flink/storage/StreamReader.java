package io.hummock.flink.storage;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.ObjectWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.fs.FSDataInputStream;

/** Reads ranges and whole objects from Flink's streams. */
final class StreamReader {
  /** Longer ranges get memory as their bytes come. */
  private static final int TRUSTED_BYTES = 16 << 20;

  private StreamReader() {}

  /** The bytes of the ranges, in the order asked for. */
  static List<Slice> read(FSDataInputStream in, String path, List<Range> ranges)
      throws IOException {
    List<Slice> slices = new ArrayList<>(ranges.size());
    for (Range range : ranges) {
      slices.add(read(in, path, range));
    }
    return slices;
  }

  private static Slice read(FSDataInputStream in, String path, Range range) throws IOException {
    byte[] bytes;
    try {
      if (range.length() == 0) {
        // Nothing tells where the end is but a byte before it.
        boolean within = range.offset() == 0 || readAt(in, range.offset() - 1, 1).length == 1;
        if (within) {
          return Slice.EMPTY;
        }
        bytes = new byte[0];
      } else {
        bytes = readAt(in, range.offset(), range.length());
      }
    } catch (EOFException e) {
      // What some streams throw at a position past the end.
      bytes = new byte[0];
    }
    if (range.length() == 0 || bytes.length < range.length()) {
      throw pastTheEnd(path, range, bytes.length);
    }
    return Slice.of(bytes);
  }

  private static byte[] readAt(FSDataInputStream in, long offset, int length) throws IOException {
    in.seek(offset);
    if (length > TRUSTED_BYTES) {
      return in.readNBytes(length);
    }
    byte[] bytes = new byte[length];
    int read = in.readNBytes(bytes, 0, length);
    return read == length ? bytes : Arrays.copyOf(bytes, read);
  }

  /** Writes the rest of a stream. */
  static void copy(InputStream in, ObjectWriter writer, byte[] buffer) throws IOException {
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      writer.write(Slice.of(buffer, 0, read));
    }
  }

  static EOFException pastTheEnd(String path, Range range, long found) {
    return new EOFException(
        path + " @" + range.offset() + ": expected " + range.length() + " bytes, has " + found);
  }
}
