package io.hummock.flink.timer;

import io.hummock.BackgroundExecutor;
import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import io.hummock.HummockEnvironment;
import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.RestoredCheckpoint;
import io.hummock.Sharing;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.PartitionRange;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;

/** The subtasks of an operator with two timer queues each, a tree a subtask. */
final class TimerTrees implements Closeable {
  static final int KEY_GROUPS = 4;
  static final int QUEUES = 2;

  private final InMemoryObjectStore objects = new InMemoryObjectStore();
  private final SplittableRandom random;
  private final long cacheBytes;
  private final HummockOptions options;
  private final List<Subtask> subtasks = new ArrayList<>();
  private int opened;
  private int checkpoints;
  private long entriesPassed;

  /** One tree and its queues. */
  static final class Subtask implements Closeable {
    final KeyGroupRange keyGroups;
    final HummockStore store;
    private final List<
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>>>
        queues = new ArrayList<>();

    Subtask(KeyGroupRange keyGroups, HummockStore store, long cacheBytes) {
      this.keyGroups = keyGroups;
      this.store = store;
      HummockPriorityQueueFactory factory =
          new HummockPriorityQueueFactory(
              store, new RegisteredStates(), keyGroups, KEY_GROUPS, cacheBytes);
      for (int queue = 0; queue < QUEUES; queue++) {
        queues.add(
            factory.create(
                "queue" + queue,
                new TimerSerializer<>(
                    StringSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE)));
      }
    }

    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> queue(
        int queue) {
      return queues.get(queue);
    }

    boolean owns(String key) {
      return keyGroups.contains(KeyGroupRangeAssignment.assignToKeyGroup(key, KEY_GROUPS));
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }

  /**
   * @param cacheBytes what the caches of each subtask may take
   */
  TimerTrees(long seed, long cacheBytes, HummockOptions options, int parallelism)
      throws IOException {
    random = new SplittableRandom(seed);
    this.cacheBytes = cacheBytes;
    this.options = options;
    open(parallelism, List.of());
  }

  static TimerHeapInternalTimer<String, VoidNamespace> timer(long timestamp, String key) {
    return new TimerHeapInternalTimer<>(timestamp, key, VoidNamespace.INSTANCE);
  }

  List<Subtask> subtasks() {
    return subtasks;
  }

  Subtask owner(String key) {
    return subtasks.stream().filter(subtask -> subtask.owns(key)).findFirst().orElseThrow();
  }

  /** How many entries all scans that have ended have passed. */
  long entriesPassed() {
    return entriesPassed;
  }

  /** Takes a checkpoint of all subtasks; its objects are never deleted. */
  List<RestoredCheckpoint> checkpoint() throws IOException {
    List<RestoredCheckpoint> taken = new ArrayList<>();
    for (Subtask subtask : subtasks) {
      Checkpoint checkpoint =
          subtask.store.checkpoint(++checkpoints, Sharing.FORWARD_BACKWARD).complete();
      Map<String, String> paths = new HashMap<>();
      for (CheckpointFile file : checkpoint.files()) {
        paths.put(file.name(), file.path());
        checkpoint.handOver(file);
      }
      taken.add(new RestoredCheckpoint(checkpoint.manifest(), paths));
    }
    return taken;
  }

  /** Ends all subtasks, and begins others from a checkpoint. */
  void restore(int parallelism, List<RestoredCheckpoint> from) throws IOException {
    closeSubtasks();
    open(parallelism, from);
  }

  private void open(int parallelism, List<RestoredCheckpoint> from) throws IOException {
    for (int i = 0; i < parallelism; i++) {
      KeyGroupRange keyGroups =
          KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, parallelism, i);
      HummockEnvironment environment =
          new HummockEnvironment(
              objects,
              "subtask-" + opened++,
              new HeapPageAllocator(4 * options.memtableBytes() + options.cacheBytes()),
              BackgroundExecutor.DIRECT,
              BackgroundExecutor.DIRECT,
              Clock.SYSTEM,
              random.split(),
              new HummockMetrics() {
                @Override
                public void scanned(long entries) {
                  entriesPassed += entries;
                }
              },
              CompactionFilter.NONE);
      PartitionRange clip =
          new PartitionRange(keyGroups.getStartKeyGroup(), keyGroups.getEndKeyGroup());
      HummockStore store =
          from.isEmpty()
              ? HummockStore.open(options, environment)
              : HummockStore.restore(options, environment, from, clip);
      subtasks.add(new Subtask(keyGroups, store, cacheBytes));
    }
  }

  private void closeSubtasks() throws IOException {
    for (Subtask subtask : subtasks) {
      subtask.close();
    }
    subtasks.clear();
  }

  @Override
  public void close() throws IOException {
    closeSubtasks();
    objects.close();
  }
}
