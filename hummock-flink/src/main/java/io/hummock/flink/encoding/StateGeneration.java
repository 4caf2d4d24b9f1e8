package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshotReadersWriters;

/**
 * The entries of a state that were written in one schema. They lie under an id of their own, so
 * that another schema can begin without touching them.
 *
 * @param id of their key spaces, see {@link StateId}
 * @param metaInfo what they were written with: the version of Flink's format (4 bytes, big endian),
 *     then what its writer of meta information gives; never changed
 */
public record StateGeneration(long id, Slice metaInfo) {
  /*
   * Bytes, since Flink changes the snapshots of serializers when it compares them.
   */

  /** The generation of a schema that Flink describes. */
  public static StateGeneration of(long id, StateMetaInfoSnapshot metaInfo) throws IOException {
    return new StateGeneration(id, write(metaInfo));
  }

  /** The bytes of {@link #metaInfo}. */
  static Slice write(StateMetaInfoSnapshot metaInfo) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(512);
    out.writeInt(StateMetaInfoSnapshotReadersWriters.CURRENT_STATE_META_INFO_SNAPSHOT_VERSION);
    StateMetaInfoSnapshotReadersWriters.getWriter().writeStateMetaInfoSnapshot(metaInfo, out);
    return Slice.of(out.getCopyOfBuffer());
  }

  /** Flink's description, made anew each time. */
  public StateMetaInfoSnapshot read(ClassLoader classLoader) throws IOException {
    DataInputDeserializer in =
        new DataInputDeserializer(metaInfo.array(), metaInfo.offset(), metaInfo.length());
    return StateMetaInfoSnapshotReadersWriters.getReader(in.readInt())
        .readStateMetaInfoSnapshot(in, classLoader);
  }
}
