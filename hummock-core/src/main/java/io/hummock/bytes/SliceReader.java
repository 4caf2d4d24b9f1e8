package io.hummock.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads what {@link SliceBuilder} wrote, from bytes that are not trusted: every read checks its
 * bounds first and throws a {@link CorruptionException} that names the object and the offset.
 *
 * <p>Not thread-safe.
 */
public final class SliceReader {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Slice bytes;
  private final String object;
  private final long base;
  private int position;

  /**
   * @param bytes what to read
   * @param object the name of the object that they come from, for messages
   * @param base where in the object they begin, for messages
   */
  public SliceReader(Slice bytes, String object, long base) {
    this.bytes = bytes;
    this.object = object;
    this.base = base;
  }

  public int position() {
    return position;
  }

  public int remaining() {
    return bytes.length() - position;
  }

  public int readUnsignedByte() throws CorruptionException {
    return bytes.array()[take(1, "a byte")] & 0xFF;
  }

  public int readInt() throws CorruptionException {
    return (int) INT.get(bytes.array(), take(Integer.BYTES, "an int"));
  }

  public long readLong() throws CorruptionException {
    return (long) LONG.get(bytes.array(), take(Long.BYTES, "a long"));
  }

  /** A varint of up to 64 bits, as unsigned. */
  public long readVarint() throws CorruptionException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = readUnsignedByte();
      value |= (next & 0x7FL) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw corrupt("a varint of at most 10 bytes", "more");
  }

  /** A varint that must lie between 0 and {@code max}; {@code what} names it in the message. */
  public int readVarint(int max, String what) throws CorruptionException {
    long value = readVarint();
    if (value < 0 || value > max) {
      throw corrupt(what + " of at most " + max, Long.toUnsignedString(value));
    }
    return (int) value;
  }

  /** {@code length} bytes, over the same array. */
  public Slice readSlice(int length) throws CorruptionException {
    int at = take(length, length + " bytes");
    return Slice.of(bytes.array(), at, length);
  }

  /** A varint length of at most {@code max}, then as many bytes, over the same array. */
  public Slice readLengthPrefixed(int max, String what) throws CorruptionException {
    return readSlice(readVarint(max, what));
  }

  /** The exception for bytes at the current position that are not what was expected. */
  public CorruptionException corrupt(String expected, String found) {
    return new CorruptionException(object, base + position, expected, found);
  }

  /** As {@link #corrupt(String, String)}, with what revealed it. */
  public CorruptionException corrupt(String expected, String found, Throwable cause) {
    return new CorruptionException(object, base + position, expected, found, cause);
  }

  private int take(int count, String what) throws CorruptionException {
    if (count < 0 || count > remaining()) {
      throw corrupt(what, "only " + remaining() + " bytes left");
    }
    int at = bytes.offset() + position;
    position += count;
    return at;
  }
}
