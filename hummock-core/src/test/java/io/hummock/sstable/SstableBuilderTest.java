package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.testing.FaultyObjectStore;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A builder leaves both objects or none, whatever fails and whoever runs its puts. */
class SstableBuilderTest {
  private static final SstableOptions OPTIONS = new SstableOptions(256, 4, 10, true);
  private static final UUID ID = new UUID(1, 2);

  @ParameterizedTest
  @EnumSource(FaultyObjectStore.Mode.class)
  void leavesNothingWhicheverCallFails(FaultyObjectStore.Mode mode) throws IOException {
    long calls = Long.MAX_VALUE;
    for (long n = 1; n <= calls; n++) {
      InMemoryObjectStore objects = new InMemoryObjectStore();
      FaultyObjectStore faulty = new FaultyObjectStore(objects, new NoWaiting());
      if (n > 1) {
        faulty.failCall(n - 1, mode);
      }
      boolean failed = false;
      try (SstableBuilder builder = builder(faulty, Runnable::run)) {
        addKeys(builder, 100);
        builder.finish();
      } catch (IOException e) {
        failed = true;
      }
      assertThat(failed).as("call %d", n - 1).isEqualTo(n > 1);
      assertThat(objects.list("")).hasSize(failed ? 0 : 2);
      calls = n == 1 ? faulty.calls() + 1 : calls;
    }
    assertThat(calls).isGreaterThan(10);
  }

  @Test
  void leavesNothingWhenItIsNotFinished() throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    try (SstableBuilder builder = builder(objects, Runnable::run)) {
      addKeys(builder, 1000);
    }
    assertThat(objects.list("")).isEmpty();
  }

  @Test
  void finishesWhateverTheExecutorDoes() throws IOException {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    Executor refuses =
        task -> {
          throw new RejectedExecutionException("full");
        };
    try {
      for (Executor puts : List.<Executor>of(Runnable::run, task -> {}, refuses, pool)) {
        InMemoryObjectStore objects = new InMemoryObjectStore();
        try (SstableBuilder builder = builder(objects, puts)) {
          addKeys(builder, 100);
          builder.finish();
        }
        assertThat(objects.list("")).containsExactly("t.meta", "t.sst");
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void doesNotFinishATableOfNothing() throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    try (SstableBuilder builder = builder(objects, Runnable::run)) {
      assertThatThrownBy(builder::finish).isInstanceOf(IllegalStateException.class);
    }
    assertThat(objects.list("")).isEmpty();
  }

  @Test
  void refusesKeysThatAreOutOfOrder() throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    try (SstableBuilder builder = builder(objects, Runnable::run)) {
      builder.add(key(2), 5, 10, ValueKind.PUT, Slice.EMPTY);
      assertThatThrownBy(() -> builder.add(key(1), 5, 10, ValueKind.PUT, Slice.EMPTY))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> builder.add(key(2), 6, 10, ValueKind.PUT, Slice.EMPTY))
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void aTableOfManyGroupsIsReadPieceByPiece() throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    SstableOptions options = new SstableOptions(4096, 16, 20, false);
    int count = 300_000;
    SstableInfo info;
    try (SstableBuilder builder =
        new SstableBuilder(options, objects, ID, "t.sst", "t.meta", Runnable::run)) {
      addKeys(builder, count);
      assertThat(builder.dataBytes()).isGreaterThan(2_000_000);
      info = builder.finish();
    }
    assertThat(info.metaBytes()).isGreaterThan(2 * (256 << 10));
    TestTables tables = new TestTables(objects, 2 << 20, HummockMetrics.NONE);
    try (Sstable table = tables.open(info, "t.sst", "t.meta")) {
      ValueLookup lookup = new ValueLookup();
      for (int i = 0; i < count; i += 1000) {
        lookup.reset();
        table.get(key(i), Hash.hash64(key(i)), lookup);
        assertThat(lookup.isFound()).isTrue();
        Slice absent = KeySpace.of(key(i)).key(Slice.utf8("absent"));
        lookup.reset();
        table.get(absent, Hash.hash64(absent), lookup);
        assertThat(lookup.isFound()).isFalse();
      }
      for (Direction direction : Direction.values()) {
        int met = 0;
        try (HummockIterator iterator = table.iterator(direction, new PartitionRange(0, 3))) {
          for (iterator.rewind(); iterator.isValid(); iterator.next()) {
            met++;
          }
        }
        assertThat(met).isEqualTo(4 << 12);
      }
      int met = 0;
      try (HummockIterator iterator = table.compactionIterator(PartitionRange.ALL)) {
        for (iterator.rewind(); iterator.isValid(); iterator.next()) {
          met++;
        }
      }
      assertThat(met).isEqualTo(count);
      assertThat(tables.cache.bytes()).isLessThanOrEqualTo(2 << 20);
    }
    assertThat(tables.pages.used()).isZero();
  }

  @Test
  void descriptionsAreReadAsTheyWereWritten() throws IOException {
    SstableInfo info;
    try (SstableBuilder builder = builder(new InMemoryObjectStore(), Runnable::run)) {
      addKeys(builder, 100);
      info = builder.finish();
    }
    SliceBuilder bytes = new SliceBuilder();
    info.encode(bytes);
    assertThat(SstableInfo.decode(new SliceReader(bytes.slice(), "manifest", 0), true))
        .isEqualTo(info);
    for (int length = 0; length < bytes.length(); length++) {
      SliceReader cut = new SliceReader(bytes.slice().slice(0, length), "manifest", 0);
      assertThatThrownBy(() -> SstableInfo.decode(cut, true))
          .isInstanceOf(CorruptionException.class);
    }
  }

  private static SstableBuilder builder(ObjectStore objects, Executor puts) throws IOException {
    return new SstableBuilder(OPTIONS, objects, ID, "t.sst", "t.meta", puts);
  }

  private static void addKeys(SstableBuilder builder, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Slice key = key(i);
      builder.add(key, 5, key.length(), ValueKind.PUT, Slice.EMPTY);
    }
  }

  private static Slice key(int number) {
    return new KeySpace(number >>> 12, 1).key(Slice.utf8("%08d".formatted(number)));
  }

  /** A clock on which waiting takes no time. */
  private static final class NoWaiting implements Clock {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public void sleep(long nanos) {}
  }
}
