package io.hummock.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing byte array to write into, little endian, reusable after {@link #clear}.
 *
 * <p>Not thread-safe.
 */
public final class SliceBuilder {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] array;
  private int length;
  private Slice slice = Slice.EMPTY;

  public SliceBuilder() {
    this(64);
  }

  public SliceBuilder(int capacity) {
    array = new byte[capacity];
  }

  /** The array behind; replaced by another when it has to grow. */
  public byte[] array() {
    return array;
  }

  public int length() {
    return length;
  }

  public void clear() {
    length = 0;
  }

  /** Shortens to {@code newLength} bytes. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException("truncate " + length + " to " + newLength);
    }
    length = newLength;
  }

  /** Makes room for {@code count} more bytes, adds them to the length and returns their offset. */
  public int reserve(int count) {
    int start = length;
    int end = Math.addExact(start, count);
    if (end > array.length) {
      array = Arrays.copyOf(array, Math.max(end, (int) Math.min(2L * array.length, 1 << 30)));
    }
    length = end;
    return start;
  }

  public SliceBuilder writeByte(int value) {
    int at = reserve(1);
    array[at] = (byte) value;
    return this;
  }

  public SliceBuilder writeInt(int value) {
    int at = reserve(Integer.BYTES);
    INT.set(array, at, value);
    return this;
  }

  public SliceBuilder writeLong(long value) {
    int at = reserve(Long.BYTES);
    LONG.set(array, at, value);
    return this;
  }

  /** 7 bits a byte, low bits first, the high bit set on all but the last: 1 to 10 bytes. */
  public SliceBuilder writeVarint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      writeByte((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    return writeByte((int) rest);
  }

  public SliceBuilder write(Slice bytes) {
    return write(bytes.array(), bytes.offset(), bytes.length());
  }

  public SliceBuilder write(byte[] bytes, int offset, int count) {
    int at = reserve(count);
    System.arraycopy(bytes, offset, array, at, count);
    return this;
  }

  /** Copies {@code count} bytes at the absolute position {@code offset} of a buffer. */
  public SliceBuilder write(ByteBuffer bytes, int offset, int count) {
    int at = reserve(count);
    bytes.get(offset, array, at, count);
    return this;
  }

  /** A varint length, then the bytes. */
  public SliceBuilder writeLengthPrefixed(Slice bytes) {
    return writeVarint(bytes.length()).write(bytes);
  }

  /** What was written, over the array behind: valid until the next write or clear. */
  public Slice slice() {
    slice = slice.over(array, length);
    return slice;
  }

  /** What was written, in a fresh array. */
  public byte[] toByteArray() {
    return Arrays.copyOf(array, length);
  }
}
