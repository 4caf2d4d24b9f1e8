package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import java.util.UUID;

/** The last 64 bytes of a {@code .meta} object, drawn at {@link SstableMeta}. */
record SstableFooter(
    UUID id,
    long dataBytes,
    long directoryOffset,
    int directoryLength,
    int directoryChecksum,
    int partitionsLength,
    int partitionsChecksum,
    int propertiesLength,
    int propertiesChecksum) {
  private static final int CHECKED_BYTES = SstableFormat.FOOTER_BYTES - 16;

  /** Appends the footer and returns its checksum. */
  int writeTo(SliceBuilder target) {
    int start = target.length();
    SstableFormat.writeId(target, id);
    target.writeLong(dataBytes);
    target.writeInt(directoryLength).writeInt(directoryChecksum);
    target.writeInt(partitionsLength).writeInt(partitionsChecksum);
    target.writeInt(propertiesLength).writeInt(propertiesChecksum);
    int checksum = Checksum.crc32c(target.slice().from(start));
    target.writeInt(checksum).writeInt(SstableFormat.VERSION).writeLong(SstableFormat.META_MAGIC);
    return checksum;
  }

  /** Reads the footer of the table that {@code info} describes, and checks it against that. */
  static SstableFooter read(Slice footer, SstableInfo info, String object)
      throws CorruptionException {
    long offset = info.metaBytes() - SstableFormat.FOOTER_BYTES;
    SliceReader end = new SliceReader(footer.from(CHECKED_BYTES), object, offset + CHECKED_BYTES);
    int checksum = end.readInt();
    int version = end.readInt();
    SstableFormat.checkMagic(end.readLong(), SstableFormat.META_MAGIC, object, offset + 56);
    SstableFormat.checkVersion(version, object, offset + 52);
    Checksum.verify(footer.slice(0, CHECKED_BYTES), checksum, object, offset);

    SliceReader reader = new SliceReader(footer, object, offset);
    UUID id = SstableFormat.readId(reader);
    long dataBytes = reader.readLong();
    int directoryLength = reader.readInt();
    int directoryChecksum = reader.readInt();
    int partitionsLength = reader.readInt();
    int partitionsChecksum = reader.readInt();
    int propertiesLength = reader.readInt();
    int propertiesChecksum = reader.readInt();
    if (!id.equals(info.id())) {
      throw new CorruptionException(object, offset, "table " + info.id(), "table " + id);
    }
    if (checksum != info.metaChecksum()) {
      throw new CorruptionException(
          object,
          offset + CHECKED_BYTES,
          "checksum " + Integer.toHexString(info.metaChecksum()) + " of the manifest",
          Integer.toHexString(checksum));
    }
    if (dataBytes != info.dataBytes()) {
      throw new CorruptionException(
          object, offset + 16, info.dataBytes() + " bytes of data", Long.toString(dataBytes));
    }
    long sections = (long) directoryLength + partitionsLength + propertiesLength;
    if (directoryLength <= 0
        || partitionsLength <= 0
        || propertiesLength <= 0
        || sections > Integer.MAX_VALUE
        || sections >= offset) {
      throw new CorruptionException(
          object,
          offset + 24,
          "sections that fit in " + offset + " bytes",
          directoryLength + ", " + partitionsLength + " and " + propertiesLength + " bytes");
    }
    return new SstableFooter(
        id,
        dataBytes,
        offset - sections,
        directoryLength,
        directoryChecksum,
        partitionsLength,
        partitionsChecksum,
        propertiesLength,
        propertiesChecksum);
  }

  /** The bytes of directory, partitions and properties. */
  int sectionsLength() {
    return directoryLength + partitionsLength + propertiesLength;
  }
}
