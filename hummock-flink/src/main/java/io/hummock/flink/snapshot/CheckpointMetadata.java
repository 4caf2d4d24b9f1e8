package io.hummock.flink.snapshot;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateGeneration;
import io.hummock.flink.encoding.StateSnapshot;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * The metadata object of a checkpoint of one subtask: the serializers and names of its states, and
 * the manifest of its tree.
 *
 * <pre>
 * magic     4  int, big endian, as all of Flink's: 0x484D434B ("HMCK")
 * version   4  int: 2
 * checksum  4  int: CRC32C of all that follows
 * first     4  int: the first key group of the subtask
 * last      4  int: the last one
 * groups    4  int: the number of key groups of the operator, its maximum parallelism
 * length    4  int: of the manifest
 * manifest  as many bytes, see docs/format.md
 * keys      what Flink's KeyedBackendSerializationProxy writes of the key serializer and no state
 * count     4  int: the number of states, then of each
 *   older   4  int: the number of older schemas that may still have entries
 *   older schemas, oldest first, then the current one, of each
 *     id    8  long: under which its entries lie
 *     bytes 4  int: how many follow
 *     meta  as many bytes, see StateGeneration
 * </pre>
 *
 * @param keyGroups what the subtask owned
 * @param numberOfKeyGroups the maximum parallelism of the operator
 * @param manifest the manifest of the tree
 * @param keySerializer what the keys were written with
 * @param states the states, registered or restored and not yet asked for
 */
public record CheckpointMetadata<K>(
    KeyGroupRange keyGroups,
    int numberOfKeyGroups,
    Slice manifest,
    TypeSerializerSnapshot<K> keySerializer,
    List<RegisteredState> states) {
  private static final int MAGIC = 0x484D434B;
  private static final int VERSION = 2;
  private static final int CHECKED_FROM = 3 * Integer.BYTES;

  /** Manifests name files and lists of states are small: nobody comes near this. */
  private static final int MAX_BYTES = 1 << 30;

  /** Writes the metadata of a checkpoint; the stream stays open. */
  static <K> void write(
      OutputStream stream,
      KeyGroupRange keyGroups,
      int numberOfKeyGroups,
      Slice manifest,
      TypeSerializer<K> keySerializer,
      List<StateSnapshot> states)
      throws IOException {
    DataOutputSerializer body = new DataOutputSerializer(manifest.length() + 4096);
    body.writeInt(keyGroups.getStartKeyGroup());
    body.writeInt(keyGroups.getEndKeyGroup());
    body.writeInt(numberOfKeyGroups);
    body.writeInt(manifest.length());
    body.write(manifest.array(), manifest.offset(), manifest.length());
    new KeyedBackendSerializationProxy<>(keySerializer, List.of(), false).write(body);
    body.writeInt(states.size());
    for (StateSnapshot state : states) {
      body.writeInt(state.older().size());
      for (StateGeneration older : state.older()) {
        write(body, older);
      }
      write(body, state.current());
    }
    DataOutputViewStreamWrapper out = new DataOutputViewStreamWrapper(stream);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(Checksum.crc32c(Slice.of(body.getSharedBuffer(), 0, body.length())));
    out.write(body.getSharedBuffer(), 0, body.length());
    out.flush();
  }

  private static void write(DataOutputSerializer out, StateGeneration generation)
      throws IOException {
    Slice metaInfo = generation.metaInfo();
    out.writeLong(generation.id());
    out.writeInt(metaInfo.length());
    out.write(metaInfo.array(), metaInfo.offset(), metaInfo.length());
  }

  /**
   * Reads the metadata of a checkpoint.
   *
   * @throws CorruptionException if it is none, or not as it was written
   */
  public static <K> CheckpointMetadata<K> read(StreamStateHandle handle, ClassLoader classLoader)
      throws IOException {
    String name = handle.getStreamStateHandleID().getKeyString();
    byte[] bytes;
    try (InputStream stream = handle.openInputStream()) {
      bytes = stream.readNBytes(MAX_BYTES);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    try {
      expect(
          name,
          0,
          MAGIC,
          in.readInt(),
          "the metadata of a checkpoint of Hummock; if another state backend wrote it, take a"
              + " savepoint in canonical format with that one and restore from it");
      expect(name, Integer.BYTES, VERSION, in.readInt(), "metadata of a known version");
      int checksum = in.readInt();
      Checksum.verify(Slice.of(bytes).from(CHECKED_FROM), checksum, name, CHECKED_FROM);
      int first = in.readInt();
      int last = in.readInt();
      int numberOfKeyGroups = in.readInt();
      if (first < 0 || last < first || numberOfKeyGroups <= last) {
        throw new CorruptionException(
            name,
            CHECKED_FROM,
            "a range of key groups",
            first + " to " + last + " of " + numberOfKeyGroups);
      }
      byte[] manifest = new byte[readLength(in)];
      in.readFully(manifest);
      KeyedBackendSerializationProxy<K> proxy = new KeyedBackendSerializationProxy<>(classLoader);
      proxy.read(in);
      return new CheckpointMetadata<>(
          KeyGroupRange.of(first, last),
          numberOfKeyGroups,
          Slice.of(manifest),
          proxy.getKeySerializerSnapshot(),
          readStates(in, classLoader));
    } catch (EOFException e) {
      throw new CorruptionException(
          name, bytes.length, "the metadata of a checkpoint to their end", "the end", e);
    }
  }

  private static List<RegisteredState> readStates(DataInputDeserializer in, ClassLoader classLoader)
      throws IOException {
    int count = readLength(in);
    List<RegisteredState> states = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int olderCount = readLength(in);
      List<StateGeneration> older = new ArrayList<>();
      for (int j = 0; j < olderCount; j++) {
        older.add(readGeneration(in));
      }
      states.add(
          RegisteredState.restored(new StateSnapshot(readGeneration(in), older), classLoader));
    }
    return states;
  }

  private static StateGeneration readGeneration(DataInputDeserializer in) throws IOException {
    long id = in.readLong();
    byte[] metaInfo = new byte[readLength(in)];
    in.readFully(metaInfo);
    return new StateGeneration(id, Slice.of(metaInfo));
  }

  /** A number of things that follow, each of a byte or more. */
  private static int readLength(DataInputDeserializer in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new EOFException(length + " bytes of " + in.available());
    }
    return length;
  }

  private static void expect(String name, long offset, int expected, int found, String what)
      throws CorruptionException {
    if (found != expected) {
      throw new CorruptionException(
          name,
          offset,
          what + " (" + Integer.toHexString(expected) + ")",
          Integer.toHexString(found));
    }
  }
}
