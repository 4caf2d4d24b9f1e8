package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import java.io.IOException;
import java.util.Arrays;

/**
 * Gives an iterator the blocks of a table in the heap, one after the other, and reads ahead.
 *
 * <p>Memory is bounded by the window and the largest block. Not thread-safe.
 */
final class BlockWindow {
  /* Many scans end within the restart interval that they begin in, or the next one. */
  private static final int FIRST_PART_INTERVALS = 2;

  private final Sstable table;
  private final Direction direction;
  private final int maxBytes;

  /** The stored bytes that were read at once: blocks {@code from} to {@code to}, excluded. */
  private Slice stored = Slice.EMPTY;

  private long storedAt;
  private int from;
  private int to;

  /** The bytes that the next read in sequence may take. */
  private int budget;

  /** Which block a read in sequence would ask for; -1 if none was read yet. */
  private int expected = -1;

  /** Where the blocks of one group end; what lies before the first is at 0. */
  private long[] bounds = new long[0];

  private int group = -1;
  private int groupFirst;
  private int groupEnd;

  private byte[] raw = new byte[0];
  private long offset;

  /** Where the part that was given last begins in its block. */
  private int partFrom;

  /** How many restart intervals it has, and the one behind them; -1 if there is none. */
  private int partIntervals;

  private int nextInterval = -1;

  BlockWindow(Sstable table, Direction direction, int maxBytes) {
    this.table = table;
    this.direction = direction;
    this.maxBytes = maxBytes;
  }

  /** Where the block that was given last lies in the object. */
  long offset() {
    return offset;
  }

  /** Where the part that was given last begins in its block. */
  int partFrom() {
    return partFrom;
  }

  /** Whether the block goes on behind the part that was given last. */
  boolean hasNextPart() {
    return nextInterval >= 0;
  }

  void clear() {
    stored = Slice.EMPTY;
    from = 0;
    to = 0;
  }

  /** A block without looking into the cache or adding to it; valid until the next call. */
  Slice read(LoadedMeta meta, int block, int last) throws IOException {
    if (block < from || block >= to) {
      enterGroup(meta, block, false);
      budget = maxBytes;
      readAhead(block, block, last);
    }
    BlockReader.Stored verified = verify(meta, block, false);
    return inHeap(verified);
  }

  /** A block out of the cache or, with those behind it, into it; valid until the next call. */
  Slice readThroughCache(LoadedMeta meta, int block, int first, int last) throws IOException {
    boolean inSequence = block == expected;
    expected = block + (direction == Direction.FORWARD ? 1 : -1);
    Block cached = table.cachedBlock(meta, block);
    if (cached == null && (inSequence || (block >= from && block < to))) {
      if (block < from || block >= to) {
        enterGroup(meta, block, true);
        budget = Math.min(maxBytes, budget == 0 ? 2 * length(block) : 2 * budget);
        table.countRead();
        readAhead(block, first, last);
      }
      BlockReader.Stored verified = verify(meta, block, true);
      table.keep(meta, block, verified).release();
      return inHeap(verified);
    }
    if (!inSequence) {
      budget = 0;
    }
    if (cached == null) {
      cached = table.block(meta, block);
    }
    try {
      raw = room(cached.length());
      cached.copyTo(raw);
      offset = cached.offset();
      return Slice.of(raw, 0, cached.length());
    } finally {
      cached.release();
    }
  }

  /**
   * The entries of a block around a key, out of the cache; valid until the next call. Those before
   * it go as far as one restart interval, and others behind come as {@link #readNextPart}.
   */
  Slice readPart(LoadedMeta meta, int block, Slice key) throws IOException {
    expected = block + 1;
    budget = 0;
    Block cached = table.block(meta, block);
    try {
      partIntervals = FIRST_PART_INTERVALS;
      return copyPart(cached, cached.restartFor(key));
    } finally {
      cached.release();
    }
  }

  /** The entries behind the part that was given last, more of them; valid until the next call. */
  Slice readNextPart(LoadedMeta meta, int block) throws IOException {
    Block cached = table.block(meta, block);
    try {
      partIntervals *= 4;
      return copyPart(cached, nextInterval);
    } finally {
      cached.release();
    }
  }

  private Slice copyPart(Block cached, int interval) throws CorruptionException {
    int behind = Math.min(interval + partIntervals, cached.restartCount());
    int begin = cached.restartAt(interval);
    int end = cached.restartAt(behind);
    if (begin >= end) {
      throw new CorruptionException(
          table.reader().name(), cached.offset(), "restarts in order", begin + " before " + end);
    }
    raw = room(end - begin);
    cached.copyTo(raw, begin, end);
    offset = cached.offset();
    partFrom = begin;
    nextInterval = behind < cached.restartCount() ? behind : -1;
    return Slice.of(raw, 0, end - begin);
  }

  /** Reads a block and its neighbours in this direction, in one piece. */
  private void readAhead(int block, int first, int last) throws IOException {
    int start = block;
    int end = block + 1;
    if (direction == Direction.FORWARD) {
      int most = Math.min(last + 1, groupEnd);
      while (end < most && bound(end + 1) - bound(start) <= budget) {
        end++;
      }
    } else {
      int least = Math.max(first, groupFirst);
      while (start > least && bound(end) - bound(start - 1) <= budget) {
        start--;
      }
    }
    clear();
    storedAt = bound(start);
    stored = table.reader().read(storedAt, Math.toIntExact(bound(end) - storedAt));
    from = start;
    to = end;
  }

  private BlockReader.Stored verify(LoadedMeta meta, int block, boolean keep) throws IOException {
    enterGroup(meta, block, keep);
    offset = bound(block);
    return table.reader().verify(stored.slice((int) (offset - storedAt), length(block)), offset);
  }

  private Slice inHeap(BlockReader.Stored verified) throws IOException {
    if (!verified.compressed()) {
      return verified.inHeap();
    }
    raw = room(verified.rawLength());
    verified.writeTo(raw);
    return Slice.of(raw, 0, verified.rawLength());
  }

  private byte[] room(int length) {
    // One large value must not hold its memory for the rest of a scan.
    boolean fits = raw.length >= length && (raw.length <= maxBytes || raw.length <= 4L * length);
    return fits ? raw : new byte[Math.max(length, Math.min(2 * raw.length, 64 << 10))];
  }

  /** Copies the bounds of the blocks of a group. */
  private void enterGroup(LoadedMeta meta, int block, boolean keep) throws IOException {
    if (group >= 0 && block >= groupFirst && block < groupEnd) {
      return;
    }
    SstableMeta root = meta.root();
    int entered = root.groupOf(block);
    int count = root.blocks(entered);
    Section index = table.meta().index(meta, entered, keep);
    try {
      if (bounds.length <= count) {
        bounds = Arrays.copyOf(bounds, count + 1);
      }
      bounds[0] = BlockIndex.blockStart(index.memory(), 0);
      for (int i = 0; i < count; i++) {
        bounds[i + 1] = BlockIndex.blockEnd(index.memory(), i);
      }
    } finally {
      index.release();
    }
    group = entered;
    groupFirst = root.firstBlock(entered);
    groupEnd = groupFirst + count;
  }

  /** Where a block begins, and the one before it ends. */
  private long bound(int block) {
    return bounds[block - groupFirst];
  }

  private int length(int block) {
    return Math.toIntExact(bound(block + 1) - bound(block));
  }
}
