package io.hummock.examples.benchmark.checkpoint;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import io.hummock.examples.benchmark.backend.Peer;
import io.hummock.examples.benchmark.checkpoint.CheckedState.Contents;
import io.hummock.examples.benchmark.process.Arguments;
import io.hummock.examples.benchmark.report.Unit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.util.InstantiationUtil;

/** One backend through all of it once: fill, two checkpoints, restore, rescale up and down. */
final class CheckpointRound {
  private static final long SEED = 20260101;
  private static final double SLOW = 0.99;
  private static final KeyGroupRange ALL = new KeyGroupRange(0, KeyedStateFixture.KEY_GROUPS - 1);
  private static final KeyGroupRange LOWER =
      new KeyGroupRange(0, KeyedStateFixture.KEY_GROUPS / 2 - 1);
  private static final KeyGroupRange UPPER =
      new KeyGroupRange(KeyedStateFixture.KEY_GROUPS / 2, KeyedStateFixture.KEY_GROUPS - 1);

  /** Takes a number that was found. */
  interface Sink {
    void add(String group, String operation, Unit unit, double value);
  }

  private final Peer peer;
  private final Configuration configuration;
  private final String target;
  private final long memory;
  private final double changed;
  private final Contents contents;
  private final Sink sink;
  private final SharedStateRegistry registry = new SharedStateRegistryImpl();

  CheckpointRound(Peer peer, Configuration base, String target, Arguments arguments, Sink sink) {
    this.peer = peer;
    this.target = target;
    this.sink = sink;
    configuration = peer.configuration();
    configuration.addAll(base);
    configuration.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
    memory = (long) arguments.count("memory") << 20;
    changed = arguments.number("changed");
    int keys = arguments.count("keys");
    contents = new Contents(keys, arguments.count("bytes"), new BitSet(keys));
  }

  void run() throws Exception {
    KeyedStateHandle single = fillAndCheckpoint();
    restore("restore 1 to 1", ALL, List.of(single)).close();
    List<KeyedStateHandle> halves = new ArrayList<>();
    for (KeyGroupRange half : List.of(LOWER, UPPER)) {
      String group = "rescale 1 to 2 " + (half.equals(LOWER) ? "first" : "second") + " subtask";
      try (KeyedStateFixture<Long> fixture =
          restore(group, half, List.of(intersection(single, half)))) {
        // Each subtask has to have something of its own, so that this is no empty checkpoint.
        CheckedState state = new CheckedState(fixture, contents);
        for (int number = 0; number < Math.min(contents.keys(), 1000); number++) {
          if (CheckedState.isIn(half, number)) {
            state.write(number);
          }
        }
        halves.add(acknowledge(fixture, fixture.checkpoint(3), 3));
      }
    }
    restore("rescale 2 to 1", ALL, halves).close();
  }

  private static KeyedStateHandle intersection(KeyedStateHandle handle, KeyGroupRange range) {
    KeyedStateHandle part = handle.getIntersection(range);
    if (part == null) {
      throw new IllegalStateException("the checkpoint has nothing of " + range);
    }
    return part;
  }

  private KeyedStateHandle fillAndCheckpoint() throws Exception {
    try (KeyedStateFixture<Long> fixture = open(ALL, List.of())) {
      CheckedState state = new CheckedState(fixture, contents);
      Requests before = Requests.of(fixture);
      for (int number = 0; number < contents.keys(); number++) {
        state.write(number);
      }
      checkpoint(fixture, state, "full", 1);
      perMillion("updates with a checkpoint", before, Requests.of(fixture), contents.keys());
      SplittableRandom random = new SplittableRandom(SEED);
      long count = Math.max(1, Math.round(contents.keys() * changed / 100));
      for (long i = 0; i < count; i++) {
        int number = random.nextInt(contents.keys());
        contents.changed().set(number);
        state.write(number);
      }
      return checkpoint(fixture, state, "incremental", 2);
    }
  }

  private KeyedStateFixture<Long> open(KeyGroupRange range, List<KeyedStateHandle> handles)
      throws Exception {
    return new KeyedStateFixture<>(
        configuration, LongSerializer.INSTANCE, memory, target, range, handles);
  }

  private KeyedStateHandle checkpoint(
      KeyedStateFixture<Long> fixture, CheckedState state, String group, long id) throws Exception {
    Requests before = Requests.of(fixture);
    long start = System.nanoTime();
    RunnableFuture<SnapshotResult<KeyedStateHandle>> asynchronous = fixture.snapshot(id);
    long synchronous = System.nanoTime();
    Latencies gets = new Latencies();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    long end;
    try {
      Future<Long> done =
          thread.submit(
              () -> {
                asynchronous.run();
                return System.nanoTime();
              });
      SplittableRandom random = new SplittableRandom(SEED);
      while (!done.isDone()) {
        int number = random.nextInt(contents.keys());
        long from = System.nanoTime();
        state.read(number);
        gets.add(System.nanoTime() - from);
      }
      end = done.get();
    } finally {
      thread.shutdownNow();
    }
    KeyedStateHandle handle = acknowledge(fixture, asynchronous.get(), id);
    sink.add(group, "synchronous part", Unit.MILLIS, (synchronous - start) / 1e6);
    sink.add(group, "asynchronous part", Unit.MILLIS, (end - synchronous) / 1e6);
    sink.add(group, "uploaded", Unit.BYTES, (double) handle.getCheckpointedSize());
    sink.add(group, "gets during the asynchronous part", Unit.COUNT, gets.count());
    if (gets.count() > 0) {
      sink.add(group, "median of such gets", Unit.MICROS, gets.percentileMicros(0.5));
      sink.add(group, "99th percentile of such gets", Unit.MICROS, gets.percentileMicros(SLOW));
      sink.add(group, "longest of such gets", Unit.MICROS, gets.percentileMicros(1));
    }
    Requests.of(fixture)
        .since(before)
        .forEach((kind, calls) -> sink.add(group, "requests: " + kind, Unit.COUNT, (double) calls));
    return handle;
  }

  /** What the acknowledgement to the JobManager does: serialise, and register shared files. */
  private KeyedStateHandle acknowledge(
      KeyedStateFixture<Long> fixture, SnapshotResult<KeyedStateHandle> result, long id)
      throws Exception {
    KeyedStateHandle handle = result.getJobManagerOwnedSnapshot();
    if (handle == null) {
      throw new IllegalStateException(peer.label() + " gave an empty checkpoint");
    }
    KeyedStateHandle acknowledged = InstantiationUtil.clone(handle);
    acknowledged.registerSharedStates(registry, id);
    fixture.complete(id);
    return acknowledged;
  }

  /** Opens state from handles and checks all of it; the caller closes it. */
  private KeyedStateFixture<Long> restore(
      String group, KeyGroupRange range, List<KeyedStateHandle> handles) throws Exception {
    int any = 0;
    while (!CheckedState.isIn(range, any)) {
      any++;
    }
    long start = System.nanoTime();
    KeyedStateFixture<Long> fixture = open(range, handles);
    try {
      double opened = (System.nanoTime() - start) / 1e6;
      CheckedState state = new CheckedState(fixture, contents);
      state.read(any);
      double first = (System.nanoTime() - start) / 1e6;
      Requests before = Requests.of(fixture);
      int verified = state.verify(range);
      double all = (System.nanoTime() - start) / 1e6;
      sink.add(group, "open", Unit.MILLIS, opened);
      sink.add(group, "until the first get", Unit.MILLIS, first);
      sink.add(group, "until all keys are read", Unit.MILLIS, all);
      sink.add(group, "keys verified", Unit.CHECKSUM, verified);
      if (range.equals(ALL)) {
        perMillion("gets after " + group, before, Requests.of(fixture), verified);
      }
      return fixture;
    } catch (Exception | Error e) {
      fixture.close();
      throw e;
    }
  }

  private void perMillion(String what, Requests before, Requests after, long operations) {
    for (Map.Entry<String, Long> each : after.since(before).entrySet()) {
      sink.add(
          "requests for a million",
          what + ": " + each.getKey(),
          Unit.COUNT,
          each.getValue() * 1e6 / operations);
    }
  }
}
