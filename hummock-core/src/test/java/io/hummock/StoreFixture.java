package io.hummock;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.PartitionRange;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.ManualClock;
import io.hummock.testing.SimulatedExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Small stores over one object store in memory that may fail. */
final class StoreFixture {
  static final HummockOptions OPTIONS =
      new HummockOptions(
          16 << 10, 2, 1 << 10, 16 << 10, 4, 6, 8, 64 << 10, 4, 5, 10, 2, 64 << 10, 96 << 10);

  private final InMemoryObjectStore memory = new InMemoryObjectStore();
  private final ManualClock clock = new ManualClock();
  private final FaultyObjectStore objects = new FaultyObjectStore(memory, clock);
  private final Set<HummockMetrics.StallReason> stalls =
      EnumSet.noneOf(HummockMetrics.StallReason.class);
  private final SplittableRandom random = new SplittableRandom(7);
  private final Gate gate = new Gate();
  private HummockOptions options = OPTIONS;
  private long pages = 4 << 20;
  private boolean simulated;
  private HeapPageAllocator lastPages = new HeapPageAllocator(1);
  private int opened;

  /** With so many bytes of pages. */
  StoreFixture withPages(long bytes) {
    pages = bytes;
    return this;
  }

  StoreFixture with(HummockOptions other) {
    options = other;
    return this;
  }

  /** With background work that waits until somebody waits for it. */
  StoreFixture simulated() {
    simulated = true;
    return this;
  }

  ManualClock clock() {
    return clock;
  }

  FaultyObjectStore objects() {
    return objects;
  }

  Set<HummockMetrics.StallReason> stalls() {
    return stalls;
  }

  List<String> objectsLeft() throws IOException {
    return new ArrayList<>(memory.list(""));
  }

  HummockStore open() throws IOException {
    return open(CompactionFilter.NONE);
  }

  HummockStore open(CompactionFilter filter) throws IOException {
    return HummockStore.open(options, environment(filter));
  }

  HummockStore restore(List<RestoredCheckpoint> checkpoints, PartitionRange clip)
      throws IOException {
    return restore(checkpoints, clip, CompactionFilter.NONE);
  }

  HummockStore restore(
      List<RestoredCheckpoint> checkpoints, PartitionRange clip, CompactionFilter filter)
      throws IOException {
    return HummockStore.restore(options, environment(filter), checkpoints, clip);
  }

  private BackgroundExecutor executor() {
    return simulated ? new SimulatedExecutor(random.split()) : BackgroundExecutor.DIRECT;
  }

  /** The pages of the store that was opened last. */
  HeapPageAllocator pages() {
    return lastPages;
  }

  /** Lets something happen in the middle of a compaction. */
  Gate gateCompactions() {
    return gate;
  }

  /** Runs an action when a flush or a compaction meets the next whole value. */
  static final class Gate {
    private @Nullable Action action;
    private boolean passed;

    interface Action {
      void run() throws IOException;
    }

    void atNextValue(Action next) {
      action = next;
    }

    boolean wasPassed() {
      return passed;
    }

    private void pass() {
      Action next = action;
      action = null;
      if (next != null) {
        passed = true;
        try {
          next.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private HummockEnvironment environment(CompactionFilter filter) {
    lastPages = new HeapPageAllocator(pages);
    return new HummockEnvironment(
        objects,
        "store-" + opened++,
        lastPages,
        executor(),
        executor(),
        clock,
        random.split(),
        new HummockMetrics() {
          @Override
          public void stalled(StallReason reason, long nanos) {
            stalls.add(reason);
          }
        },
        new GatedFilter(filter));
  }

  /** A filter in front of which the gate stands. */
  private final class GatedFilter implements CompactionFilter {
    private final CompactionFilter filter;

    GatedFilter(CompactionFilter filter) {
      this.filter = filter;
    }

    @Override
    public @Nullable Slice filter(Slice key, Slice value) {
      gate.pass();
      return filter.filter(key, value);
    }

    @Override
    public @Nullable Slice filterOperand(Slice key, Slice operand) {
      return filter.filterOperand(key, operand);
    }

    @Override
    public long expiry(Slice key, Slice value) {
      return filter.expiry(key, value);
    }

    @Override
    public long now() {
      return filter.now();
    }

    @Override
    public CompactionFilter open() {
      return new GatedFilter(filter.open());
    }
  }
}
