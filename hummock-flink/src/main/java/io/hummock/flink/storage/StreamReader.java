package io.hummock.flink.storage;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore.Range;
import io.hummock.objectstore.ObjectWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FSDataInputStream;

/** Reads ranges and whole objects from Flink's streams. */
final class StreamReader {
  private StreamReader() {}

  /** The bytes of the ranges, in the order asked for. */
  static List<Slice> read(FSDataInputStream in, String path, List<Range> ranges)
      throws IOException {
    List<Slice> slices = new ArrayList<>(ranges.size());
    for (Range range : ranges) {
      byte[] bytes = new byte[range.length()];
      // Before the seek: some streams throw at a position past the end, some do not.
      int read = 0;
      if (range.length() > 0) {
        try {
          in.seek(range.offset());
          read = in.readNBytes(bytes, 0, bytes.length);
        } catch (EOFException e) {
          throw shorter(path, range, 0);
        }
      }
      if (read < bytes.length) {
        throw shorter(path, range, read);
      }
      slices.add(Slice.of(bytes));
    }
    return slices;
  }

  /** Writes the rest of a stream. */
  static void copy(InputStream in, ObjectWriter writer, byte[] buffer) throws IOException {
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      writer.write(Slice.of(buffer, 0, read));
    }
  }

  private static EOFException shorter(String path, Range range, int read) {
    return new EOFException(
        path + " @" + range.offset() + ": expected " + range.length() + " bytes, has " + read);
  }
}
