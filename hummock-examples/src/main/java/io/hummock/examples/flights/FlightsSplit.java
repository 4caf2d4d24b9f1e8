package io.hummock.examples.flights;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The rest of one airport's feed.
 *
 * @param airport whose feed
 * @param position how many of its rows were read
 */
public record FlightsSplit(String airport, int position) implements SourceSplit {
  @Override
  public String splitId() {
    return airport;
  }

  /**
   * Lists of splits as bytes, big endian: for each split the position as four bytes, the length of
   * the airport's name as four bytes, and the name in UTF-8.
   */
  static final class ListSerializer implements SimpleVersionedSerializer<List<FlightsSplit>> {
    private static final int VERSION = 1;

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(List<FlightsSplit> splits) {
      List<byte[]> names =
          splits.stream().map(split -> split.airport.getBytes(StandardCharsets.UTF_8)).toList();
      ByteBuffer bytes =
          ByteBuffer.allocate(
              names.stream().mapToInt(name -> 2 * Integer.BYTES + name.length).sum());
      for (int i = 0; i < splits.size(); i++) {
        bytes.putInt(splits.get(i).position).putInt(names.get(i).length).put(names.get(i));
      }
      return bytes.array();
    }

    @Override
    public List<FlightsSplit> deserialize(int version, byte[] serialized) throws IOException {
      if (version != VERSION) {
        throw new IOException("flights split: expected version " + VERSION + ", found " + version);
      }
      List<FlightsSplit> splits = new ArrayList<>();
      ByteBuffer bytes = ByteBuffer.wrap(serialized);
      try {
        while (bytes.hasRemaining()) {
          int position = bytes.getInt();
          int length = bytes.getInt();
          if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
          }
          byte[] name = new byte[length];
          bytes.get(name);
          splits.add(new FlightsSplit(new String(name, StandardCharsets.UTF_8), position));
        }
      } catch (BufferUnderflowException e) {
        throw new IOException("flights split: cut off after " + serialized.length + " bytes", e);
      }
      return splits;
    }
  }

  /** A single split, as a list of one. */
  static final class Serializer implements SimpleVersionedSerializer<FlightsSplit> {
    private final ListSerializer lists = new ListSerializer();

    @Override
    public int getVersion() {
      return lists.getVersion();
    }

    @Override
    public byte[] serialize(FlightsSplit split) {
      return lists.serialize(List.of(split));
    }

    @Override
    public FlightsSplit deserialize(int version, byte[] serialized) throws IOException {
      return lists.deserialize(version, serialized).get(0);
    }
  }
}
