package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The entry that a forward walk over the entries of an uncompressed block has come to.
 *
 * <p>Its value lies in the block, its key in a buffer that the next one overwrites. Not
 * thread-safe.
 */
final class BlockEntry {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final ValueKind[] KINDS = ValueKind.values();

  /** What is shorter is copied as two words, which takes less time than to ask for its length. */
  private static final int WORDS = 2 * Long.BYTES;

  private String object = "";
  private long offset;
  private long baseEpoch;

  private byte[] bytes = {};

  /** Where in {@code bytes} the block begins; negative where only a part of it is there. */
  private int base;

  /** Where in {@code bytes} the entries end. */
  private int end;

  /** Where in {@code bytes} the next entry begins. */
  private int next;

  private byte[] key = new byte[64];
  private int keyLength;

  /** How many bytes of its key the next entry may share; 0 where it begins a restart. */
  private int sharable;

  private Slice keySlice = Slice.EMPTY;
  private boolean isSameKey;
  private int scanPrefixLength;
  private int valueStart;
  private int valueLength;
  private long epoch;

  /** A number, since storing a reference takes longer. */
  private int kind;

  /** Where the varint before ended. */
  private int cursor;

  /**
   * Sets this on other entries, at none of them; the key stays.
   *
   * @param bytes must not change while this is on them
   * @param base where in {@code bytes} the block begins
   * @param entriesEnd where in the block the entries end
   * @param baseEpoch the table's base epoch
   * @param object the name of the object that the block comes from, for messages
   * @param offset where in the object it is
   */
  void open(byte[] bytes, int base, int entriesEnd, long baseEpoch, String object, long offset) {
    this.bytes = bytes;
    this.base = base;
    this.end = base + entriesEnd;
    this.next = end;
    this.baseEpoch = baseEpoch;
    this.object = object;
    this.offset = offset;
  }

  /** Makes the entry at an offset of the block the next one; it has its key in full. */
  void startAt(int at) {
    next = base + at;
    sharable = 0;
  }

  /** Where in the block the next entry begins. */
  int nextAt() {
    return next - base;
  }

  /** Whether there is a next entry. */
  boolean hasNext() {
    return next < end;
  }

  /** Goes to the next entry, which there must be. */
  void next() throws CorruptionException {
    int at = next;
    // Behind the entries of a whole block there is always as much.
    long header = at + Long.BYTES <= bytes.length ? (long) LONG.get(bytes, at) : -1;
    int tag = (int) header & 0xFF;
    boolean isWhole = (tag & SstableFormat.TAG_WHOLE_KEY) != 0;
    long longer = isWhole ? SstableFormat.LONGER_HEADER : SstableFormat.LONGER_HEADER_WITH_PREFIX;
    if ((header & longer) == 0) {
      int shared = (int) (header >>> 8) & 0x7F;
      int unshared = (int) (header >>> 16) & 0x7F;
      long zigzag = (header >>> 32) & 0x7F;
      cursor = at + (isWhole ? 5 : 6);
      int prefix = isWhole ? shared + unshared : (int) (header >>> 40) & 0x7F;
      enter(at, tag, shared, unshared, (int) (header >>> 24) & 0x7F, zigzag, prefix);
    } else {
      readLongHeader(at);
    }
  }

  private void readLongHeader(int at) throws CorruptionException {
    int tag = bytes[at] & 0xFF;
    cursor = at + 1;
    int shared = varint(at);
    int unshared = varint(at);
    int length = varint(at);
    long zigzag = longVarint(at);
    boolean isWhole = (tag & SstableFormat.TAG_WHOLE_KEY) != 0;
    int prefix = isWhole ? shared + unshared : varint(at);
    enter(at, tag, shared, unshared, length, zigzag, prefix);
  }

  /** Makes an entry the current one whose header ends at the cursor. */
  private void enter(
      int at, int tag, int shared, int unshared, int length, long zigzag, int scanPrefix)
      throws CorruptionException {
    int from = cursor;
    int sum = shared + unshared;
    long after = (long) from + unshared + length;
    long written = baseEpoch + ((zigzag >>> 1) ^ -(zigzag & 1));
    int tagged = tag & SstableFormat.TAG_KIND;
    // All of these are at least 0, which is asked at once.
    long differences =
        (end - after)
            | (sharable - shared)
            | unshared
            | (sum - scanPrefix)
            | (FullKey.MAX_KEY_LENGTH - sum)
            | (scanPrefix - KeySpace.LENGTH)
            | (KINDS.length - 1 - tagged)
            | written;
    if (differences < 0) {
      throw nonsense(at, after, shared, unshared, tagged, scanPrefix, written);
    }
    // Entries share as much as there is, but nothing at a restart.
    isSameKey = shared > 0 ? sum == shared && shared == keyLength : isKey(from, unshared);
    writeKey(from, shared, unshared);
    keyLength = sum;
    sharable = sum;
    scanPrefixLength = scanPrefix;
    valueStart = from + unshared;
    valueLength = length;
    epoch = written;
    kind = tagged;
    next = (int) after;
  }

  private boolean isKey(int from, int length) {
    return length == keyLength && Arrays.equals(key, 0, length, bytes, from, from + length);
  }

  private void writeKey(int from, int shared, int unshared) {
    if (key.length < shared + unshared + WORDS) {
      key = Arrays.copyOf(key, 2 * (shared + unshared + WORDS));
    }
    if (unshared <= WORDS && from + WORDS <= bytes.length) {
      LONG.set(key, shared, (long) LONG.get(bytes, from));
      LONG.set(key, shared + Long.BYTES, (long) LONG.get(bytes, from + Long.BYTES));
    } else {
      System.arraycopy(bytes, from, key, shared, unshared);
    }
  }

  private CorruptionException nonsense(
      int at, long after, int shared, int unshared, int tagged, int scanPrefix, long written) {
    if (after > end) {
      return corrupt(at, "an entry that ends before " + (end - base), Long.toString(after - base));
    }
    return corrupt(
        at,
        "an entry whose key shares at most %d bytes".formatted(sharable),
        "%d shared and %d others, kind %d, scan prefix of %d bytes, epoch %d"
            .formatted(shared, unshared, tagged, scanPrefix, written));
  }

  /** A varint at the cursor that fits an int, of the entry at {@code entry}. */
  private int varint(int entry) throws CorruptionException {
    if (cursor < end && bytes[cursor] >= 0) {
      return bytes[cursor++];
    }
    long value = longVarint(entry);
    if (value < 0 || value > SstableFormat.MAX_BLOCK_BYTES) {
      throw corrupt(entry, "lengths within the block", Long.toUnsignedString(value));
    }
    return (int) value;
  }

  private long longVarint(int entry) throws CorruptionException {
    long value = 0;
    for (int shift = 0; shift < 64 && cursor < end; shift += 7) {
      byte read = bytes[cursor++];
      value |= (read & 0x7FL) << shift;
      if (read >= 0) {
        return value;
      }
    }
    throw corrupt(entry, "a varint of at most 10 bytes", "more");
  }

  private CorruptionException corrupt(int at, String expected, String found) {
    return new CorruptionException(
        object, offset, expected + " at " + (at - base) + " of the block", found);
  }

  /** The key, valid until the next move. */
  Slice key() {
    Slice slice = keySlice;
    if (slice.length() != keyLength || slice.array() != key) {
      slice = Slice.of(key, 0, keyLength);
      keySlice = slice;
    }
    return slice;
  }

  /** Whether it has the key of the entry that this was at before, be it of another block. */
  boolean isSameKey() {
    return isSameKey;
  }

  int scanPrefixLength() {
    return scanPrefixLength;
  }

  long epoch() {
    return epoch;
  }

  ValueKind kind() {
    return KINDS[kind];
  }

  /** Where the value begins in the array that the entries are in. */
  int valueStart() {
    return valueStart;
  }

  int valueLength() {
    return valueLength;
  }

  Slice value() {
    return Slice.of(bytes, valueStart, valueLength);
  }

  /** The order of its full key to another. */
  int compareTo(FullKey target) {
    Slice other = target.key();
    int order =
        Arrays.compareUnsigned(
            key, 0, keyLength, other.array(), other.offset(), other.offset() + other.length());
    return order != 0 ? order : Long.compare(target.epoch(), epoch);
  }
}
