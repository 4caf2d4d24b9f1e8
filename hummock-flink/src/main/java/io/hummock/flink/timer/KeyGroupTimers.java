package io.hummock.flink.timer;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.InternalPriorityQueue;
import org.apache.flink.runtime.state.heap.AbstractHeapPriorityQueueElement;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one key group and one queue, a sorted set: each is a key {@code key group | state
 * id | element} of the tree, its value empty, its scan prefix the ten bytes of the key space. The
 * bytes of an element order as elements do.
 *
 * <p>For the task's thread.
 */
final class KeyGroupTimers<E> extends AbstractHeapPriorityQueueElement
    implements InternalPriorityQueue<E> {
  /*
   * The cache holds the least elements of the tree, up to a number; it is complete if it holds all.
   * Every write goes to the tree at once. So whatever of the tree is not in the cache is greater than
   * the last element of the cache, and when the cache has run empty, greater than the element that
   * left it last: there the next scan begins, past the tombstones of all that was polled.
   */
  private final HummockStore store;
  private final Slice prefix;
  private final TypeSerializer<E> serializer;
  private final int cacheSize;
  private final DataOutputSerializer out;
  private final DataInputDeserializer in;

  /** By the bytes behind the prefix; the element is null until somebody asks for it. */
  private final TreeMap<byte[], @Nullable E> cache = new TreeMap<>(Arrays::compareUnsigned);

  private boolean complete;
  private byte @Nullable [] lowerBound;

  /**
   * @param cacheSize how many elements to cache, at least 1
   * @param out a buffer that is used within one call only
   * @param in as {@code out}
   */
  KeyGroupTimers(
      HummockStore store,
      KeySpace keySpace,
      TypeSerializer<E> serializer,
      int cacheSize,
      DataOutputSerializer out,
      DataInputDeserializer in) {
    this.store = store;
    this.prefix = keySpace.encode();
    this.serializer = serializer;
    this.cacheSize = cacheSize;
    this.out = out;
    this.in = in;
  }

  @Override
  public @Nullable E peek() {
    fill();
    Map.Entry<byte[], @Nullable E> first = cache.firstEntry();
    if (first == null) {
      return null;
    }
    E element = first.getValue();
    if (element == null) {
      element = deserialize(first.getKey());
      cache.put(first.getKey(), element);
    }
    return element;
  }

  @Override
  public @Nullable E poll() {
    fill();
    Map.Entry<byte[], @Nullable E> first = cache.pollFirstEntry();
    if (first == null) {
      return null;
    }
    remove(first.getKey());
    E element = first.getValue();
    return element == null ? deserialize(first.getKey()) : element;
  }

  @Override
  public boolean add(E element) {
    fill();
    byte[] bytes = serialize(element);
    if (complete || Arrays.compareUnsigned(bytes, cache.lastKey()) < 0) {
      if (cache.containsKey(bytes)) {
        return false;
      }
      put(bytes);
      cache.put(bytes, element);
      if (cache.size() > cacheSize) {
        cache.pollLastEntry();
        complete = false;
      }
      return bytes == cache.firstKey();
    }
    put(bytes);
    return false;
  }

  @Override
  public boolean remove(E element) {
    fill();
    byte[] bytes = serialize(element);
    if (cache.containsKey(bytes)) {
      boolean wasFirst = Arrays.equals(bytes, cache.firstKey());
      cache.remove(bytes);
      remove(bytes);
      return wasFirst;
    }
    if (!complete && Arrays.compareUnsigned(bytes, cache.lastKey()) > 0) {
      delete(bytes);
    }
    return false;
  }

  /** After an element has left the cache. */
  private void remove(byte[] bytes) {
    delete(bytes);
    if (cache.isEmpty()) {
      lowerBound = bytes;
    }
  }

  @Override
  public boolean isEmpty() {
    fill();
    return cache.isEmpty();
  }

  /** Counts by a scan where not all elements are cached. */
  @Override
  public int size() {
    if (complete) {
      return cache.size();
    }
    int count = 0;
    try {
      ChunkedScan scan = new ChunkedScan(store, prefix, boundKey());
      while (scan.next()) {
        count++;
      }
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to count timers.", e);
    }
    return count;
  }

  @Override
  public void addAll(@Nullable Collection<? extends E> elements) {
    if (elements != null) {
      for (E element : elements) {
        add(element);
      }
    }
  }

  /** In ascending order; elements may be added and removed meanwhile. */
  @Override
  public CloseableIterator<E> iterator() {
    ChunkedScan scan = new ChunkedScan(store, prefix, boundKey());
    return new CloseableIterator<>() {
      @Override
      public boolean hasNext() {
        try {
          return scan.hasNext();
        } catch (IOException e) {
          throw new FlinkRuntimeException("Failed to read timers.", e);
        }
      }

      @Override
      public E next() {
        try {
          if (!scan.next()) {
            throw new NoSuchElementException();
          }
          Slice element = scan.rest();
          in.setBuffer(element.array(), element.offset(), element.length());
          return serializer.deserialize(in);
        } catch (IOException e) {
          throw new FlinkRuntimeException("Failed to read a timer.", e);
        }
      }

      @Override
      public void close() {}
    };
  }

  /** A key that no element of the tree is at or in front of, or null. */
  private @Nullable Slice boundKey() {
    byte[] bound = lowerBound;
    return bound == null
            || (!cache.isEmpty() && Arrays.compareUnsigned(bound, cache.firstKey()) >= 0)
        ? null
        : key(bound).copy();
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
        Slice bound = key(lowerBound).copy();
        elements.seek(bound);
        if (elements.isValid() && elements.key().equals(bound)) {
          elements.next();
        }
      }
      while (elements.isValid() && cache.size() < cacheSize) {
        cache.put(elements.key().from(prefix.length()).toByteArray(), null);
        elements.next();
      }
      complete = !elements.isValid();
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to read timers.", e);
    }
  }

  private byte[] serialize(E element) {
    try {
      out.clear();
      serializer.serialize(element, out);
      return out.getCopyOfBuffer();
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to serialise a timer.", e);
    }
  }

  private E deserialize(byte[] bytes) {
    try {
      in.setBuffer(bytes);
      return serializer.deserialize(in);
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to deserialise a timer.", e);
    }
  }

  private void put(byte[] bytes) {
    try {
      store.put(key(bytes), prefix.length(), Slice.EMPTY);
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to write a timer.", e);
    }
  }

  private void delete(byte[] bytes) {
    try {
      store.delete(key(bytes), prefix.length());
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to delete a timer.", e);
    }
  }

  /** Valid until the output buffer is used again. */
  private Slice key(byte[] bytes) {
    try {
      out.clear();
      out.write(prefix.array(), prefix.offset(), prefix.length());
      out.write(bytes);
      return Slice.of(out.getSharedBuffer(), 0, out.length());
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to compose the key of a timer.", e);
    }
  }
}
