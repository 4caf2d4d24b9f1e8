package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the entries of one uncompressed block in the heap; {@link #open} sets it on another.
 *
 * <p>Values are slices of the block, keys of a buffer that is reused. Closing does nothing: the
 * block's array belongs to the caller.
 */
final class BlockIterator implements HummockIterator {
  /*
   * Keys can only be told going forward from a restart. So a backward iterator decodes a whole
   * restart interval at once, keeps the key and the place of each of its entries, and walks back
   * over those; a forward one keeps one entry. Both decode with the same code, into the entry after
   * those that are kept: `count` entries, the current one being `index`.
   */
  private static final ValueKind[] KINDS = ValueKind.values();

  private final Direction direction;

  private byte[] bytes = new byte[0];

  /** Where in {@code bytes} the block begins; negative where only a part of it is there. */
  private int base;

  /** Where the part of a forward iterator begins that has no restarts; -1 for a whole block. */
  private int part = -1;

  private BlockLayout layout = new BlockLayout(0, 0, 0, 0, 0);
  private ByteBuffer view = ByteBuffer.wrap(bytes);
  private long baseEpoch;
  private String object = "";
  private long offset;

  private final SliceBuilder keys = new SliceBuilder();
  private int[] keyStarts = new int[1];
  private int[] keyLengths = new int[1];
  private int[] scanPrefixLengths = new int[1];
  private int[] valueStarts = new int[1];
  private int[] valueLengths = new int[1];
  private long[] epochs = new long[1];
  private byte[] kinds = new byte[1];
  private int count;
  private int index;
  private int interval;
  private int next;
  private boolean valid;
  private @Nullable Slice keySlice;

  /** Where the varint before ended. */
  private int cursor;

  BlockIterator(Direction direction) {
    this.direction = direction;
  }

  /**
   * Sets the iterator on a block; it then has no position.
   *
   * @param block the uncompressed block; must not change while the iterator is on it
   * @param baseEpoch the table's base epoch
   * @param object the name of the object that the block comes from, for messages
   * @param offset where in the object it is
   */
  void open(Slice block, long baseEpoch, String object, long offset) throws CorruptionException {
    begin(block.array(), block.offset(), -1, baseEpoch, object, offset);
    view = ByteBuffer.wrap(bytes, base, block.length()).slice().order(ByteOrder.LITTLE_ENDIAN);
    layout = BlockLayout.of(view, block.length(), object, offset);
  }

  /**
   * Sets a forward iterator on the entries between two restarts of a block, as if there were no
   * others; it then has no position.
   *
   * @param entries must not change while the iterator is on them
   * @param from where in the block they begin
   */
  void openPart(Slice entries, int from, long baseEpoch, String object, long offset) {
    assert direction == Direction.FORWARD;
    begin(entries.array(), entries.offset() - from, from, baseEpoch, object, offset);
    int end = from + entries.length();
    layout = new BlockLayout(end, end, 1, end, 0);
  }

  private void begin(
      byte[] array, int blockAt, int partAt, long epoch, String name, long blockOffset) {
    valid = false;
    keySlice = null;
    baseEpoch = epoch;
    object = name;
    offset = blockOffset;
    bytes = array;
    base = blockAt;
    part = partAt;
  }

  @Override
  public void rewind() throws CorruptionException {
    valid = false;
    if (direction == Direction.FORWARD) {
      startAt(0);
      advance();
    } else {
      loadInterval(layout.restartCount() - 1);
      index = count - 1;
      valid = true;
    }
  }

  @Override
  public void seek(FullKey target) throws CorruptionException {
    valid = false;
    keySlice = null;
    if (direction == Direction.FORWARD) {
      startAt(Math.max(0, lastRestart(target, false)));
      do {
        advance();
      } while (valid && compare(target) < 0);
    } else {
      int restart = lastRestart(target, true);
      if (restart < 0) {
        return;
      }
      loadInterval(restart);
      index = count - 1;
      while (index > 0 && compare(target) > 0) {
        index--;
      }
      keySlice = null;
      valid = true;
    }
  }

  @Override
  public void next() throws CorruptionException {
    assert valid;
    if (direction == Direction.FORWARD) {
      advance();
    } else {
      keySlice = null;
      valid = false;
      if (index > 0) {
        index--;
        valid = true;
      } else if (interval > 0) {
        loadInterval(interval - 1);
        index = count - 1;
        valid = true;
      }
    }
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public Slice key() {
    assert valid;
    Slice slice = keySlice;
    if (slice == null) {
      slice = Slice.of(keys.array(), keyStarts[index], keyLengths[index]);
      keySlice = slice;
    }
    return slice;
  }

  @Override
  public long epoch() {
    assert valid;
    return epochs[index];
  }

  @Override
  public int scanPrefixLength() {
    assert valid;
    return scanPrefixLengths[index];
  }

  @Override
  public ValueKind kind() {
    assert valid;
    return KINDS[kinds[index]];
  }

  @Override
  public Slice value() {
    assert valid;
    return Slice.of(bytes, valueStarts[index], valueLengths[index]);
  }

  @Override
  public void close() {
    valid = false;
  }

  /** The current entry's order to {@code target}; also while the iterator is not valid yet. */
  private int compare(FullKey target) {
    Slice key = target.key();
    int start = keyStarts[index];
    int order =
        Arrays.compareUnsigned(
            keys.array(),
            start,
            start + keyLengths[index],
            key.array(),
            key.offset(),
            key.offset() + key.length());
    return order != 0 ? order : Long.compare(target.epoch(), epochs[index]);
  }

  /** The last restart before {@code target}, or at it if {@code orAt}; -1 if there is none. */
  private int lastRestart(FullKey target, boolean orAt) throws CorruptionException {
    int low = -1;
    int high = part >= 0 ? -1 : layout.restartCount() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      startAt(middle);
      decode();
      index = 0;
      int order = compare(target);
      if (order < 0 || (orAt && order == 0)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Forgets all entries; the next to decode is the one at a restart. */
  private void startAt(int restart) throws CorruptionException {
    interval = restart;
    next = part >= 0 ? part : layout.restartOffset(view, restart, object, offset);
    count = 0;
    index = 0;
    keys.clear();
  }

  /** Goes forward by one entry, keeping that one only. */
  private void advance() throws CorruptionException {
    valid = false;
    keySlice = null;
    if (next < layout.entriesEnd()) {
      count = 0;
      decode();
      index = 0;
      valid = true;
    }
  }

  private void loadInterval(int restart) throws CorruptionException {
    startAt(restart);
    int end =
        restart + 1 < layout.restartCount()
            ? layout.restartOffset(view, restart + 1, object, offset)
            : layout.entriesEnd();
    if (end <= next) {
      throw corrupt(next, "a restart before " + end, Integer.toString(next));
    }
    while (next < end) {
      decode();
    }
    keySlice = null;
  }

  /** Decodes the entry at {@code next} behind those that are kept. */
  private void decode() throws CorruptionException {
    int at = next;
    int end = layout.entriesEnd();
    int tag = bytes[base + at] & 0xFF;
    cursor = at + 1;
    int shared = varint(at);
    int unshared = varint(at);
    int valueLength = varint(at);
    long zigzag = longVarint(at);
    int keyLength = shared + unshared;
    int scanPrefix = (tag & SstableFormat.TAG_WHOLE_KEY) != 0 ? keyLength : varint(at);
    long after = (long) cursor + unshared + valueLength;
    if (after > end) {
      throw corrupt(at, "an entry that ends before " + end, Long.toString(after));
    }
    int kept = keys.length();
    int previous = direction == Direction.FORWARD ? kept : count == 0 ? 0 : keyLengths[count - 1];
    if (shared > previous
        || unshared < 0
        || keyLength < KeySpace.LENGTH
        || keyLength > FullKey.MAX_KEY_LENGTH) {
      throw corrupt(
          at,
          "a key that shares at most " + previous + " bytes",
          shared + " shared and " + unshared + " others");
    }
    long epoch = baseEpoch + ((zigzag >>> 1) ^ -(zigzag & 1));
    int kind = tag & SstableFormat.TAG_KIND;
    if (kind >= KINDS.length
        || scanPrefix < KeySpace.LENGTH
        || scanPrefix > keyLength
        || epoch < 0) {
      throw corrupt(
          at,
          "an entry",
          "kind " + kind + ", scan prefix of " + scanPrefix + " bytes, epoch " + epoch);
    }
    if (count == keyStarts.length) {
      grow();
    }
    int start = 0;
    if (direction == Direction.FORWARD) {
      keys.truncate(shared);
    } else {
      start = kept;
      if (shared > 0) {
        int to = keys.reserve(shared);
        System.arraycopy(keys.array(), keyStarts[count - 1], keys.array(), to, shared);
      }
    }
    keys.write(bytes, base + cursor, unshared);
    keyStarts[count] = start;
    keyLengths[count] = keyLength;
    scanPrefixLengths[count] = scanPrefix;
    valueStarts[count] = base + cursor + unshared;
    valueLengths[count] = valueLength;
    epochs[count] = epoch;
    kinds[count] = (byte) kind;
    count++;
    next = (int) after;
  }

  /** A varint at the cursor that fits an int, of the entry at {@code entry}. */
  private int varint(int entry) throws CorruptionException {
    if (cursor < layout.length() && bytes[base + cursor] >= 0) {
      return bytes[base + cursor++];
    }
    long value = longVarint(entry);
    if (value < 0 || value > SstableFormat.MAX_BLOCK_BYTES) {
      throw corrupt(entry, "lengths within the block", Long.toUnsignedString(value));
    }
    return (int) value;
  }

  private long longVarint(int entry) throws CorruptionException {
    long value = 0;
    for (int shift = 0; shift < 64 && cursor < layout.length(); shift += 7) {
      byte next = bytes[base + cursor++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw corrupt(entry, "a varint of at most 10 bytes", "more");
  }

  private void grow() {
    int size = 2 * keyStarts.length;
    keyStarts = Arrays.copyOf(keyStarts, size);
    keyLengths = Arrays.copyOf(keyLengths, size);
    scanPrefixLengths = Arrays.copyOf(scanPrefixLengths, size);
    valueStarts = Arrays.copyOf(valueStarts, size);
    valueLengths = Arrays.copyOf(valueLengths, size);
    epochs = Arrays.copyOf(epochs, size);
    kinds = Arrays.copyOf(kinds, size);
  }

  private CorruptionException corrupt(int at, String expected, String found) {
    return new CorruptionException(object, offset, expected + " at " + at + " of the block", found);
  }
}
