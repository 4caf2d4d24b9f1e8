package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
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
   * Keys can only be told going forward from a restart. So a backward iterator goes over a whole
   * restart interval at once, keeps the key and the place of each of its entries, and walks back
   * over those: `count` entries, the current one being `index`.
   */
  private static final ValueKind[] KINDS = ValueKind.values();

  private final Direction direction;
  private final BlockEntry entry = new BlockEntry();

  private byte[] bytes = new byte[0];

  /** Where the part of a forward iterator begins that has no restarts; -1 for a whole block. */
  private int part = -1;

  private BlockLayout layout = new BlockLayout(0, 0, 0, 0, 0);
  private ByteBuffer view = ByteBuffer.wrap(bytes);
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
  private boolean valid;
  private @Nullable Slice keySlice;

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
    begin(block.array(), -1, object, offset);
    view = ByteBuffer.wrap(bytes, block.offset(), block.length()).slice();
    view.order(ByteOrder.LITTLE_ENDIAN);
    layout = BlockLayout.of(view, block.length(), object, offset);
    entry.open(bytes, block.offset(), layout.entriesEnd(), baseEpoch, object, offset);
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
    begin(entries.array(), from, object, offset);
    int end = from + entries.length();
    layout = new BlockLayout(end, end, 1, end, 0);
    entry.open(bytes, entries.offset() - from, end, baseEpoch, object, offset);
  }

  private void begin(byte[] array, int partAt, String name, long blockOffset) {
    valid = false;
    keySlice = null;
    object = name;
    offset = blockOffset;
    bytes = array;
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
      } while (valid && entry.compareTo(target) < 0);
    } else {
      int restart = lastRestart(target, true);
      if (restart < 0) {
        return;
      }
      loadInterval(restart);
      index = count - 1;
      while (index > 0
          && FullKey.compare(keptKey(), epochs[index], target.key(), target.epoch()) > 0) {
        index--;
      }
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

  /** Whether a forward iterator that has gone on is at the same key still. */
  boolean isSameKey() {
    assert valid && direction == Direction.FORWARD;
    return entry.isSameKey();
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public Slice key() {
    assert valid;
    if (direction == Direction.FORWARD) {
      return entry.key();
    }
    Slice slice = keySlice;
    if (slice == null) {
      slice = keptKey();
      keySlice = slice;
    }
    return slice;
  }

  private Slice keptKey() {
    return Slice.of(keys.array(), keyStarts[index], keyLengths[index]);
  }

  @Override
  public long epoch() {
    assert valid;
    return direction == Direction.FORWARD ? entry.epoch() : epochs[index];
  }

  @Override
  public int scanPrefixLength() {
    assert valid;
    return direction == Direction.FORWARD ? entry.scanPrefixLength() : scanPrefixLengths[index];
  }

  @Override
  public ValueKind kind() {
    assert valid;
    return direction == Direction.FORWARD ? entry.kind() : KINDS[kinds[index]];
  }

  @Override
  public Slice value() {
    assert valid;
    return direction == Direction.FORWARD
        ? entry.value()
        : Slice.of(bytes, valueStarts[index], valueLengths[index]);
  }

  @Override
  public void close() {
    valid = false;
  }

  /** The last restart before {@code target}, or at it if {@code orAt}; -1 if there is none. */
  private int lastRestart(FullKey target, boolean orAt) throws CorruptionException {
    int low = -1;
    int high = part >= 0 ? -1 : layout.restartCount() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      startAt(middle);
      entry.next();
      int order = entry.compareTo(target);
      if (order < 0 || (orAt && order == 0)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Makes the entry at a restart the next one. */
  private void startAt(int restart) throws CorruptionException {
    entry.startAt(part >= 0 ? part : layout.restartOffset(view, restart, object, offset));
  }

  private void advance() throws CorruptionException {
    valid = false;
    if (entry.hasNext()) {
      entry.next();
      valid = true;
    }
  }

  private void loadInterval(int restart) throws CorruptionException {
    startAt(restart);
    interval = restart;
    keySlice = null;
    keys.clear();
    count = 0;
    int at = entry.nextAt();
    int end =
        restart + 1 < layout.restartCount()
            ? layout.restartOffset(view, restart + 1, object, offset)
            : layout.entriesEnd();
    if (end <= at) {
      throw new CorruptionException(
          object, offset, "a restart before " + end + " of the block", Integer.toString(at));
    }
    while (entry.nextAt() < end) {
      entry.next();
      keep();
    }
  }

  /** Keeps the entry behind those of its interval that were kept before. */
  private void keep() {
    if (count == keyStarts.length) {
      grow();
    }
    Slice key = entry.key();
    keyStarts[count] = keys.length();
    keyLengths[count] = key.length();
    keys.write(key);
    scanPrefixLengths[count] = entry.scanPrefixLength();
    valueStarts[count] = entry.valueStart();
    valueLengths[count] = entry.valueLength();
    epochs[count] = entry.epoch();
    kinds[count] = (byte) entry.kind().tag();
    count++;
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
}
