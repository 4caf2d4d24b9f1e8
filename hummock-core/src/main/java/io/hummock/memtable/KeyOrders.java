package io.hummock.memtable;

import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the order of a set of entries when it is asked for, and keeps it for the next time: of the
 * whole memtable, and of the entries of each scan prefix.
 *
 * <p>The writer only links a new entry to the ones before it; who asks for the order pays for it,
 * under a lock that the writer never takes. Sorting takes transient arrays of two longs for each
 * entry that is new since the last time.
 */
final class KeyOrders {
  /*
   * A set, in the arena of the entries, little endian:
   *
   *    0  reference of the newest entry
   *    4  count
   *    8  reference of the newest entry that is in the kept order, 0 if there is none
   *   12  reference of the tail's place in the arena of the tails, 0 if there is none
   *   16  length of the tail (2)
   *   18  capacity of the tail's place (2)
   *   20  number of the run, from 1 on, 0 if there is none
   *   24  of the set of a scan prefix: its length (4), its bytes, zeros to a multiple of 8
   *
   * Newest and count are the writer's, up to, tail and run are guarded by the lock. The kept order
   * is a sorted run in a page of its own and a sorted tail of about the root of the run's length.
   * New entries go into the tail, and the tail into a new run when it has become too long. So who
   * asks for the order of a set of n after each new entry pays a search and the copying of about
   * root n references, twice.
   */

  private static final int NEWEST = 0;
  private static final int COUNT = 4;
  private static final int UP_TO = 8;
  private static final int TAIL = 12;
  private static final int TAIL_LENGTHS = 16;
  private static final int RUN = 20;

  private static final int PREFIX_LENGTH = 24;
  private static final int PREFIX = 28;

  private static final int MIN_TAIL = 8;
  private static final int MAX_TAIL_WITHOUT_RUN = 256;
  private static final int MAX_TAIL_OF_SMALL_RUN = 64;
  private static final int MAX_TAIL = 1024;

  /** So few are sorted each time, and nothing is kept. */
  private static final int FEW = 4;

  private final PageAllocator pages;
  private final Arena arena;
  private final Entries entries;
  private final KeySort keySort;

  /** Whether a key may have several entries. Set by the writer before it adds one. */
  private boolean hasElements;

  private final Arena tails;
  private final List<KeyOrder.Run> runs = new ArrayList<>();
  private long runBytes;
  private volatile long bytes;

  KeyOrders(PageAllocator pages, Arena arena, Entries entries) {
    this.pages = pages;
    this.arena = arena;
    this.entries = entries;
    keySort = new KeySort(entries);
    tails = new Arena(pages);
  }

  /** A new set that is empty, of all; {@link Arena#NONE} if there is no memory. */
  int createSet() {
    return createSet(new byte[0], 0, 0);
  }

  /** A new set that is empty, of a scan prefix; {@link Arena#NONE} if there is no memory. */
  int createSet(byte[] prefix, int offset, int length) {
    int size = Arena.roundUp(PREFIX + length);
    int set = arena.allocate(size);
    if (set != Arena.NONE) {
      ByteBuffer memory = arena.memory(set);
      int at = Arena.offset(set);
      for (int i = 0; i < size; i += Long.BYTES) {
        memory.putLong(at + i, 0);
      }
      memory.putInt(at + PREFIX_LENGTH, length);
      memory.put(at + PREFIX, prefix, offset, length);
    }
    return set;
  }

  /** Whether a set is that of a scan prefix, which has at least 8 bytes. */
  boolean isOfPrefix(int set, byte[] prefix, int offset, int length) {
    ByteBuffer memory = arena.memory(set);
    int at = Arena.offset(set);
    return memory.getInt(at + PREFIX_LENGTH) == length
        && EntryKeys.startsWith(memory, at + PREFIX, prefix, offset, length);
  }

  /** Adds an entry that is linked to the newest one. */
  void add(int set, int entry) {
    ByteBuffer memory = arena.memory(set);
    int at = Arena.offset(set);
    memory.putInt(at + COUNT, memory.getInt(at + COUNT) + 1);
    VarHandle.releaseFence();
    memory.putInt(at + NEWEST, entry);
  }

  /** From now on entries may be elements. */
  void expectElements() {
    hasElements = true;
  }

  int newest(int set) {
    int newest = arena.memory(set).getInt(Arena.offset(set) + NEWEST);
    VarHandle.acquireFence();
    return newest;
  }

  int count(int set) {
    return arena.memory(set).getInt(Arena.offset(set) + COUNT);
  }

  /**
   * The order of a set as it is now.
   *
   * @param ofPrefix whether the set is linked as those of a scan prefix, or as the whole memtable
   * @param frozen whether nothing changes any more: then what hides nothing may be left out
   */
  KeyOrder order(int set, boolean ofPrefix, boolean frozen) {
    int newest = newest(set);
    if (count(set) <= FEW) {
      long[] all = new long[FEW + 1];
      int count = 0;
      for (int entry = newest; entry != Arena.NONE && count < all.length; ) {
        if (!frozen || !entries.hidesNothing(entry)) {
          all[count++] = entry;
        }
        entry = older(entry, ofPrefix);
      }
      if (count <= FEW) {
        count = sort(all, count, frozen);
        return new KeyOrder(KeyOrder.Run.EMPTY, references(all, count), count);
      }
    }
    synchronized (this) {
      return keptOrder(set, ofPrefix, frozen);
    }
  }

  private static int[] references(long[] sorted, int count) {
    int[] references = new int[count];
    for (int i = 0; i < count; i++) {
      references[i] = (int) sorted[i];
    }
    return references;
  }

  private KeyOrder keptOrder(int set, boolean ofPrefix, boolean frozen) {
    ByteBuffer memory = arena.memory(set);
    int at = Arena.offset(set);
    int newest = newest(set);
    int upTo = memory.getInt(at + UP_TO);
    int tailCount = memory.getInt(at + TAIL_LENGTHS) & 0xFFFF;
    int runNumber = memory.getInt(at + RUN);
    KeyOrder.Run run = runNumber == 0 ? KeyOrder.Run.EMPTY : runs.get(runNumber - 1);
    int[] tail = readTail(memory.getInt(at + TAIL), tailCount);
    if (newest == upTo) {
      return new KeyOrder(run.retain(), tail, tailCount);
    }
    // Of a set that is put in order for the first time it is known how many there are.
    long[] added = new long[upTo == Arena.NONE ? Math.max(MIN_TAIL, count(set)) : MIN_TAIL];
    int count = 0;
    for (int entry = newest; entry != upTo; entry = older(entry, ofPrefix)) {
      if (frozen && entries.hidesNothing(entry)) {
        continue;
      }
      if (count == added.length) {
        added = Arrays.copyOf(added, 2 * count);
      }
      added[count++] = entry;
    }
    count = sort(added, count, frozen && upTo == Arena.NONE);
    int[] longer = new int[tailCount + count];
    tailCount = merge(tail, tailCount, added, count, longer);
    tail = longer;
    if (tailCount <= maxTail(run.count())) {
      if (keepTail(memory, at, tail, tailCount)) {
        memory.putInt(at + UP_TO, newest);
      }
      return new KeyOrder(run.retain(), tail, tailCount);
    }
    KeyOrder.Run merged = merge(run, tail, tailCount);
    if (merged.bytes() > 0) {
      keepRun(memory, at, merged);
      memory.putInt(at + UP_TO, newest);
      merged.retain();
    }
    return new KeyOrder(merged, new int[0], 0);
  }

  private int sort(long[] added, int count, boolean isAll) {
    if (hasElements) {
      return keySort.sortNewest(added, count, isAll);
    }
    keySort.sort(added, count);
    return count;
  }

  private static int maxTail(int runCount) {
    if (runCount == 0) {
      return MAX_TAIL_WITHOUT_RUN;
    }
    int root = (int) Math.sqrt(runCount);
    return Math.max(MAX_TAIL_OF_SMALL_RUN, Math.min(MAX_TAIL, root));
  }

  private int older(int entry, boolean ofPrefix) {
    return ofPrefix ? entries.olderOfPrefix(entry) : entries.older(entry);
  }

  private int[] readTail(int place, int count) {
    int[] tail = new int[count];
    if (count > 0) {
      ByteBuffer memory = tails.memory(place);
      int at = Arena.offset(place);
      for (int i = 0; i < count; i++) {
        tail[i] = memory.getInt(at + i * Integer.BYTES);
      }
    }
    return tail;
  }

  private boolean keepTail(ByteBuffer memory, int at, int[] tail, int count) {
    int place = memory.getInt(at + TAIL);
    int capacity = memory.getInt(at + TAIL_LENGTHS) >>> 16;
    if (count > capacity) {
      capacity = Math.max(MIN_TAIL, Integer.highestOneBit(count - 1) * 2);
      place = tails.allocate(capacity * Integer.BYTES);
      countBytes();
      if (place == Arena.NONE) {
        return false;
      }
    }
    ByteBuffer tailMemory = tails.memory(place);
    int tailAt = Arena.offset(place);
    for (int i = 0; i < count; i++) {
      tailMemory.putInt(tailAt + i * Integer.BYTES, tail[i]);
    }
    memory.putInt(at + TAIL, place);
    memory.putInt(at + TAIL_LENGTHS, count | (capacity << 16));
    return true;
  }

  /** Keeps a run for all that there is, and lets go of the one before. */
  private void keepRun(ByteBuffer memory, int at, KeyOrder.Run run) {
    int number = memory.getInt(at + RUN);
    if (number == 0) {
      runs.add(run);
      memory.putInt(at + RUN, runs.size());
    } else {
      KeyOrder.Run before = runs.set(number - 1, run);
      runBytes -= before.bytes();
      before.release();
    }
    runBytes += run.bytes();
    countBytes();
    int capacity = memory.getInt(at + TAIL_LENGTHS) >>> 16;
    memory.putInt(at + TAIL_LENGTHS, capacity << 16);
  }

  private void countBytes() {
    bytes = runBytes + tails.bytes();
  }

  /** One sorted array of two, without those that added ones replace; returns its length. */
  private int merge(int[] sorted, int sortedCount, long[] added, int addedCount, int[] merged) {
    int count = 0;
    int taken = 0;
    for (int i = 0; i < addedCount; i++) {
      int entry = (int) added[i];
      int before = countBefore(sorted, taken, sortedCount, entry);
      System.arraycopy(sorted, taken, merged, count, before - taken);
      count += before - taken;
      merged[count++] = entry;
      taken = before < sortedCount && replaces(entry, sorted[before]) ? before + 1 : before;
    }
    System.arraycopy(sorted, taken, merged, count, sortedCount - taken);
    return count + sortedCount - taken;
  }

  /** Whether an entry that is not before another one has its key. */
  private boolean replaces(int entry, int other) {
    return hasElements && entries.keys().compareKeys(entry, other, 0) == 0;
  }

  private int countBefore(int[] sorted, int from, int end, int entry) {
    int low = from;
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries.keys().compareKeys(sorted[middle], entry, 0) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A run of another one and what comes to it; on the heap if there is no page for it. */
  private KeyOrder.Run merge(KeyOrder.Run run, int[] added, int addedCount) {
    int count = run.count() + addedCount;
    Page page = pages.allocate(count * Integer.BYTES);
    ByteBuffer merged =
        page == null
            ? ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN)
            : page.memory();
    int written = 0;
    int taken = 0;
    for (int i = 0; i < addedCount; i++) {
      int before = run.countBefore(added[i], entries.keys(), taken, run.count());
      copy(run, taken, merged, written, before - taken);
      written += before - taken;
      merged.putInt(written++ * Integer.BYTES, added[i]);
      taken = before < run.count() && replaces(added[i], run.get(before)) ? before + 1 : before;
    }
    copy(run, taken, merged, written, run.count() - taken);
    return new KeyOrder.Run(merged, written + run.count() - taken, page);
  }

  private static void copy(KeyOrder.Run from, int index, ByteBuffer to, int toIndex, int count) {
    if (count > 0) {
      to.put(
          toIndex * Integer.BYTES, from.references(), index * Integer.BYTES, count * Integer.BYTES);
    }
  }

  /** The bytes of its pages. */
  long bytes() {
    return bytes;
  }

  /** Gives all pages back but those that an iterator still has; nothing may be used any more. */
  synchronized void release() {
    runs.forEach(KeyOrder.Run::release);
    runs.clear();
    tails.release();
  }
}
