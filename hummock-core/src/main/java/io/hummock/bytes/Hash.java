package io.hummock.bytes;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * The 64-bit hash of keys, for Bloom filters and the memtable: XXH3 with seed 0. It is part of the
 * file format, so it never changes.
 */
public final class Hash {
  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private Hash() {}

  public static long hash64(Slice bytes) {
    return XXH3.hashBytesToLong(bytes.array(), bytes.offset(), bytes.length());
  }

  public static long hash64(byte[] bytes, int offset, int length) {
    return XXH3.hashBytesToLong(bytes, offset, length);
  }

  /** The hash of a text's UTF-8 bytes. */
  public static long hash64(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return hash64(bytes, 0, bytes.length);
  }
}
