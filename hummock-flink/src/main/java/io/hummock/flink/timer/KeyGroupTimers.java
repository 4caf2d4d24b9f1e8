package io.hummock.flink.timer;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one key group and one queue, a sorted set: each is a key {@code key group | state
 * id | element} of the tree, its value empty, its scan prefix the ten bytes of the key space. The
 * bytes of an element order as elements do.
 *
 * <p>For the task's thread.
 */
final class KeyGroupTimers<E> {
  /*
   * The cache holds the least elements of the tree, as many as the budget lets it; it is complete if
   * it holds all. Every write goes to the tree at once. So whatever of the tree is not in the cache is
   * greater than the last element of the cache, and when the cache has run empty, greater than the
   * element that left it last: there the next scan begins, past the tombstones of all that was polled.
   *
   * Scans grow from one to the next, so that a restored queue soon has its first timers, and one that
   * is polled for long is scanned rarely.
   */
  private static final int FIRST_SCAN = 64;
  private static final int SCAN_GROWTH = 4;

  /** How many elements a scan of all reads at once, at first. */
  private static final int SCANNED_AT_ONCE = 128;

  private final String name;
  private final HummockStore store;
  private final Slice prefix;
  private final TypeSerializer<E> serializer;
  private final TimerCache cache;
  private final DataOutputSerializer out;
  private final DataInputDeserializer in;

  private boolean complete;
  private byte @Nullable [] lowerBound;
  private int scanLength = FIRST_SCAN;

  /** The first element, if it is known. */
  private @Nullable E head;

  /** The bytes of the element that is being added or removed, without the prefix. */
  private long word;

  private byte[] bytes = {};
  private int length;

  /**
   * @param name of the queue
   * @param budget what the cache may take
   * @param out a buffer that is used within one call only
   * @param in as {@code out}
   */
  KeyGroupTimers(
      String name,
      HummockStore store,
      KeySpace keySpace,
      TypeSerializer<E> serializer,
      CacheBudget budget,
      DataOutputSerializer out,
      DataInputDeserializer in) {
    this.name = name;
    this.store = store;
    this.prefix = keySpace.encode();
    this.serializer = serializer;
    this.cache = new TimerCache(budget);
    this.out = out;
    this.in = in;
  }

  /** The first element; null if there is none. */
  @Nullable E peek() {
    fill();
    if (head == null && !cache.isEmpty()) {
      head = deserialize(cache.firstArray(), cache.firstOffset(), cache.firstLength());
    }
    return head;
  }

  /** Removes the first element; null if there is none. */
  @Nullable E poll() {
    E polled = peek();
    if (polled != null) {
      Slice key = firstKey();
      delete(key);
      cache.removeFirst();
      removedFirst(key);
    }
    return polled;
  }

  /** Adds an element, and returns whether it is now the first. */
  boolean add(E element) {
    fill();
    Slice key = serialize(element);
    if (cache.isAgain(word, bytes, prefix.length(), length)) {
      return false;
    }
    boolean isBehind = !cache.isEmpty() && cache.isBehindLast(word, bytes, prefix.length(), length);
    if (isBehind && !complete) {
      put(key, false);
      return false;
    }
    if (!isBehind && cache.find(word, bytes, prefix.length(), length)) {
      return false;
    }
    put(key, true);
    boolean isFirst =
        isBehind
            ? cache.append(word, bytes, prefix.length(), length)
            : cache.insertHere(word, bytes, prefix.length(), length);
    if (isFirst) {
      // Not the element itself: its key may be an object that the caller fills anew.
      head = null;
    }
    if (cache.shrink()) {
      complete = false;
    }
    return isFirst;
  }

  /** Removes an element, and returns whether it was the first. */
  boolean remove(E element) {
    fill();
    Slice key = serialize(element);
    if (cache.find(word, bytes, prefix.length(), length)) {
      delete(key);
      boolean wasFirst = cache.foundIsFirst();
      cache.removeHere();
      if (wasFirst) {
        removedFirst(key);
      }
      return wasFirst;
    }
    if (!complete && cache.isBehindLast(word, bytes, prefix.length(), length)) {
      delete(key);
    }
    return false;
  }

  /** After the first element has left the cache. */
  private void removedFirst(Slice key) {
    head = null;
    if (cache.isEmpty() && !complete) {
      lowerBound = key.toByteArray();
    }
  }

  /** Counts by a scan where not all elements are cached. */
  int size() {
    fill();
    if (complete) {
      return cache.count();
    }
    int count = 0;
    try {
      ChunkedScan scan = scan();
      while (scan.next()) {
        count++;
      }
    } catch (IOException e) {
      throw failed("read", e);
    }
    return count;
  }

  /** All in ascending order; elements may be added and removed meanwhile. */
  Iterator<E> iterator() {
    fill();
    ChunkedScan scan = scan();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        try {
          return scan.hasNext();
        } catch (IOException e) {
          throw failed("read", e);
        }
      }

      @Override
      public E next() {
        try {
          if (!scan.next()) {
            throw new NoSuchElementException();
          }
        } catch (IOException e) {
          throw failed("read", e);
        }
        Slice element = scan.rest();
        return deserialize(element.array(), element.offset(), element.length());
      }
    };
  }

  /** A scan of all elements, past the tombstones in front of the first. */
  private ChunkedScan scan() {
    return new ChunkedScan(
        store, prefix, cache.isEmpty() ? prefix : firstKey().copy(), SCANNED_AT_ONCE);
  }

  /** Loads the cache when it has run empty. */
  private void fill() {
    if (complete || !cache.isEmpty()) {
      return;
    }
    try (UserIterator elements = store.scanPrefix(prefix, Direction.FORWARD)) {
      if (lowerBound == null) {
        elements.rewind();
      } else {
        Slice bound = Slice.of(lowerBound);
        elements.seek(bound);
        if (elements.isValid() && elements.key().equals(bound)) {
          elements.next();
        }
      }
      int count = 0;
      while (elements.isValid() && count < scanLength && cache.mayGrow()) {
        Slice key = elements.key();
        int offset = key.offset() + prefix.length();
        int rest = key.length() - prefix.length();
        cache.append(TimerChunk.word(key.array(), offset, rest), key.array(), offset, rest);
        count++;
        elements.next();
      }
      complete = !elements.isValid();
      scanLength = (int) Math.min(Integer.MAX_VALUE, (long) scanLength * SCAN_GROWTH);
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  /** The key of an element, and its bytes for the cache; valid until the buffer is used again. */
  private Slice serialize(E element) {
    try {
      out.clear();
      out.write(prefix.array(), prefix.offset(), prefix.length());
      serializer.serialize(element, out);
    } catch (IOException e) {
      throw failed("written", e);
    }
    bytes = out.getSharedBuffer();
    length = out.length() - prefix.length();
    word = TimerChunk.word(bytes, prefix.length(), length);
    return Slice.of(bytes, 0, out.length());
  }

  /** The key of the first element; valid until the buffer is used again. */
  private Slice firstKey() {
    try {
      out.clear();
      out.write(prefix.array(), prefix.offset(), prefix.length());
      out.write(cache.firstArray(), cache.firstOffset(), cache.firstLength());
      return Slice.of(out.getSharedBuffer(), 0, out.length());
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  private E deserialize(byte[] array, int offset, int count) {
    try {
      in.setBuffer(array, offset, count);
      return serializer.deserialize(in);
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  private void put(Slice key, boolean isSurelyNew) {
    try {
      store.addElement(key, prefix.length(), isSurelyNew);
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  private void delete(Slice key) {
    try {
      store.removeElement(key, prefix.length());
    } catch (IOException e) {
      throw failed("deleted", e);
    }
  }

  private FlinkRuntimeException failed(String done, IOException cause) {
    return new FlinkRuntimeException(
        "timers '" + name + "' cannot be " + done + ": " + cause.getMessage(), cause);
  }
}
