package io.hummock.examples.benchmark;

import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** The queue behind a timer service: one timer a key. */
public class TimerOperations extends StateOperations {
  @SuppressWarnings("NullAway.Init")
  private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Long, VoidNamespace>> timers;

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    timers =
        fixture
            .backend()
            .create(
                "_timer_state/event_benchmark",
                new TimerSerializer<>(LongSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE));
    for (long key = 0; key < keys; key++) {
      timers.add(timer(key, key));
    }
  }

  private static TimerHeapInternalTimer<Long, VoidNamespace> timer(long timestamp, long key) {
    return new TimerHeapInternalTimer<>(timestamp, key, VoidNamespace.INSTANCE);
  }

  /** The first timer fires and registers itself anew. */
  @Benchmark
  public void pollAndAdd() {
    TimerHeapInternalTimer<Long, VoidNamespace> first = timers.poll();
    timers.add(timer(first.getTimestamp() + keys, first.getKey()));
  }

  /** A timer that is deleted before it fires. */
  @Benchmark
  public void addAndRemove() {
    long key = useNext();
    TimerHeapInternalTimer<Long, VoidNamespace> later = timer(Long.MAX_VALUE / 2 + key, key);
    timers.add(later);
    timers.remove(later);
  }

  /** A timer that is there already. */
  @Benchmark
  public boolean addDuplicate() {
    long key = useNext();
    return timers.add(timer(Long.MAX_VALUE - 1, key));
  }
}
