package io.hummock.flink.snapshot;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * The metadata object of a checkpoint of one subtask: the serializers and names of its states, and
 * the manifest of its tree.
 *
 * <pre>
 * magic     4  int, big endian, as all of Flink's: 0x484D434B ("HMCK")
 * version   4  int: 1
 * checksum  4  int: CRC32C of all that follows
 * length    4  int: of the manifest
 * manifest  as many bytes, see docs/format.md
 * states    to the end: what Flink's KeyedBackendSerializationProxy writes
 * </pre>
 *
 * @param manifest the manifest of the tree
 * @param keySerializer what the keys were written with
 * @param states the states, registered or restored and not yet asked for
 */
public record CheckpointMetadata<K>(
    Slice manifest, TypeSerializerSnapshot<K> keySerializer, List<StateMetaInfoSnapshot> states) {
  private static final int MAGIC = 0x484D434B;
  private static final int VERSION = 1;
  private static final int CHECKED_FROM = 3 * Integer.BYTES;

  /** Manifests name files and lists of states are small: nobody comes near this. */
  private static final int MAX_BYTES = 1 << 30;

  /** Writes the metadata of a checkpoint; the stream stays open. */
  static <K> void write(
      OutputStream stream,
      Slice manifest,
      TypeSerializer<K> keySerializer,
      List<StateMetaInfoSnapshot> states)
      throws IOException {
    DataOutputSerializer body = new DataOutputSerializer(manifest.length() + 4096);
    body.writeInt(manifest.length());
    body.write(manifest.array(), manifest.offset(), manifest.length());
    new KeyedBackendSerializationProxy<>(keySerializer, states, false).write(body);
    DataOutputViewStreamWrapper out = new DataOutputViewStreamWrapper(stream);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(Checksum.crc32c(Slice.of(body.getSharedBuffer(), 0, body.length())));
    out.write(body.getSharedBuffer(), 0, body.length());
    out.flush();
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
          "the metadata of a checkpoint of Hummock (of another backend only savepoints in canonical"
              + " format can be restored)");
      expect(name, Integer.BYTES, VERSION, in.readInt(), "metadata of a known version");
      int checksum = in.readInt();
      Checksum.verify(Slice.of(bytes).from(CHECKED_FROM), checksum, name, CHECKED_FROM);
      byte[] manifest = new byte[in.readInt()];
      in.readFully(manifest);
      KeyedBackendSerializationProxy<K> proxy = new KeyedBackendSerializationProxy<>(classLoader);
      proxy.read(in);
      return new CheckpointMetadata<>(
          Slice.of(manifest), proxy.getKeySerializerSnapshot(), proxy.getStateMetaInfoSnapshots());
    } catch (EOFException e) {
      throw new CorruptionException(
          name, bytes.length, "the metadata of a checkpoint to their end", "the end", e);
    }
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
