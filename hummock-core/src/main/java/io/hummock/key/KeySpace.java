package io.hummock.key;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The prefix of a key, ten bytes: {@code partition (2, big endian) | id (8, big endian)}. A
 * partition is what a tree is split by (Flink's key group), the id tells apart what shares a
 * partition (Flink's states).
 *
 * @param partition 0 to 65,535
 * @param id any 64 bits, ordered as unsigned
 */
public record KeySpace(int partition, long id) implements Comparable<KeySpace> {
  /** The bytes of an encoded key space. */
  public static final int LENGTH = Short.BYTES + Long.BYTES;

  public static final int MAX_PARTITION = 0xFFFF;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  public KeySpace {
    if (partition < 0 || partition > MAX_PARTITION) {
      throw new IllegalArgumentException("partition " + partition);
    }
  }

  /** The key space of an encoded key. */
  public static KeySpace of(Slice key) throws CorruptionException {
    if (key.length() < LENGTH) {
      throw new CorruptionException(
          "key " + key,
          0,
          "a key of at least " + LENGTH + " bytes",
          Integer.toString(key.length()));
    }
    return new KeySpace(partition(key), id(key));
  }

  /** The partition of an encoded key. */
  public static int partition(Slice key) {
    return Short.toUnsignedInt((short) SHORT.get(key.array(), key.offset()));
  }

  /** The id of an encoded key. */
  public static long id(Slice key) {
    return (long) LONG.get(key.array(), key.offset() + Short.BYTES);
  }

  /** Writes the ten bytes at {@code offset}. */
  public void write(byte[] target, int offset) {
    SHORT.set(target, offset, (short) partition);
    LONG.set(target, offset + Short.BYTES, id);
  }

  /** The ten bytes. */
  public Slice encode() {
    byte[] bytes = new byte[LENGTH];
    write(bytes, 0);
    return Slice.of(bytes);
  }

  /** The key of {@code userKey} in this key space. */
  public Slice key(Slice userKey) {
    byte[] bytes = new byte[LENGTH + userKey.length()];
    write(bytes, 0);
    System.arraycopy(userKey.array(), userKey.offset(), bytes, LENGTH, userKey.length());
    return Slice.of(bytes);
  }

  @Override
  public int compareTo(KeySpace other) {
    return partition != other.partition
        ? Integer.compare(partition, other.partition)
        : Long.compareUnsigned(id, other.id);
  }
}
