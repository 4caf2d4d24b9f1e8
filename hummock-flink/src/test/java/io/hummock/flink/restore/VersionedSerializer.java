package io.hummock.flink.restore;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes texts in a format that has versions, and refuses to read another version than its own: so
 * that bytes which were not migrated are found out.
 */
public final class VersionedSerializer extends TypeSerializer<String> {
  private static final long serialVersionUID = 1L;

  /** What no version can read. */
  static final String POISON = "poison";

  private final int version;
  private final int reach;

  /**
   * @param reach how many versions it can follow, up or down
   */
  VersionedSerializer(int version, int reach) {
    this.version = version;
    this.reach = reach;
  }

  VersionedSerializer(int version) {
    this(version, Integer.MAX_VALUE);
  }

  @Override
  public void serialize(String text, DataOutputView out) throws IOException {
    out.writeByte(version);
    out.writeUTF("x".repeat(version) + text);
  }

  @Override
  public String deserialize(DataInputView in) throws IOException {
    int found = in.readByte();
    if (found != version) {
      throw new IOException("version " + found + ", expected " + version);
    }
    String text = in.readUTF().substring(version);
    if (text.equals(POISON)) {
      throw new IOException("unreadable");
    }
    return text;
  }

  @Override
  public String deserialize(String reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<String> duplicate() {
    return new VersionedSerializer(version, reach);
  }

  @Override
  public String createInstance() {
    return "";
  }

  @Override
  public String copy(String from) {
    return from;
  }

  @Override
  public String copy(String from, String reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof VersionedSerializer other
        && other.version == version
        && other.reach == reach;
  }

  @Override
  public int hashCode() {
    return version;
  }

  @Override
  public String toString() {
    return "VersionedSerializer " + version;
  }

  @Override
  public TypeSerializerSnapshot<String> snapshotConfiguration() {
    return new Snapshot(version, reach);
  }

  /** Which version, and what it can follow. */
  public static final class Snapshot implements TypeSerializerSnapshot<String> {
    private int version;
    private int reach;

    /** For reading. */
    public Snapshot() {}

    Snapshot(int version, int reach) {
      this.version = version;
      this.reach = reach;
    }

    @Override
    public int getCurrentVersion() {
      return 1;
    }

    @Override
    public void writeSnapshot(DataOutputView out) throws IOException {
      out.writeInt(version);
      out.writeInt(reach);
    }

    @Override
    public void readSnapshot(int readVersion, DataInputView in, ClassLoader classLoader)
        throws IOException {
      version = in.readInt();
      reach = in.readInt();
    }

    @Override
    public TypeSerializer<String> restoreSerializer() {
      return new VersionedSerializer(version, reach);
    }

    @Override
    public TypeSerializerSchemaCompatibility<String> resolveSchemaCompatibility(
        TypeSerializerSnapshot<String> old) {
      if (!(old instanceof Snapshot other)) {
        return TypeSerializerSchemaCompatibility.incompatible();
      }
      int distance = Math.abs(version - other.version);
      return distance == 0
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : distance <= reach
              ? TypeSerializerSchemaCompatibility.compatibleAfterMigration()
              : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}
