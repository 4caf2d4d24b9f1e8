package io.hummock.flink.state;

import io.hummock.flink.encoding.SavepointFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;

/** Reads a list's elements, each followed by a delimiter; behind the last it may be missing. */
final class ListElements {
  private static final int FEW = 10;

  private ListElements() {}

  /** The rest of the elements. */
  static <V> List<V> read(DataInputDeserializer in, TypeSerializer<V> elementSerializer)
      throws IOException {
    List<V> elements = new ArrayList<>(capacity(in.available(), elementSerializer.getLength()));
    while (in.available() > 0) {
      elements.add(readNext(in, elementSerializer));
    }
    return elements;
  }

  /** How many elements a list of so many bytes has; a few if their length is not known. */
  private static int capacity(int bytes, int elementLength) {
    return elementLength > 0 ? (bytes + 1) / (elementLength + 1) : FEW;
  }

  /** The next element, with the delimiter behind it consumed. */
  static <V> V readNext(DataInputDeserializer in, TypeSerializer<V> elementSerializer)
      throws IOException {
    V element = elementSerializer.deserialize(in);
    if (in.available() > 0) {
      byte delimiter = in.readByte();
      if (delimiter != SavepointFormat.DELIMITER) {
        throw new IOException(
            "byte "
                + delimiter
                + " instead of a delimiter behind a list element read by "
                + elementSerializer
                + ": it was written by another serializer");
      }
    }
    return element;
  }
}
