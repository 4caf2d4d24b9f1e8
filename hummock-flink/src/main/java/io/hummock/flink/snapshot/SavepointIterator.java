package io.hummock.flink.snapshot;

import io.hummock.Snapshot;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.SavepointFormat;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.metrics.ProgressLog;
import io.hummock.flink.snapshot.CanonicalSavepoint.SavedState;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyValueStateIterator;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueStateSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a canonical savepoint, by key group, then state: of each key group those of the
 * tree, then those of the queues on the heap. Keys and values are fresh arrays, since the writer
 * sets a bit in the keys.
 */
final class SavepointIterator implements KeyValueStateIterator {
  private static final byte[] NO_VALUE = {};
  private static final int ENTRIES_BETWEEN_REPORTS = 1024;

  private final UserIterator tree;
  private final List<SavedState> states;
  private final List<HeapPriorityQueueStateSnapshot<?>> queues;
  private final int firstQueue;
  private final KeyGroupRange keyGroups;
  private final int keyGroupPrefixBytes;
  private final ProgressLog progress;
  private final long estimatedEntries;
  private final DataOutputSerializer timerKey = new DataOutputSerializer(64);

  private long entries;
  private int keyGroup;
  private int position;
  private int state;
  private int queue;
  private @Nullable Iterator<?> timers;

  private byte[] key = {};
  private byte[] value = NO_VALUE;
  private int previousKeyGroup = -1;
  private int previousState = -1;
  private boolean valid;

  /**
   * @param states in the order of their ids
   * @param firstQueue the index of the first queue in the savepoint
   * @param progress told how many entries there were; ended when the iterator is closed
   * @param estimatedEntries how many there will be, roughly
   */
  SavepointIterator(
      Snapshot snapshot,
      List<SavedState> states,
      List<HeapPriorityQueueStateSnapshot<?>> queues,
      int firstQueue,
      KeyGroupRange keyGroups,
      int keyGroupPrefixBytes,
      ProgressLog progress,
      long estimatedEntries)
      throws IOException {
    this.states = states;
    this.queues = queues;
    this.firstQueue = firstQueue;
    this.keyGroups = keyGroups;
    this.keyGroupPrefixBytes = keyGroupPrefixBytes;
    this.progress = progress;
    this.estimatedEntries = estimatedEntries;
    Slice upper =
        keyGroups.getEndKeyGroup() == KeySpace.MAX_PARTITION
            ? null
            : lowerKey(keyGroups.getEndKeyGroup() + 1);
    tree = snapshot.scan(lowerKey(keyGroups.getStartKeyGroup()), upper, Direction.FORWARD);
    boolean positioned = false;
    try {
      tree.rewind();
      keyGroup = keyGroups.getStartKeyGroup();
      settle();
      positioned = true;
    } finally {
      if (!positioned) {
        tree.close();
      }
    }
  }

  private static Slice lowerKey(int partition) {
    return new PartitionRange(partition, partition).lowerKey();
  }

  @Override
  public void next() throws IOException {
    previousKeyGroup = keyGroup;
    previousState = state;
    if (++entries % ENTRIES_BETWEEN_REPORTS == 0) {
      progress.at(entries, Math.max(entries, estimatedEntries));
    }
    settle();
  }

  @Override
  public int keyGroup() {
    return keyGroup;
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public byte[] value() {
    return value;
  }

  @Override
  public int kvStateId() {
    return state;
  }

  @Override
  public boolean isNewKeyValueState() {
    return isNewKeyGroup() || state != previousState;
  }

  @Override
  public boolean isNewKeyGroup() {
    return keyGroup != previousKeyGroup;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public void close() {
    progress.end();
    try {
      tree.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the next entry; the tree's cursor is always one ahead. */
  private void settle() throws IOException {
    valid = false;
    while (keyGroup <= keyGroups.getEndKeyGroup()) {
      if (takeFromTree() || takeFromQueues()) {
        valid = true;
        return;
      }
      keyGroup++;
      queue = 0;
      timers = null;
      position = 0;
    }
  }

  private boolean takeFromTree() throws IOException {
    while (tree.isValid() && KeySpace.partition(tree.key()) == keyGroup) {
      Slice entry = tree.key();
      SavedState saved = stateOf(entry);
      Slice found =
          saved.migration() == null ? tree.value() : saved.migration().migrate(tree.value());
      byte[] bytes =
          saved.kind() == StateKind.LIST ? SavepointFormat.list(found) : found.toByteArray();
      byte[] kept =
          saved.transformer() == null ? bytes : saved.transformer().filterOrTransform(bytes);
      if (kept != null) {
        state = saved.index();
        key = SavepointFormat.key(entry, keyGroupPrefixBytes);
        value = kept;
        tree.next();
        return true;
      }
      tree.next();
    }
    return false;
  }

  /** What is known of an entry's id, which is not before that of the last entry. */
  private SavedState stateOf(Slice entry) throws IOException {
    long id = KeySpace.of(entry).id();
    while (position < states.size() && Long.compareUnsigned(states.get(position).id(), id) < 0) {
      position++;
    }
    if (position == states.size() || states.get(position).id() != id) {
      throw new IllegalStateException(
          "key group "
              + keyGroup
              + " has entries of a state "
              + Long.toHexString(id)
              + " that nobody has registered");
    }
    return states.get(position);
  }

  private boolean takeFromQueues() throws IOException {
    for (; queue < queues.size(); queue++, timers = null) {
      HeapPriorityQueueStateSnapshot<?> snapshot = queues.get(queue);
      if (timers == null) {
        timers = snapshot.getIteratorForKeyGroup(keyGroup);
      }
      if (timers.hasNext()) {
        state = firstQueue + queue;
        key = timerKey(snapshot, timers.next());
        value = NO_VALUE;
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("unchecked") // the queue's own serializer
  private byte[] timerKey(HeapPriorityQueueStateSnapshot<?> snapshot, Object timer)
      throws IOException {
    timerKey.clear();
    CompositeKeySerializationUtils.writeKeyGroup(keyGroup, keyGroupPrefixBytes, timerKey);
    ((TypeSerializer<Object>) (TypeSerializer<?>) snapshot.getMetaInfo().getElementSerializer())
        .serialize(timer, timerKey);
    return timerKey.getCopyOfBuffer();
  }
}
