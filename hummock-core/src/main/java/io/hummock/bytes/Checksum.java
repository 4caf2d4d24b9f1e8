package io.hummock.bytes;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C (Castagnoli, RFC 3720), the checksum of every block, section and manifest. */
public final class Checksum {
  private Checksum() {}

  public static int crc32c(Slice bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.offset(), bytes.length());
    return (int) crc.getValue();
  }

  /** The checksum of the bytes between position and limit; neither is moved. */
  public static int crc32c(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /** Checks the bytes that begin at {@code offset} of {@code object} against their checksum. */
  public static void verify(Slice bytes, int expected, String object, long offset)
      throws CorruptionException {
    int found = crc32c(bytes);
    if (found != expected) {
      throw new CorruptionException(
          object, offset, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
    }
  }
}
