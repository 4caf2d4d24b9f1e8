package io.hummock.flink.timer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * The timers of all key groups of one queue: the next of all comes first. For the task's thread.
 */
final class TimerQueue<E extends Keyed<?> & PriorityComparable<? super E>>
    implements KeyGroupedInternalPriorityQueue<E> {
  /*
   * A binary heap of the key groups that have timers, by their first ones, which stand beside them.
   * Only within a key group is the order that of the elements' bytes; how elements of several compare
   * they know themselves.
   */
  private final List<KeyGroupTimers<E>> timers;
  private final KeyGroupRange keyGroupRange;
  private final int numberOfKeyGroups;

  private final int[] heap;
  private final List<@Nullable E> heads;
  private int heapSize;

  /** Of each key group its place in the heap; -1 if it has no timers. */
  private final int[] places;

  /**
   * @param timers of each key group of the range
   */
  TimerQueue(List<KeyGroupTimers<E>> timers, KeyGroupRange keyGroupRange, int numberOfKeyGroups) {
    this.timers = timers;
    this.keyGroupRange = keyGroupRange;
    this.numberOfKeyGroups = numberOfKeyGroups;
    heap = new int[timers.size()];
    heads = new ArrayList<>(Collections.nCopies(timers.size(), null));
    places = new int[timers.size()];
    for (int group = 0; group < timers.size(); group++) {
      places[group] = -1;
      headChanged(group);
    }
  }

  @Override
  public @Nullable E peek() {
    return heapSize == 0 ? null : timers.get(heap[0]).peek();
  }

  @Override
  public @Nullable E poll() {
    if (heapSize == 0) {
      return null;
    }
    int group = heap[0];
    E polled = timers.get(group).poll();
    headChanged(group);
    return polled;
  }

  /** Returns whether the element is now the first. */
  @Override
  public boolean add(E element) {
    int group = group(element);
    if (!timers.get(group).add(element)) {
      return false;
    }
    headChanged(group);
    return heap[0] == group;
  }

  /** Returns whether the element was the first. */
  @Override
  public boolean remove(E element) {
    int group = group(element);
    boolean wasFirst = heapSize > 0 && heap[0] == group;
    if (!timers.get(group).remove(element)) {
      return false;
    }
    headChanged(group);
    return wasFirst;
  }

  private int group(E element) {
    int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(element.getKey(), numberOfKeyGroups);
    return local(keyGroup);
  }

  private int local(int keyGroup) {
    if (!keyGroupRange.contains(keyGroup)) {
      throw new IllegalArgumentException(
          "a timer of key group "
              + keyGroup
              + ", but this subtask has "
              + keyGroupRange
              + ": a key's hash code must not change");
    }
    return keyGroup - keyGroupRange.getStartKeyGroup();
  }

  @Override
  public boolean isEmpty() {
    return heapSize == 0;
  }

  @Override
  public int size() {
    int size = 0;
    for (KeyGroupTimers<E> ofKeyGroup : timers) {
      size += ofKeyGroup.size();
    }
    return size;
  }

  @Override
  public void addAll(@Nullable Collection<? extends E> elements) {
    if (elements != null) {
      for (E element : elements) {
        add(element);
      }
    }
  }

  /** By key group, within one in ascending order; elements may be added and removed meanwhile. */
  @Override
  public CloseableIterator<E> iterator() {
    return new CloseableIterator<>() {
      private Iterator<E> current = Collections.emptyIterator();
      private int next;

      @Override
      public boolean hasNext() {
        while (!current.hasNext() && next < timers.size()) {
          current = timers.get(next++).iterator();
        }
        return current.hasNext();
      }

      @Override
      public E next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return current.next();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Set<E> getSubsetForKeyGroup(int keyGroup) {
    Set<E> result = new HashSet<>();
    timers.get(local(keyGroup)).iterator().forEachRemaining(result::add);
    return result;
  }

  // The heap.

  /** Puts a key group where it belongs now. */
  private void headChanged(int group) {
    int place = places[group];
    E head = timers.get(group).peek();
    if (head != null) {
      settle(place >= 0 ? place : heapSize++, group, head);
    } else if (place >= 0) {
      places[group] = -1;
      int last = --heapSize;
      E moved = heads.set(last, null);
      if (place < last && moved != null) {
        settle(place, heap[last], moved);
      }
    }
  }

  private void settle(int from, int group, E head) {
    int place = from;
    while (place > 0 && isLess(head, (place - 1) / 2)) {
      place = moveTo(place, (place - 1) / 2);
    }
    while (true) {
      int child = 2 * place + 1;
      if (child >= heapSize) {
        break;
      }
      if (child + 1 < heapSize && isLess(headAt(child + 1), child)) {
        child++;
      }
      if (!isLess(headAt(child), head)) {
        break;
      }
      place = moveTo(place, child);
    }
    heap[place] = group;
    heads.set(place, head);
    places[group] = place;
  }

  /** Moves what is at a place to another one, and returns the place that becomes free. */
  private int moveTo(int to, int from) {
    heap[to] = heap[from];
    heads.set(to, heads.get(from));
    places[heap[to]] = to;
    return from;
  }

  private E headAt(int place) {
    return Objects.requireNonNull(heads.get(place));
  }

  private boolean isLess(E element, int place) {
    return isLess(element, headAt(place));
  }

  private boolean isLess(E element, E other) {
    return element.comparePriorityTo(other) < 0;
  }
}
