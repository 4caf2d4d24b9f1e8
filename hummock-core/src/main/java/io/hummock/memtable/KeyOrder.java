package io.hummock.memtable;

import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * References of entries in the order of their keys, as an iterator takes them: a long sorted run,
 * shared and immutable, and a short sorted tail of the iterator's own, to be merged on the way.
 */
final class KeyOrder {
  static final KeyOrder EMPTY = new KeyOrder(Run.EMPTY, new int[0], 0);

  /** A sorted sequence of references, in a page where there was memory for one. */
  static final class Run {
    static final Run EMPTY = new Run(ByteBuffer.allocate(0), 0, null);

    private final ByteBuffer references;
    private final int count;
    private final @Nullable Page page;

    Run(ByteBuffer references, int count, @Nullable Page page) {
      this.references = references;
      this.count = count;
      this.page = page;
    }

    int get(int index) {
      return references.getInt(index * Integer.BYTES);
    }

    int count() {
      return count;
    }

    ByteBuffer references() {
      return references;
    }

    long bytes() {
      return page == null ? 0 : page.size();
    }

    Run retain() {
      if (page != null && !page.retain()) {
        throw new IllegalStateException("the run has gone back");
      }
      return this;
    }

    void release() {
      if (page != null) {
        page.release();
      }
    }

    /** How many of the first {@code end} come before an entry, of which {@code from} surely do. */
    int countBefore(int entry, EntryKeys keys, int from, int end) {
      int low = from;
      int step = 1;
      while (low + step <= end && keys.compareKeys(get(low + step - 1), entry, 0) < 0) {
        low += step;
        step *= 2;
      }
      int high = Math.min(end, low + step - 1);
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (keys.compareKeys(get(middle), entry, 0) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    /** How many come before a key, or before and at it; soon known if that is where one starts. */
    int countBefore(Slice key, boolean orAt, Direction direction, EntryKeys keys) {
      int low = 0;
      int high = count;
      int middle = direction == Direction.FORWARD ? 0 : count - 1;
      while (low < high) {
        if (isBefore(get(middle), key, orAt, keys)) {
          low = middle + 1;
        } else {
          high = middle;
        }
        middle = (low + high) >>> 1;
      }
      return low;
    }
  }

  final Run run;
  final int[] tail;
  final int tailCount;

  /**
   * @param run retained for this; {@link Run#release} gives it back
   */
  KeyOrder(Run run, int[] tail, int tailCount) {
    this.run = run;
    this.tail = tail;
    this.tailCount = tailCount;
  }

  /** As {@link Run#countBefore(Slice, boolean, Direction, EntryKeys)}, of the tail. */
  int tailCountBefore(Slice key, boolean orAt, Direction direction, EntryKeys keys) {
    int low = 0;
    int high = tailCount;
    int middle = direction == Direction.FORWARD ? 0 : tailCount - 1;
    while (low < high) {
      if (isBefore(tail[middle], key, orAt, keys)) {
        low = middle + 1;
      } else {
        high = middle;
      }
      middle = (low + high) >>> 1;
    }
    return low;
  }

  private static boolean isBefore(int entry, Slice key, boolean orAt, EntryKeys keys) {
    int order = keys.compareKey(entry, key);
    return order < 0 || (orAt && order == 0);
  }
}
