package io.hummock.sstable;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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

  /**
   * Reads a block into the start of a page, which is at least as long, and verifies it.
   *
   * @param length of the block as it is stored
   */
  Stored read(Page page, long offset, int length) throws IOException {
    ByteBuffer bytes = page.memory().duplicate().position(0).limit(length);
    object.read(offset, bytes);
    return verify(
        bytes,
        offset,
        () -> {
          object.read(offset, bytes);
          return bytes;
        });
  }

  /** Verifies a block that begins at {@code offset}; if it fails, reads it again and verifies. */
  Stored verify(Slice bytes, long offset) throws IOException {
    return verify(wrap(bytes), offset, () -> wrap(read(offset, bytes.length())));
  }

  private static ByteBuffer wrap(Slice bytes) {
    return ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length());
  }

  /** Reads a block once more. */
  private interface Reading {
    ByteBuffer read() throws IOException;
  }

  private Stored verify(ByteBuffer bytes, long offset, Reading again) throws IOException {
    try {
      return verifyOnce(bytes, offset);
    } catch (CorruptionException e) {
      object.distrust();
      try {
        return verifyOnce(again.read(), offset);
      } catch (CorruptionException stillWrong) {
        stillWrong.addSuppressed(e);
        throw stillWrong;
      }
    }
  }

  private Stored verifyOnce(ByteBuffer bytes, long offset) throws CorruptionException {
    ByteBuffer block = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    int checked = block.limit() - Integer.BYTES;
    int payload = block.limit() - SstableFormat.BLOCK_TRAILER_BYTES;
    int rawLength = block.getInt(payload);
    int compression = Byte.toUnsignedInt(block.get(payload + Integer.BYTES));
    int expected = block.getInt(checked);
    int found = SstableFormat.blockChecksum(block.duplicate().limit(checked), info.id(), offset);
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
    return new Stored(block.limit(payload), rawLength, compressed, name(), offset);
  }

  /**
   * A verified block as it is stored.
   *
   * @param payload the bytes, compressed or not, from its position 0 to its limit
   * @param rawLength the bytes when decompressed
   */
  record Stored(ByteBuffer payload, int rawLength, boolean compressed, String path, long offset) {
    /** Writes the uncompressed block to the start of a page. */
    void writeTo(Page page) throws CorruptionException {
      writeTo(page.memory().duplicate().position(0).limit(rawLength));
    }

    /** Writes the uncompressed block to the start of an array of at least its length. */
    void writeTo(byte[] target) throws CorruptionException {
      writeTo(ByteBuffer.wrap(target, 0, rawLength));
    }

    /** The bytes of an uncompressed block that was read into the heap. */
    Slice inHeap() {
      return Slice.of(payload.array(), payload.arrayOffset(), payload.limit());
    }

    private void writeTo(ByteBuffer target) throws CorruptionException {
      if (!compressed) {
        target.put(payload.duplicate());
        return;
      }
      try {
        new Lz4Decompressor().decompress(payload.duplicate(), target);
      } catch (MalformedInputException | IllegalArgumentException e) {
        throw malformed(e);
      }
      if (target.hasRemaining()) {
        throw shorter(rawLength - target.remaining());
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
