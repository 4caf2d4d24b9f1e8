package io.hummock.sstable;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads the stored blocks of one {@code .sst} object, verifies and decompresses them.
 *
 * <p>A block that fails its checksum is read once more: what was read may have come from a local
 * copy that has gone bad, or been mangled on its way. The store is told to distrust its copy first.
 * Thread-safe.
 */
final class BlockReader {
  private final SstableInfo info;
  private final TableObject object;

  BlockReader(SstableInfo info, TableObject object) {
    this.info = info;
    this.object = object;
  }

  /** What to call the object in messages. */
  String name() {
    return object.name();
  }

  /**
   * Reads the bytes of adjacent blocks, not verified yet; of those that begin the object its header
   * as well, and checks that.
   */
  Slice read(long offset, int length) throws IOException {
    if (offset != SstableFormat.HEADER_BYTES) {
      return object.read(offset, length);
    }
    int header = SstableFormat.HEADER_BYTES;
    if (length > Integer.MAX_VALUE - header) {
      SstableFormat.checkHeader(object.read(0, header), info.id(), name());
      return object.read(offset, length);
    }
    Slice bytes = object.read(0, header + length);
    try {
      SstableFormat.checkHeader(bytes.slice(0, header), info.id(), name());
    } catch (CorruptionException e) {
      object.distrust();
      bytes = object.read(0, header + length);
      SstableFormat.checkHeader(bytes.slice(0, header), info.id(), name());
    }
    return bytes.from(header);
  }

  /** Verifies a block that begins at {@code offset}; if it fails, reads it again and verifies. */
  Stored verify(Slice bytes, long offset) throws IOException {
    try {
      return verifyOnce(bytes, offset);
    } catch (CorruptionException e) {
      object.distrust();
      try {
        return verifyOnce(read(offset, bytes.length()), offset);
      } catch (CorruptionException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  private Stored verifyOnce(Slice bytes, long offset) throws CorruptionException {
    int checked = bytes.length() - Integer.BYTES;
    int payload = bytes.length() - SstableFormat.BLOCK_TRAILER_BYTES;
    SliceReader reader = new SliceReader(bytes.from(payload), name(), offset + payload);
    int rawLength = reader.readInt();
    int compression = reader.readUnsignedByte();
    int expected = reader.readInt();
    int found =
        SstableFormat.blockChecksum(bytes.array(), bytes.offset(), checked, info.id(), offset);
    if (expected != found) {
      throw new CorruptionException(
          name(), offset, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
    }
    if (compression != SstableFormat.UNCOMPRESSED && compression != SstableFormat.LZ4) {
      throw new CorruptionException(
          name(), offset + payload + 4, "compression 0 or 1", Integer.toString(compression));
    }
    boolean compressed = compression == SstableFormat.LZ4;
    long most = compressed ? payload * SstableFormat.MAX_LZ4_RATIO : payload;
    long least = compressed ? 0 : payload;
    if (rawLength < least || rawLength > Math.min(most, SstableFormat.MAX_BLOCK_BYTES)) {
      throw new CorruptionException(
          name(), offset + payload, "a raw length of at most " + most, Integer.toString(rawLength));
    }
    return new Stored(bytes.slice(0, payload), rawLength, compressed, name(), offset);
  }

  /**
   * A verified block as it is stored.
   *
   * @param payload the bytes, compressed or not
   * @param rawLength the bytes when decompressed
   */
  record Stored(Slice payload, int rawLength, boolean compressed, String path, long offset) {
    /** Writes the uncompressed block to the start of a page. */
    void writeTo(Page page) throws CorruptionException {
      ByteBuffer target = page.memory().duplicate().position(0).limit(rawLength);
      if (!compressed) {
        target.put(payload.array(), payload.offset(), payload.length());
        return;
      }
      ByteBuffer source = ByteBuffer.wrap(payload.array(), payload.offset(), payload.length());
      try {
        new Lz4Decompressor().decompress(source, target);
      } catch (MalformedInputException | IllegalArgumentException e) {
        throw malformed(e);
      }
      if (target.hasRemaining()) {
        throw shorter(target.position());
      }
    }

    /** Writes the uncompressed block to the start of an array of at least its length. */
    void writeTo(byte[] target) throws CorruptionException {
      if (!compressed) {
        System.arraycopy(payload.array(), payload.offset(), target, 0, payload.length());
        return;
      }
      int length;
      try {
        length =
            new Lz4Decompressor()
                .decompress(
                    payload.array(), payload.offset(), payload.length(), target, 0, rawLength);
      } catch (MalformedInputException | IllegalArgumentException e) {
        throw malformed(e);
      }
      if (length != rawLength) {
        throw shorter(length);
      }
    }

    private CorruptionException malformed(RuntimeException cause) {
      return new CorruptionException(path, offset, "an LZ4 block", "others", cause);
    }

    private CorruptionException shorter(int length) {
      return new CorruptionException(
          path, offset, "an LZ4 block of " + rawLength + " bytes", Integer.toString(length));
    }
  }
}
