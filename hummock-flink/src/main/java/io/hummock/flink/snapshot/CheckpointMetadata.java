package io.hummock.flink.snapshot;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
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
 * length    4  int
 * manifest  length bytes, see docs/format.md; it carries its own checksum
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
  private static final int HEADER_BYTES = 3 * Integer.BYTES;

  /** Writes the metadata of a checkpoint; the stream stays open. */
  static <K> void write(
      OutputStream stream,
      Slice manifest,
      TypeSerializer<K> keySerializer,
      List<StateMetaInfoSnapshot> states)
      throws IOException {
    DataOutputViewStreamWrapper out = new DataOutputViewStreamWrapper(stream);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(manifest.length());
    out.write(manifest.array(), manifest.offset(), manifest.length());
    new KeyedBackendSerializationProxy<>(keySerializer, states, false).write(out);
    out.flush();
  }

  /**
   * Reads the metadata of a checkpoint.
   *
   * @throws CorruptionException if it is none, or one that is not whole
   */
  public static <K> CheckpointMetadata<K> read(StreamStateHandle handle, ClassLoader classLoader)
      throws IOException {
    String name = handle.getStreamStateHandleID().getKeyString();
    try (InputStream stream = handle.openInputStream()) {
      DataInputStream in = new DataInputStream(stream);
      expect(name, 0, MAGIC, in.readInt(), "a checkpoint's metadata of Hummock");
      expect(name, Integer.BYTES, VERSION, in.readInt(), "metadata of version 1");
      int length = in.readInt();
      long rest = handle.getStateSize() - HEADER_BYTES;
      if (length < 0 || length > rest) {
        throw new CorruptionException(
            name,
            2L * Integer.BYTES,
            "a manifest of at most " + rest + " bytes",
            Integer.toString(length));
      }
      byte[] manifest = in.readNBytes(length);
      if (manifest.length < length) {
        throw new EOFException();
      }
      KeyedBackendSerializationProxy<K> proxy = new KeyedBackendSerializationProxy<>(classLoader);
      proxy.read(new DataInputViewStreamWrapper(in));
      return new CheckpointMetadata<>(
          Slice.of(manifest), proxy.getKeySerializerSnapshot(), proxy.getStateMetaInfoSnapshots());
    } catch (EOFException e) {
      throw new CorruptionException(
          name, handle.getStateSize(), "a checkpoint's whole metadata", "its end", e);
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
