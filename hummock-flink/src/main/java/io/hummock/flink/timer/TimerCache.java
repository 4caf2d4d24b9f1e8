package io.hummock.flink.timer;

import org.jspecify.annotations.Nullable;

/**
 * A sorted set of elements by their bytes, packed into chunks on the heap. For the task's thread.
 */
final class TimerCache {
  /*
   * Chunks first..end-1 are there, all elements of one less than all of the next. Each has some, but
   * that a cache without elements may keep one chunk. Of
   * chunk i separators[i] is the word of an element that lies behind all of the chunk before it and
   * not behind the chunk's first.
   *
   * find leaves where the element is, or would go, in chunk and index.
   */
  private static final int MIN_CHUNKS = 4;

  /** So many it may always hold; when it has to give back, it keeps half of them. */
  private static final int ALWAYS = 32;

  /** An empty chunk of this size is kept for what comes. */
  private static final int SPARE_BYTES = 512;

  /** What this object and the heads of its arrays take. */
  private static final int OVERHEAD = 96;

  private static final int CHUNK_SLOT = Long.BYTES + Integer.BYTES;

  private static final TimerChunk[] NO_CHUNKS = {};
  private static final long[] NO_SEPARATORS = {};

  private final CacheBudget budget;
  private TimerChunk[] chunks = NO_CHUNKS;
  private long[] separators = NO_SEPARATORS;
  private int first;
  private int end;
  private int count;
  private long memory;

  private int chunk;
  private int index;

  /*
   * Where an element was found or inserted last. It may since have moved, but whatever a chunk of
   * the cache has at some index is in the cache.
   */
  private @Nullable TimerChunk lastChunk;
  private int lastIndex;

  TimerCache(CacheBudget budget) {
    this.budget = budget;
    budget.register();
    charge(OVERHEAD);
  }

  private void charge(long bytes) {
    memory += bytes;
    budget.charge(bytes);
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The array that has the bytes of the least element until the next change. Requires one. */
  byte[] firstArray() {
    return chunks[first].bytes();
  }

  /** Where in {@link #firstArray} the least element begins. Requires one. */
  int firstOffset() {
    TimerChunk least = chunks[first];
    return least.start(least.first());
  }

  /** How many bytes the least element has. Requires one. */
  int firstLength() {
    TimerChunk least = chunks[first];
    return least.length(least.first());
  }

  /** Whether an element would come behind all that there are. Requires one. */
  boolean isBehindLast(long word, byte[] array, int offset, int length) {
    TimerChunk last = chunks[end - 1];
    return last.compare(last.last(), word, array, offset, length) < 0;
  }

  /**
   * Whether an element is there, and is the one that was found or inserted last, as far as that is
   * still known. A window operator adds each timer twice in a row.
   */
  boolean isAgain(long word, byte[] array, int offset, int length) {
    TimerChunk last = lastChunk;
    return last != null && last.has(lastIndex, word, array, offset, length);
  }

  private void setLast(TimerChunk in, int at) {
    lastChunk = in;
    lastIndex = at;
  }

  /** Looks for an element; what is found may be removed, and what is not may be inserted. */
  boolean find(long word, byte[] array, int offset, int length) {
    if (count == 0) {
      chunk = first;
      index = -1;
      return false;
    }
    int low = first;
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isAtOrBehind(middle, word, array, offset, length)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    chunk = Math.max(first, low - 1);
    index = chunks[chunk].find(word, array, offset, length);
    if (index >= 0) {
      setLast(chunks[chunk], index);
    }
    return index >= 0;
  }

  private boolean isAtOrBehind(int of, long word, byte[] array, int offset, int length) {
    if (separators[of] != word) {
      return separators[of] < word;
    }
    TimerChunk found = chunks[of];
    return found.compare(found.first(), word, array, offset, length) <= 0;
  }

  /** Whether what was found is the least element. */
  boolean foundIsFirst() {
    return chunk == first && index == chunks[first].first();
  }

  /**
   * Inserts the element that was looked for last, and not found; returns whether it is the least.
   */
  boolean insertHere(long word, byte[] array, int offset, int length) {
    if (first == end) {
      addChunk(first, word, new TimerChunk(length));
    }
    if (count == 0) {
      separators[first] = word;
    }
    count++;
    TimerChunk into = chunks[chunk];
    int at = -1 - index;
    if (into.isFull(length)) {
      if (at == into.last() + 1) {
        into = new TimerChunk(length);
        at = 0;
        addChunk(chunk + 1, word, into);
      } else {
        int middle = into.first() + into.count() / 2;
        TimerChunk behind = into.split(middle);
        addChunk(chunk + 1, behind.word(0), behind);
        if (at > middle) {
          into = behind;
          at -= middle;
        }
      }
    }
    int before = into.memory();
    int inserted = into.insert(at, word, array, offset, length);
    charge(into.memory() - before);
    setLast(into, inserted);
    boolean isLeast = into == chunks[first] && inserted == into.first();
    if (isLeast) {
      separators[first] = word;
    }
    return isLeast;
  }

  /** Inserts an element behind all that there are; returns whether it is the only one. */
  boolean append(long word, byte[] array, int offset, int length) {
    chunk = count == 0 ? first : end - 1;
    index = count == 0 ? -1 : -2 - chunks[chunk].last();
    return insertHere(word, array, offset, length);
  }

  private void addChunk(int at, long separator, TimerChunk added) {
    int place = at;
    if (end == chunks.length) {
      place -= first;
      moveChunks();
    }
    System.arraycopy(chunks, place, chunks, place + 1, end - place);
    System.arraycopy(separators, place, separators, place + 1, end - place);
    chunks[place] = added;
    separators[place] = separator;
    end++;
    charge(added.memory());
  }

  /** Closes the gap in front, and grows if it is small. */
  private void moveChunks() {
    int present = end - first;
    int length = chunks.length;
    if (present >= length - length / 4) {
      length = Math.max(MIN_CHUNKS, 2 * length);
    }
    TimerChunk[] newChunks = new TimerChunk[length];
    long[] newSeparators = new long[length];
    System.arraycopy(chunks, first, newChunks, 0, present);
    System.arraycopy(separators, first, newSeparators, 0, present);
    charge((long) (length - chunks.length) * CHUNK_SLOT);
    chunk -= first;
    chunks = newChunks;
    separators = newSeparators;
    first = 0;
    end = present;
  }

  /** Removes the least element. Requires one. */
  void removeFirst() {
    chunks[first].removeFirst();
    count--;
    dropIfEmpty(first);
  }

  /** Removes what was found last. */
  void removeHere() {
    chunks[chunk].remove(index);
    count--;
    dropIfEmpty(chunk);
  }

  private void dropIfEmpty(int at) {
    if (chunks[at].isEmpty() && (count > 0 || chunks[at].memory() > SPARE_BYTES)) {
      drop(at);
    }
  }

  @SuppressWarnings("NullAway") // a slot outside of first..end-1 is never read
  private void drop(int at) {
    charge(-chunks[at].memory());
    if (chunks[at] == lastChunk) {
      lastChunk = null;
    }
    if (at == first) {
      chunks[at] = null;
      first++;
    } else {
      System.arraycopy(chunks, at + 1, chunks, at, end - at - 1);
      System.arraycopy(separators, at + 1, separators, at, end - at - 1);
      end--;
      chunks[end] = null;
    }
    if (first == end) {
      first = 0;
      end = 0;
    }
  }

  /** Whether it may hold more. */
  boolean mayGrow() {
    return count < ALWAYS || budget.allows(memory);
  }

  /**
   * Removes the greatest elements if it takes more memory than it may, but always keeps some.
   *
   * @return whether it did
   */
  boolean shrink() {
    boolean removed = false;
    while (count > ALWAYS && !budget.allows(memory)) {
      TimerChunk last = chunks[end - 1];
      int kept = Math.max(0, ALWAYS / 2 - (count - last.count()));
      count -= last.count() - kept;
      if (kept == 0) {
        drop(end - 1);
      } else {
        int before = last.memory();
        last.keep(kept);
        charge(last.memory() - before);
      }
      removed = true;
    }
    return removed;
  }
}
