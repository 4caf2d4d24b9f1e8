package io.hummock.flink.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.RestoredCheckpoint;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.jspecify.annotations.Nullable;

/** One run of {@link TimerModelTest}. */
final class TimerModelRun implements Closeable {
  /** A timer, ordered by time first. */
  private record Timer(long timestamp, String key) implements Comparable<Timer> {
    private static final Comparator<Timer> ORDER =
        Comparator.comparingLong(Timer::timestamp).thenComparing(Timer::key);

    @Override
    public int compareTo(Timer other) {
      return ORDER.compare(this, other);
    }

    TimerHeapInternalTimer<String, VoidNamespace> toFlink() {
      return TimerTrees.timer(timestamp, key);
    }

    static Timer of(TimerHeapInternalTimer<String, VoidNamespace> timer) {
      return new Timer(timer.getTimestamp(), timer.getKey());
    }
  }

  private record Kept(List<RestoredCheckpoint> parts, List<TreeSet<Timer>> models) {}

  private final SplittableRandom random;
  private final TimerTrees trees;
  private final int keys;
  private final int times;
  private List<TreeSet<Timer>> models = new ArrayList<>();
  private final List<Kept> kept = new ArrayList<>();

  /** What is more likely now, additions or polls. */
  private boolean grows = true;

  private int fullAt;

  TimerModelRun(long seed) throws IOException {
    random = new SplittableRandom(seed);
    keys = random.nextBoolean() ? 10 : 500;
    times = random.nextBoolean() ? 5 : 10_000;
    fullAt = 50 << random.nextInt(6);
    trees =
        new TimerTrees(
            random.nextLong(),
            random.nextBoolean() ? 1 : 1 << (10 + random.nextInt(8)),
            new HummockOptions(
                4 << 10 << random.nextInt(3),
                2,
                1 << 10,
                32 << 10,
                2,
                8,
                16,
                64 << 10,
                4,
                5,
                10,
                2,
                1 << 20,
                random.nextBoolean() ? 0 : 1 << 18),
            1 + random.nextInt(3));
    for (int queue = 0; queue < TimerTrees.QUEUES; queue++) {
      models.add(new TreeSet<>());
    }
  }

  void run(int operations) throws IOException {
    for (int i = 0; i < operations; i++) {
      step();
    }
    for (int queue = 0; queue < TimerTrees.QUEUES; queue++) {
      checkAll(queue);
      for (TimerTrees.Subtask subtask : trees.subtasks()) {
        while (!subtask.queue(queue).isEmpty()) {
          poll(subtask, queue);
        }
      }
      assertThat(models.get(queue)).isEmpty();
    }
  }

  private void step() throws IOException {
    int queue = random.nextInt(8) == 0 ? 1 : 0;
    int size = models.get(queue).size();
    grows = size == 0 || (grows ? size < fullAt : size < fullAt / 8);
    int dice = random.nextInt(1000);
    if (dice < (grows ? 550 : 150)) {
      add(queue, random.nextInt(4) == 0 ? someTimer(queue) : randomTimer());
    } else if (dice < 800) {
      poll(randomSubtask(), queue);
    } else if (dice < 950) {
      remove(queue, someTimer(queue));
    } else if (dice < 970) {
      checkHead(randomSubtask(), queue);
    } else if (dice < 980) {
      TimerTrees.Subtask subtask = randomSubtask();
      assertThat(subtask.queue(queue).size()).isEqualTo(count(subtask, queue));
    } else if (dice < 984) {
      checkAll(queue);
    } else if (dice < 988) {
      randomSubtask().store.flush();
    } else if (dice < 990) {
      randomSubtask().store.compact();
    } else if (dice < 994) {
      List<TreeSet<Timer>> copies = new ArrayList<>();
      models.forEach(model -> copies.add(new TreeSet<>(model)));
      kept.add(new Kept(trees.checkpoint(), copies));
    } else if (dice < 996 && !kept.isEmpty()) {
      Kept from = kept.get(random.nextInt(kept.size()));
      models = new ArrayList<>();
      from.models.forEach(model -> models.add(new TreeSet<>(model)));
      trees.restore(1 + random.nextInt(4), from.parts);
    }
  }

  private Timer randomTimer() {
    return new Timer(random.nextInt(times) - times / 4, "key" + random.nextInt(keys));
  }

  private Timer someTimer(int queue) {
    Timer timer = randomTimer();
    Timer there = random.nextInt(4) > 0 ? models.get(queue).ceiling(timer) : null;
    return there == null ? timer : there;
  }

  private TimerTrees.Subtask randomSubtask() {
    return trees.subtasks().get(random.nextInt(trees.subtasks().size()));
  }

  private int count(TimerTrees.Subtask subtask, int queue) {
    return (int) models.get(queue).stream().filter(timer -> subtask.owns(timer.key)).count();
  }

  private void add(int queue, Timer timer) {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> subject =
        trees.owner(timer.key).queue(queue);
    TimerHeapInternalTimer<String, VoidNamespace> before = subject.peek();
    boolean isNew = models.get(queue).add(timer);
    if (subject.add(timer.toFlink())) {
      assertThat(isNew).isTrue();
      assertThat(subject.peek()).isEqualTo(timer.toFlink());
    } else {
      assertThat(subject.peek()).isEqualTo(before);
    }
  }

  private void remove(int queue, Timer timer) {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> subject =
        trees.owner(timer.key).queue(queue);
    TimerHeapInternalTimer<String, VoidNamespace> before = subject.peek();
    models.get(queue).remove(timer);
    assertThat(subject.remove(timer.toFlink())).isEqualTo(timer.toFlink().equals(before));
  }

  /** The first timer that a subtask has. */
  private @Nullable Timer first(TimerTrees.Subtask subtask, int queue) {
    for (Timer timer : models.get(queue)) {
      if (subtask.owns(timer.key)) {
        return timer;
      }
    }
    return null;
  }

  private void poll(TimerTrees.Subtask subtask, int queue) {
    Timer first = first(subtask, queue);
    TimerHeapInternalTimer<String, VoidNamespace> polled = subtask.queue(queue).poll();
    if (first == null) {
      assertThat(polled).isNull();
    } else {
      assertThat(polled).isNotNull();
      assertThat(polled.getTimestamp()).isEqualTo(first.timestamp);
      assertThat(models.get(queue).remove(Timer.of(polled))).isTrue();
    }
  }

  private void checkHead(TimerTrees.Subtask subtask, int queue) {
    Timer first = first(subtask, queue);
    assertThat(subtask.queue(queue).isEmpty()).isEqualTo(first == null);
    TimerHeapInternalTimer<String, VoidNamespace> head = subtask.queue(queue).peek();
    if (first == null) {
      assertThat(head).isNull();
    } else {
      assertThat(head).isNotNull();
      assertThat(head.getTimestamp()).isEqualTo(first.timestamp);
      assertThat(models.get(queue)).contains(Timer.of(head));
    }
  }

  private void checkAll(int queue) {
    Set<Timer> found = new HashSet<>();
    for (TimerTrees.Subtask subtask : trees.subtasks()) {
      subtask
          .queue(queue)
          .iterator()
          .forEachRemaining(timer -> assertThat(found.add(Timer.of(timer))).isTrue());
    }
    assertThat(found).isEqualTo(new HashSet<>(models.get(queue)));
  }

  @Override
  public void close() throws IOException {
    trees.close();
  }
}
