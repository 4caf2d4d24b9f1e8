package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The constants of the file format, and the small pieces that both objects share. */
final class SstableFormat {
  /** The bytes {@code HMKSST\r\n}, read as a little-endian long. */
  static final long DATA_MAGIC = 0x0A0D_5453_534B_4D48L;

  /** The bytes {@code HMKMETA\n}, read as a little-endian long. */
  static final long META_MAGIC = 0x0A41_5445_4D4B_4D48L;

  static final int VERSION = 1;

  /** {@code magic (8) | version (4) | table id (16) | checksum of the 28 before (4)}. */
  static final int HEADER_BYTES = 32;

  /** {@code raw length (4) | compression (1) | checksum (4)}, behind each block. */
  static final int BLOCK_TRAILER_BYTES = 9;

  /** See {@link SstableMeta}. */
  static final int FOOTER_BYTES = 64;

  /** The longest block, before compression. */
  static final int MAX_BLOCK_BYTES = 1 << 30;

  static final int UNCOMPRESSED = 0;
  static final int LZ4 = 1;

  /** A block of LZ4 cannot expand by more than this. */
  static final long MAX_LZ4_RATIO = 255;

  /** Two low bits of an entry's tag: the value kind. */
  static final int TAG_KIND = 3;

  /** A bit of an entry's tag: the scan prefix is the whole key, and its length is left out. */
  static final int TAG_WHOLE_KEY = 4;

  /**
   * The continuation bits of an entry's four lengths behind its tag; where none is set and there is
   * no scan prefix, the entry's header is five bytes.
   */
  static final long LONGER_HEADER = 0x80_8080_8000L;

  /** The same with a scan prefix, which is a fifth length: the header is six bytes. */
  static final long LONGER_HEADER_WITH_PREFIX = 0x8080_8080_8000L;

  /** {@code restart count (4) | bucket count (2) | flags (1) | zero (1)}, at a block's end. */
  static final int BLOCK_FOOTER_BYTES = 8;

  /** A bucket of a block's hash index that no key falls into. */
  static final int BUCKET_EMPTY = 255;

  /** A bucket that keys of several restart intervals fall into. */
  static final int BUCKET_COLLISION = 254;

  private SstableFormat() {}

  /** Most significant long, then least. */
  static void writeId(SliceBuilder target, UUID id) {
    target.writeLong(id.getMostSignificantBits()).writeLong(id.getLeastSignificantBits());
  }

  static UUID readId(SliceReader source) throws CorruptionException {
    long most = source.readLong();
    return new UUID(most, source.readLong());
  }

  /** The first bytes of a {@code .sst} object. */
  static Slice header(UUID id) {
    SliceBuilder header = new SliceBuilder(HEADER_BYTES);
    header.writeLong(DATA_MAGIC).writeInt(VERSION);
    writeId(header, id);
    header.writeInt(Checksum.crc32c(header.slice()));
    return header.slice();
  }

  /** Checks the first bytes of a {@code .sst} object. */
  static void checkHeader(Slice header, UUID id, String object) throws CorruptionException {
    SliceReader reader = new SliceReader(header, object, 0);
    checkMagic(reader.readLong(), DATA_MAGIC, object, 0);
    checkVersion(reader.readInt(), object, Long.BYTES);
    UUID found = readId(reader);
    int checksum = reader.readInt();
    Checksum.verify(header.slice(0, HEADER_BYTES - Integer.BYTES), checksum, object, 0);
    if (!found.equals(id)) {
      throw new CorruptionException(object, 12, "table " + id, "table " + found);
    }
  }

  static void checkMagic(long found, long expected, String object, long offset)
      throws CorruptionException {
    if (found != expected) {
      throw new CorruptionException(
          object,
          offset,
          "magic " + Long.toHexString(expected),
          Long.toHexString(found) + ": not a file of hummock");
    }
  }

  static void checkVersion(int found, String object, long offset) throws CorruptionException {
    if (found != VERSION) {
      String meaning = Integer.compareUnsigned(found, VERSION) > 0 ? " of a newer hummock" : "";
      throw new CorruptionException(
          object,
          offset,
          "format version " + VERSION,
          "version " + Integer.toUnsignedString(found) + meaning);
    }
  }

  /**
   * The checksum of a stored block: CRC32C of its bytes, raw length and compression, then (not
   * stored) of the table's id and the block's offset, so that a block of another table or another
   * place does not pass.
   *
   * @param bytes from its position to its limit the block's bytes and, behind them, raw length and
   *     compression; its position moves to its limit
   */
  static int blockChecksum(ByteBuffer bytes, UUID id, long blockOffset) {
    SliceBuilder place = new SliceBuilder(24);
    writeId(place, id);
    place.writeLong(blockOffset);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    crc.update(place.array(), 0, place.length());
    return (int) crc.getValue();
  }
}
