package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** The queue behind a timer service: one timer a key. */
public class TimerOperations extends StateOperations {
  @SuppressWarnings("NullAway.Init")
  private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, VoidNamespace>> timers;

  private long now;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    TypeSerializer<Object> serializer = KeyKind.valueOf(keyKind).serializer();
    timers =
        fixture
            .backend()
            .create(
                "_timer_state/event_benchmark",
                new TimerSerializer<>(serializer, VoidNamespaceSerializer.INSTANCE));
    for (long number = 0; number < keys; number++) {
      timers.add(timer(number, key(number)));
    }
  }

  @Override
  void verify() {
    expect(keys, timers.size(), "the number of timers");
  }

  private static TimerHeapInternalTimer<Object, VoidNamespace> timer(long timestamp, Object key) {
    return new TimerHeapInternalTimer<>(timestamp, key, VoidNamespace.INSTANCE);
  }

  /** The first timer fires and registers itself anew, at a random time among the others. */
  @Benchmark
  public void pollAndAdd() {
    TimerHeapInternalTimer<Object, VoidNamespace> first = timers.poll();
    if (first.getTimestamp() < now) {
      throw new IllegalStateException(
          "wrong answer: a timer of " + first.getTimestamp() + " after one of " + now);
    }
    now = first.getTimestamp();
    timers.add(timer(now + keys / 2 + next(), first.getKey()));
  }

  /** A timer that is deleted before it fires. */
  @Benchmark
  public void addAndRemove() {
    int number = next();
    TimerHeapInternalTimer<Object, VoidNamespace> later = timer(keys + number, key(number));
    timers.add(later);
    timers.remove(later);
  }

  /** A timer that is there already. */
  @Benchmark
  public boolean addDuplicate() {
    int number = next();
    return timers.add(timer(number, key(number)));
  }
}
