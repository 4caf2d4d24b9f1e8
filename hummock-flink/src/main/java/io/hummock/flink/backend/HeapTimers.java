package io.hummock.flink.backend;

import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.timer.HummockPriorityQueueFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.HeapPriorityQueuesManager;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSnapshotRestoreWrapper;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueStateSnapshot;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.IOUtils;

/** Queues of timers on the heap. For the task's thread. */
/*
 * Flink's operators write such timers into their raw state when a backend asks for it. Under the
 * changelog, and after it was turned off, Flink wraps the backend and hears none of that: there the
 * timers are put into the tree for the moment in which a snapshot is begun, and are taken out of it
 * again. The tree's epoch is sealed between the two, so that only the snapshot has them.
 */
final class HeapTimers {
  private final HeapPriorityQueuesManager queues;
  private final HummockPriorityQueueFactory tree;
  private final RegisteredStates registered;

  private boolean inRawState;

  HeapTimers(
      HeapPriorityQueuesManager queues,
      HummockPriorityQueueFactory tree,
      RegisteredStates registered) {
    this.queues = queues;
    this.tree = tree;
    this.registered = registered;
  }

  /** The queue of this name, with what was restored of it, wherever it was kept. */
  <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(
          String name, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
    KeyGroupedInternalPriorityQueue<T> queue =
        queues.createOrUpdate(name, serializer, allowFutureMetadataUpdates);
    RegisteredState restored = registered.get(name);
    if (restored != null && restored.kind() == StateKind.TIMER) {
      KeyGroupedInternalPriorityQueue<T> inTree = tree.create(name, serializer);
      move(inTree, queue);
      registered.remove(name);
    }
    return queue;
  }

  private static <T extends HeapPriorityQueueElement> void move(
      KeyGroupedInternalPriorityQueue<T> from, KeyGroupedInternalPriorityQueue<T> to) {
    CloseableIterator<T> timers = from.iterator();
    try {
      while (timers.hasNext()) {
        T timer = timers.next();
        to.add(timer);
        from.remove(timer);
      }
    } finally {
      IOUtils.closeQuietly(timers);
    }
  }

  /** The queues as they are, for a canonical savepoint. */
  List<HeapPriorityQueueStateSnapshot<?>> snapshots() {
    List<HeapPriorityQueueStateSnapshot<?>> snapshots = new ArrayList<>();
    for (HeapPriorityQueueSnapshotRestoreWrapper<?> queue :
        queues.getRegisteredPQStates().values()) {
      snapshots.add((HeapPriorityQueueStateSnapshot<?>) queue.stateSnapshot());
    }
    return snapshots;
  }

  /** Tells whether the operator writes the timers into its raw state of the snapshot at hand. */
  void writtenToRawState(boolean written) {
    inRawState = written;
  }

  /** Begins a snapshot of the tree, which has the timers if the operator does not write them. */
  <R> R beginSnapshot(SnapshotBeginning<R> beginning) throws Exception {
    boolean written = inRawState;
    inRawState = false;
    if (written) {
      return beginning.begin();
    }
    List<Lent<?>> lent = new ArrayList<>();
    try {
      for (HeapPriorityQueueSnapshotRestoreWrapper<?> queue :
          queues.getRegisteredPQStates().values()) {
        lent.add(lend(queue));
      }
      return beginning.begin();
    } finally {
      lent.forEach(Lent::takeBack);
    }
  }

  /** The synchronous part of a snapshot. */
  interface SnapshotBeginning<R> {
    R begin() throws Exception;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // a queue's elements are all that its factory asks
  private Lent<?> lend(HeapPriorityQueueSnapshotRestoreWrapper<?> queue) {
    Lent<?> lent =
        new Lent(
            queue.getMetaInfo().getName(),
            queue.getPriorityQueue(),
            tree.create(
                queue.getMetaInfo().getName(),
                (TypeSerializer) queue.getMetaInfo().getElementSerializer()));
    lent.give();
    return lent;
  }

  /** A queue whose timers are in the tree for a moment. */
  private final class Lent<T extends HeapPriorityQueueElement> {
    private final String name;
    private final KeyGroupedInternalPriorityQueue<T> queue;
    private final KeyGroupedInternalPriorityQueue<T> inTree;

    Lent(
        String name,
        KeyGroupedInternalPriorityQueue<T> queue,
        KeyGroupedInternalPriorityQueue<T> inTree) {
      this.name = name;
      this.queue = queue;
      this.inTree = inTree;
    }

    void give() {
      forEachTimer(inTree::add);
    }

    void takeBack() {
      forEachTimer(inTree::remove);
      registered.remove(name);
    }

    private void forEachTimer(java.util.function.Consumer<T> action) {
      CloseableIterator<T> timers = queue.iterator();
      try {
        timers.forEachRemaining(action);
      } finally {
        IOUtils.closeQuietly(timers);
      }
    }
  }
}
