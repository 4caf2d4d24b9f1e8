package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * An uncompressed block in a page, as {@link BlockBuilder} draws it, answering point lookups in
 * place.
 *
 * <p>Immutable but for the page's references: whoever uses a block holds one, by {@link #retain}.
 */
final class Block {
  /** The block has no version of the key. */
  static final int ABSENT = 0;

  /** The block has versions of the key, and other keys behind them. */
  static final int MET = 1;

  /** The block ends with a version of the key. */
  static final int MET_LAST = 2;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final ValueKind[] KINDS = ValueKind.values();

  private final Page page;
  private final ByteBuffer memory;
  private final BlockKey name;
  private final AtomicReferenceArray<Block> slots;
  private final int slot;
  private final String object;
  private final long offset;
  private final int length;
  private final int entriesEnd;
  private final int restartCount;
  private final int bucketsAt;
  private final int bucketCount;

  /** How often it was read; races cost a little precision. */
  private int reads;

  /**
   * @param page whose first {@code length} bytes are the block; the caller's reference becomes the
   *     block's first
   * @param name which block of which table it is
   * @param slots where readers of the table find it while it is kept
   * @param slot its place in there
   * @param object the name of the object that the block comes from, for messages
   * @param offset where in the object it is
   */
  Block(
      Page page,
      int length,
      BlockKey name,
      AtomicReferenceArray<Block> slots,
      int slot,
      String object,
      long offset)
      throws CorruptionException {
    this.page = page;
    this.name = name;
    this.slots = slots;
    this.slot = slot;
    this.object = object;
    this.offset = offset;
    // Copied, since each object on the way to the bytes is a cache miss.
    memory = page.memory();
    BlockLayout layout = BlockLayout.of(memory, length, object, offset);
    this.length = length;
    entriesEnd = layout.entriesEnd();
    restartCount = layout.restartCount();
    bucketsAt = layout.bucketsAt();
    bucketCount = layout.bucketCount();
  }

  /** That of its name, so that the cache's history goes on when a block is read again. */
  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public boolean equals(Object object) {
    return this == object;
  }

  /**
   * Counts a read; whether the cache's policy should hear of it: of the first, then each eighth.
   */
  boolean countRead() {
    int now = ++reads;
    return now < 4 || (now & 7) == 0;
  }

  boolean retain() {
    return page.retain();
  }

  void release() {
    page.release();
  }

  Page page() {
    return page;
  }

  /** Lets readers find it; false if they find another. */
  boolean show() {
    return slots.compareAndSet(slot, null, this);
  }

  /** Readers find it no more. */
  void hide() {
    slots.compareAndSet(slot, this, null);
  }

  /** The bytes of the block. */
  int length() {
    return length;
  }

  /** Where in the object the block is. */
  long offset() {
    return offset;
  }

  /** Copies the block to the start of an array of at least {@link #length} bytes. */
  void copyTo(byte[] target) {
    memory.get(0, target, 0, length);
  }

  /** Copies a part of the block to the start of an array. */
  void copyTo(byte[] target, int from, int to) {
    memory.get(from, target, 0, to - from);
  }

  int restartCount() {
    return restartCount;
  }

  /** Where the entry of a restart begins; the end of all entries for the count of restarts. */
  int restartAt(int restart) throws CorruptionException {
    return restart == restartCount ? entriesEnd : restartOffset(restart);
  }

  /** The last restart whose key is smaller than {@code key}, or the first restart. */
  int restartFor(Slice key) throws CorruptionException {
    try {
      return restartBefore(key);
    } catch (IndexOutOfBoundsException e) {
      throw notWithin(e);
    }
  }

  /**
   * Adds the versions of a key, newest first, until the lookup is complete.
   *
   * @return {@link #ABSENT}, {@link #MET}, or {@link #MET_LAST} if the block ended at a version of
   *     the key and the lookup is not complete, so that the next block may go on
   */
  int get(Slice key, long hash, ValueLookup into) throws CorruptionException {
    try {
      return search(key, hash, into);
    } catch (IndexOutOfBoundsException e) {
      throw notWithin(e);
    }
  }

  private int search(Slice key, long hash, ValueLookup into) throws CorruptionException {
    int restart;
    if (bucketCount > 0) {
      restart = memory.get(bucketsAt + BlockBuilder.bucket(hash, bucketCount)) & 0xFF;
      if (restart == SstableFormat.BUCKET_EMPTY) {
        return ABSENT;
      }
      if (restart == SstableFormat.BUCKET_COLLISION) {
        restart = restartBefore(key);
      } else if (restart >= restartCount) {
        throw corrupt(bucketsAt, "a restart below " + restartCount, restart);
      }
    } else {
      restart = restartBefore(key);
    }
    return scan(restartOffset(restart), key, into);
  }

  /*
   * The scan does not assemble keys. It knows how many bytes the wanted key has in common with the
   * previous entry's key, which is smaller: `matched`. An entry that shares more than those with
   * the previous one differs from the wanted key where the previous did, and is smaller too; one
   * that shares fewer differs earlier and upwards, so is greater, and the scan ends; one that shares
   * just as many must be compared from there on. At a restart, where nothing is shared whatever the
   * keys are, the comparison begins anew.
   */
  private int scan(int start, Slice key, ValueLookup into) throws CorruptionException {
    int end = entriesEnd;
    int keyLength = key.length();
    int matched = 0;
    int met = ABSENT;
    int at = start;
    while (at < end) {
      // Restart offsets and footer stand behind the entries, so that 8 bytes can always be read.
      long header = memory.getLong(at);
      int tag = (int) header & 0xFF;
      int shared;
      int unshared;
      int valueLength;
      int suffixAt;
      if ((header & SstableFormat.LONGER_HEADER) == 0 && (tag & SstableFormat.TAG_WHOLE_KEY) != 0) {
        shared = (int) (header >>> 8) & 0x7F;
        unshared = (int) (header >>> 16) & 0x7F;
        valueLength = (int) (header >>> 24) & 0x7F;
        suffixAt = at + 5;
      } else {
        int cursor = at + 1;
        shared = varint(memory, cursor);
        cursor += varintLength(memory, cursor);
        unshared = varint(memory, cursor);
        cursor += varintLength(memory, cursor);
        valueLength = varint(memory, cursor);
        cursor += varintLength(memory, cursor);
        cursor += varintLength(memory, cursor);
        if ((tag & SstableFormat.TAG_WHOLE_KEY) == 0) {
          cursor += varintLength(memory, cursor);
        }
        suffixAt = cursor;
      }
      long next = (long) suffixAt + unshared + valueLength;
      if ((shared | unshared | valueLength) < 0 || next > end) {
        throw corrupt(at, "an entry that ends before " + end, next);
      }
      if (shared == 0) {
        matched = 0;
      }
      if (shared < matched) {
        return met;
      }
      if (shared == matched) {
        int wanted = keyLength - matched;
        int count = Math.min(unshared, wanted);
        int common = mismatch(memory, suffixAt, key.array(), key.offset() + matched, count);
        if (common < count) {
          int order =
              Byte.compareUnsigned(
                  memory.get(suffixAt + common), key.array()[key.offset() + matched + common]);
          if (order > 0) {
            return met;
          }
          matched += common;
        } else if (unshared > wanted) {
          return met;
        } else if (unshared < wanted) {
          matched += common;
        } else {
          matched = keyLength;
          met = MET;
          add(at, tag, suffixAt + unshared, valueLength, into);
          if (into.isComplete()) {
            return MET;
          }
        }
      }
      at = (int) next;
    }
    return met == MET ? MET_LAST : ABSENT;
  }

  private void add(int at, int tag, int valueAt, int valueLength, ValueLookup into)
      throws CorruptionException {
    int kind = tag & SstableFormat.TAG_KIND;
    if (kind >= KINDS.length) {
      throw corrupt(at, "a value kind from 0 to 2", kind);
    }
    into.add(KINDS[kind], memory, valueAt, valueLength);
  }

  private int restartBefore(Slice key) throws CorruptionException {
    int low = 0;
    int high = restartCount - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (compareRestart(restartOffset(middle), key) < 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private int compareRestart(int at, Slice key) throws CorruptionException {
    int cursor = at + 1;
    int shared = varint(memory, cursor);
    cursor += varintLength(memory, cursor);
    int length = varint(memory, cursor);
    cursor += varintLength(memory, cursor);
    cursor += varintLength(memory, cursor);
    cursor += varintLength(memory, cursor);
    if ((memory.get(at) & SstableFormat.TAG_WHOLE_KEY) == 0) {
      cursor += varintLength(memory, cursor);
    }
    if (shared != 0 || length < 0 || length > entriesEnd - cursor) {
      throw corrupt(at, "a restart with its key in full", shared + ", " + length);
    }
    int count = Math.min(length, key.length());
    int common = mismatch(memory, cursor, key.array(), key.offset(), count);
    return common < count
        ? Byte.compareUnsigned(memory.get(cursor + common), key.get(common))
        : Integer.compare(length, key.length());
  }

  private int restartOffset(int restart) throws CorruptionException {
    int at = memory.getInt(entriesEnd + restart * Integer.BYTES);
    if (at < 0 || at >= entriesEnd) {
      throw corrupt(entriesEnd, "a restart offset below " + entriesEnd, at);
    }
    return at;
  }

  /** A varint; negative where it does not fit an int. */
  private static int varint(ByteBuffer memory, int at) {
    byte first = memory.get(at);
    if (first >= 0) {
      return first;
    }
    int value = first & 0x7F;
    int shift = 7;
    for (int i = at + 1; shift < 35; shift += 7, i++) {
      byte next = memory.get(i);
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return shift == 28 && next > 7 ? -1 : value;
      }
    }
    return -1;
  }

  private static int varintLength(ByteBuffer memory, int at) {
    int length = 1;
    while (memory.get(at + length - 1) < 0) {
      length++;
    }
    return length;
  }

  /** How many of {@code count} bytes are equal. */
  private static int mismatch(ByteBuffer memory, int at, byte[] bytes, int from, int count) {
    int i = 0;
    for (; i + Long.BYTES <= count; i += Long.BYTES) {
      long difference = memory.getLong(at + i) ^ (long) LONG.get(bytes, from + i);
      if (difference != 0) {
        return i + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
    }
    while (i < count && memory.get(at + i) == bytes[from + i]) {
      i++;
    }
    return i;
  }

  private CorruptionException notWithin(IndexOutOfBoundsException cause) {
    return new CorruptionException(object, offset, "entries within the block", "others", cause);
  }

  private CorruptionException corrupt(int at, String expected, Object found) {
    return new CorruptionException(
        object, offset, expected + " at " + at + " of the block", found.toString());
  }
}
