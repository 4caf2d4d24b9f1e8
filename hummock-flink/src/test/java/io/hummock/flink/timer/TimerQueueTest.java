package io.hummock.flink.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.testing.Seeds;
import io.hummock.testing.StoresInMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.flink.api.common.typeutils.base.LongValueSerializer;
import org.apache.flink.runtime.state.InternalPriorityQueue;
import org.apache.flink.runtime.state.InternalPriorityQueueTestBase;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.types.LongValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flink's contract of a priority queue, on the queue that the keyed backend hands out. */
class TimerQueueTest extends InternalPriorityQueueTestBase {
  private HummockStore store = open();

  /** What the caches of all key groups may take. */
  long cacheBytes() {
    return 16 << 20;
  }

  @BeforeEach
  void openStore() throws IOException {
    store.close();
    store = open();
  }

  @AfterEach
  void closeStore() throws IOException {
    store.close();
  }

  private static HummockStore open() {
    try {
      return StoresInMemory.open(
          new HummockOptions(
              16 << 10, 2, 1 << 10, 32 << 10, 2, 8, 16, 64 << 10, 4, 5, 10, 2, 1 << 20, 0),
          64 << 20);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected InternalPriorityQueue<TestElement> newPriorityQueue(int initialCapacity) {
    return queue();
  }

  private KeyGroupedInternalPriorityQueue<TestElement> queue() {
    return new HummockPriorityQueueFactory(
            store,
            new RegisteredStates(),
            KEY_GROUP_RANGE,
            KEY_GROUP_RANGE.getNumberOfKeyGroups(),
            cacheBytes())
        .create("timers", TestElementSerializer.INSTANCE);
  }

  @Override
  protected boolean testSetSemanticsAgainstDuplicateElements() {
    return true;
  }

  @Test
  void answersLikeASortedSet() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int run = 0; run < 20; run++) {
      KeyGroupedInternalPriorityQueue<TestElement> queue = queue();
      TreeSet<TestElement> model = new TreeSet<>(TEST_ELEMENT_COMPARATOR);
      for (int i = 0; i < 2_000; i++) {
        TestElement element = new TestElement(random.nextInt(40), random.nextInt(30));
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> {
            queue.add(element);
            model.add(element);
          }
          case 3, 4 -> {
            queue.remove(element);
            model.remove(element);
          }
          case 5 -> {
            TestElement polled = queue.poll();
            assertThat(model.isEmpty()).isEqualTo(polled == null);
            if (polled != null) {
              assertThat(polled.getPriority()).isEqualTo(model.first().getPriority());
              assertThat(model.remove(polled)).isTrue();
            }
          }
          case 6 -> assertThat(queue.size()).isEqualTo(model.size());
          default -> queue = queue();
        }
        TestElement head = queue.peek();
        assertThat(head == null).isEqualTo(model.isEmpty());
        if (head != null) {
          assertThat(head.getPriority()).isEqualTo(model.first().getPriority());
        }
        assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
      }
      assertThat(elements(queue)).isEqualTo(new HashSet<>(model));
      while (queue.poll() != null) {
        // Empties the tree for the next run.
      }
    }
  }

  /** SQL operators register timers with a key that they fill anew for each row. */
  @Test
  void keyMayBeReusedOnceItsTimerIsAdded() {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<LongValue, VoidNamespace>> timers =
        new HummockPriorityQueueFactory(
                store,
                new RegisteredStates(),
                KEY_GROUP_RANGE,
                KEY_GROUP_RANGE.getNumberOfKeyGroups(),
                cacheBytes())
            .create(
                "reused",
                new TimerSerializer<>(
                    LongValueSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE));
    LongValue key = new LongValue();
    for (long number = 1; number <= 10; number++) {
      key.setValue(number);
      timers.add(new TimerHeapInternalTimer<>(100 - number, key, VoidNamespace.INSTANCE));
    }
    key.setValue(0);

    for (long number = 10; number >= 1; number--) {
      assertThat(timers.peek().getKey().getValue()).isEqualTo(number);
      assertThat(timers.poll().getKey().getValue()).isEqualTo(number);
    }
  }

  private static Set<TestElement> elements(KeyGroupedInternalPriorityQueue<TestElement> queue) {
    Set<TestElement> found = new HashSet<>();
    for (int keyGroup : KEY_GROUP_RANGE) {
      Collection<TestElement> ofKeyGroup = queue.getSubsetForKeyGroup(keyGroup);
      found.addAll(ofKeyGroup);
    }
    return found;
  }
}
