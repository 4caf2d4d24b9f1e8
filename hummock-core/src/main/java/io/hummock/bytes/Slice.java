package io.hummock.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A range of a byte array, ordered as unsigned bytes, shorter first where one is the prefix of the
 * other.
 *
 * <p>A slice never owns its array: whoever hands one out says how long it lasts. Copy with {@link
 * #copy} what must live longer.
 */
public final class Slice implements Comparable<Slice> {
  public static final Slice EMPTY = new Slice(new byte[0], 0, 0);

  private final byte[] array;
  private final int offset;
  private final int length;

  private Slice(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** The whole array, not copied. */
  public static Slice of(byte[] array) {
    return new Slice(array, 0, array.length);
  }

  /** {@code length} bytes of the array from {@code offset}, not copied. */
  public static Slice of(byte[] array, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, array.length);
    return new Slice(array, offset, length);
  }

  /**
   * The first {@code count} bytes of an array, not copied: this very slice if it is just that. So
   * who fills one array again and again leaves nothing to the garbage collector.
   */
  public Slice over(byte[] bytes, int count) {
    return bytes == array && count == length && offset == 0 ? this : of(bytes, 0, count);
  }

  /** The UTF-8 bytes of a text. */
  public static Slice utf8(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  public byte[] array() {
    return array;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  public byte get(int index) {
    Objects.checkIndex(index, length);
    return array[offset + index];
  }

  /** The part from {@code from} to the end, over the same array. */
  public Slice from(int from) {
    return slice(from, length - from);
  }

  /** {@code count} bytes from {@code from}, over the same array. */
  public Slice slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new Slice(array, offset + from, count);
  }

  public boolean startsWith(Slice prefix) {
    return length >= prefix.length
        && Arrays.equals(
            array,
            offset,
            offset + prefix.length,
            prefix.array,
            prefix.offset,
            prefix.offset + prefix.length);
  }

  public boolean endsWith(Slice suffix) {
    return length >= suffix.length
        && Arrays.equals(
            array,
            offset + length - suffix.length,
            offset + length,
            suffix.array,
            suffix.offset,
            suffix.offset + suffix.length);
  }

  /** How many leading bytes both have in common. */
  public int commonPrefixLength(Slice other) {
    int mismatch =
        Arrays.mismatch(
            array, offset, offset + length, other.array, other.offset, other.offset + other.length);
    return mismatch < 0 ? length : mismatch;
  }

  /** A slice over a fresh array of exactly these bytes. */
  public Slice copy() {
    return of(toByteArray());
  }

  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  @Override
  public int compareTo(Slice other) {
    return Arrays.compareUnsigned(
        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof Slice other
        && Arrays.equals(
            array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** The bytes in hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(array, offset, offset + length);
  }
}
