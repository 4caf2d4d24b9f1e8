package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.testing.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One writer, background threads, and readers of every kind, all at once. */
class StoreConcurrencyTest {
  private static final int KEYS = 200;
  private static final int ROUNDS = 300;

  /* Every value is its key's round, many times over: a torn or an old one shows. */

  private final HeapPageAllocator pages = new HeapPageAllocator(1 << 20);
  private final AtomicInteger finished = new AtomicInteger();

  private static Slice key(int number) {
    return new KeySpace(number % 4, 1).key(Slice.of(ByteBuffer.allocate(4).putInt(number).array()));
  }

  private static Slice value(int round, int length) {
    ByteBuffer value = ByteBuffer.allocate(4 * length);
    for (int i = 0; i < length; i++) {
      value.putInt(round);
    }
    return Slice.of(value.array());
  }

  private static int round(Slice value) {
    ByteBuffer bytes = ByteBuffer.wrap(value.array(), value.offset(), value.length());
    int round = bytes.getInt();
    while (bytes.hasRemaining()) {
      assertThat(bytes.getInt()).as("a torn value").isEqualTo(round);
    }
    return round;
  }

  @Test
  void readersNeverSeeATornOrAnOldValue() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    ExecutorService background = Executors.newFixedThreadPool(2);
    InMemoryObjectStore objects = new InMemoryObjectStore();
    SplittableRandom random = new SplittableRandom(Seeds.base());
    HummockOptions options =
        new HummockOptions(
            16 << 10, 2, 512, 16 << 10, 2, 8, 12, 32 << 10, 4, 4, 10, 1, 128 << 10, 96 << 10);
    HummockEnvironment environment =
        new HummockEnvironment(
            objects,
            "store",
            pages,
            BackgroundExecutor.of(background),
            BackgroundExecutor.of(background),
            Clock.SYSTEM,
            random.split(),
            HummockMetrics.NONE,
            CompactionFilter.NONE);
    try (HummockStore store = HummockStore.open(options, environment)) {
      List<Future<@Nullable Void>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        SplittableRandom own = random.split();
        readers.add(threads.submit(() -> lookUp(store, own)));
      }
      readers.add(threads.submit(() -> scan(store, Direction.FORWARD)));
      readers.add(threads.submit(() -> scan(store, Direction.BACKWARD)));
      try {
        write(store, random.split());
      } finally {
        finished.set(Integer.MAX_VALUE);
      }
      for (Future<@Nullable Void> reader : readers) {
        reader.get();
      }
    } finally {
      threads.shutdown();
      background.shutdown();
    }
    assertThat(pages.used()).isZero();
    assertThat(objects.list("")).isEmpty();
  }

  private void write(HummockStore store, SplittableRandom random) throws Exception {
    ValueLookup lookup = new ValueLookup();
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      for (int i = 0; i < KEYS; i++) {
        store.put(key(i), 10 + 4, value(round, random.nextInt(1, 40)));
      }
      finished.set(round);
      for (int i = 0; i < 20; i++) {
        assertThat(store.get(key(random.nextInt(KEYS)), lookup)).isTrue();
        assertThat(round(lookup.value())).isEqualTo(round);
      }
      if (round % 10 == 0) {
        Sharing sharing = round % 20 == 0 ? Sharing.FORWARD : Sharing.FORWARD_BACKWARD;
        checkpoints.add(store.checkpoint(round, sharing).complete());
        if (checkpoints.size() > 2) {
          checkpoints.remove(0).close();
        }
      }
    }
    checkpoints.forEach(Checkpoint::close);
  }

  private @Nullable Void lookUp(HummockStore store, SplittableRandom random) throws Exception {
    ValueLookup lookup = new ValueLookup();
    int round = 0;
    while (round < ROUNDS) {
      round = Math.min(finished.get(), ROUNDS);
      if (store.get(key(random.nextInt(KEYS)), lookup)) {
        assertThat(round(lookup.value())).isGreaterThanOrEqualTo(round);
      } else {
        assertThat(round).isZero();
      }
    }
    return null;
  }

  private @Nullable Void scan(HummockStore store, Direction direction) throws Exception {
    int round = 0;
    while (round < ROUNDS) {
      round = Math.min(finished.get(), ROUNDS);
      int count = 0;
      try (UserIterator all = store.scan(Slice.EMPTY, null, direction)) {
        for (all.rewind(); all.isValid(); all.next()) {
          assertThat(round(all.value())).isGreaterThanOrEqualTo(round);
          count++;
        }
      }
      assertThat(count).isGreaterThanOrEqualTo(round == 0 ? 0 : KEYS);
    }
    return null;
  }
}
