package io.hummock.sstable;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A blocked Bloom filter: all bits of a key lie in one line of 64 bytes, so that a probe costs one
 * cache miss.
 *
 * <p>The filter is {@code n} lines. A hash {@code h} of 64 bits belongs to line {@code ((h >>> 32)
 * * n) >>> 32}. Its bits in there: {@code x = h * 0x9E3779B97F4A7C15}, bit {@code x >>> 55}, then
 * again with {@code x} multiplied by the same constant, as often as there are probes; bit {@code b}
 * is bit {@code b & 7} of byte {@code b >>> 3}. After F. Putze, P. Sanders, J. Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters" (2007), with the multiplicative remix of the bits that
 * RocksDB describes for its own.
 *
 * <p>Collects hashes and writes them as a filter; not thread-safe.
 */
final class BloomFilter {
  /** The bytes of a line. */
  static final int LINE_BYTES = 64;

  private static final long REMIX = 0x9E37_79B9_7F4A_7C15L;
  private static final int BIT_SHIFT = 64 - 9; // 512 bits a line

  private final int bitsPerKey;
  private long[] hashes = new long[1024];
  private int count;

  BloomFilter(int bitsPerKey) {
    this.bitsPerKey = bitsPerKey;
  }

  /** How many bits each key sets; somewhat fewer than in a filter that is not blocked. */
  static int probes(int bitsPerKey) {
    return (int) Math.max(1, Math.min(12, Math.round(bitsPerKey * 0.6)));
  }

  void add(long hash) {
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
    }
    hashes[count++] = hash;
  }

  /** How many hashes were added since the last {@link #clear}. */
  int count() {
    return count;
  }

  void clear() {
    count = 0;
  }

  /** Appends the filter's lines; returns their length in bytes, a multiple of 64. */
  int writeTo(SliceBuilder target) {
    long bits = (long) count * bitsPerKey;
    int lines = (int) Math.max(1, (bits + LINE_BYTES * 8 - 1) / (LINE_BYTES * 8));
    int length = Math.multiplyExact(lines, LINE_BYTES);
    int start = target.reserve(length);
    byte[] array = target.array();
    Arrays.fill(array, start, start + length, (byte) 0);
    int probes = probes(bitsPerKey);
    for (int i = 0; i < count; i++) {
      long hash = hashes[i];
      int line = start + line(hash, lines);
      long x = hash;
      for (int probe = 0; probe < probes; probe++) {
        x *= REMIX;
        int bit = (int) (x >>> BIT_SHIFT);
        array[line + (bit >>> 3)] |= (byte) (1 << (bit & 7));
      }
    }
    return length;
  }

  /** Whether the key of this hash may have been added. */
  static boolean mayContain(ByteBuffer filter, int length, int probes, long hash) {
    int line = line(hash, length / LINE_BYTES);
    long x = hash;
    for (int probe = 0; probe < probes; probe++) {
      x *= REMIX;
      int bit = (int) (x >>> BIT_SHIFT);
      if ((filter.get(line + (bit >>> 3)) & (1 << (bit & 7))) == 0) {
        return false;
      }
    }
    return true;
  }

  /** As {@link #mayContain(ByteBuffer, int, int, long)}, of a filter in the heap. */
  static boolean mayContain(Slice filter, int probes, long hash) {
    return mayContain(
        ByteBuffer.wrap(filter.array(), filter.offset(), filter.length()).slice(),
        filter.length(),
        probes,
        hash);
  }

  /** Where the line of a hash begins. */
  private static int line(long hash, int lines) {
    return (int) (((hash >>> 32) * lines) >>> 32) * LINE_BYTES;
  }
}
