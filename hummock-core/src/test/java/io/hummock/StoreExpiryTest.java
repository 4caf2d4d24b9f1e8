package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.testing.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of values that expire by a clock when nobody writes any more. */
class StoreExpiryTest {
  private static final int ENTRIES = 4_000;
  private static final Slice PAYLOAD = Slice.of(new byte[100]);

  private final StoreFixture fixture = new StoreFixture();
  private final ExpiryFilter filter = new ExpiryFilter(fixture.clock());

  /** Values begin with the time of their expiry; 0 for never. */
  private static final class ExpiryFilter implements CompactionFilter {
    private final ManualClock clock;
    private boolean knows = true;

    ExpiryFilter(ManualClock clock) {
      this.clock = clock;
    }

    @Override
    public @Nullable Slice filter(Slice key, Slice value) {
      return knows && expiry(key, value) <= now() ? null : value;
    }

    @Override
    public @Nullable Slice filterOperand(Slice key, Slice operand) {
      return filter(key, operand);
    }

    @Override
    public long expiry(Slice key, Slice value) {
      try {
        long time = new SliceReader(value, "value", 0).readLong();
        return knows ? time == 0 ? NEVER : time : UNKNOWN;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public long now() {
      return knows ? clock.nanoTime() : UNKNOWN;
    }
  }

  private static Slice key(int number) {
    return new KeySpace(number / 1_000, 5).key(Slice.utf8("key %06d".formatted(number)));
  }

  private static Slice value(long expiry) {
    return new SliceBuilder().writeLong(expiry).write(PAYLOAD).slice();
  }

  /** One of 20 for ever, the others until some time. */
  private static void fill(HummockStore store, long expiry) throws IOException {
    for (int i = 0; i < ENTRIES; i++) {
      store.put(key(i), key(i).length(), value(i % 20 == 0 ? 0 : expiry));
    }
    store.flush();
  }

  private static long bytes(HummockStore store) {
    return store.statistics().levels().stream().mapToLong(level -> level.bytes()).sum();
  }

  private static void assertThatOnlyTheEternalAreLeft(HummockStore store) throws IOException {
    ValueLookup lookup = new ValueLookup();
    for (int i = 0; i < ENTRIES; i++) {
      assertThat(store.get(key(i), lookup)).isEqualTo(i % 20 == 0);
    }
  }

  private static List<RestoredCheckpoint> checkpoint(HummockStore store) throws IOException {
    List<RestoredCheckpoint> restored = new ArrayList<>();
    try (Checkpoint checkpoint = store.checkpoint(1, Sharing.FORWARD_BACKWARD).complete()) {
      restored.add(StoreTest.handedOver(checkpoint));
    }
    return restored;
  }

  @Test
  void tablesThatHaveExpiredGoAtTheNextCheckpointWithoutAWrite() throws IOException {
    try (HummockStore store = fixture.open(filter)) {
      long expiry = fixture.clock().nanoTime() + 1_000;
      fill(store, expiry);
      fill(store, expiry);
      long full = bytes(store);
      fixture.clock().advance(999);
      checkpoint(store);
      assertThat(bytes(store)).isEqualTo(full);
      // The histogram's buckets are not exact.
      fixture.clock().advance(100);
      checkpoint(store);
      assertThat(bytes(store)).isLessThan(full / 10);
      assertThatOnlyTheEternalAreLeft(store);
      long rewritten = store.statistics().compactedBytesWritten();
      checkpoint(store);
      assertThat(store.statistics().compactedBytesWritten()).as("done once").isEqualTo(rewritten);
    }
  }

  @Test
  void aRestoredTreeKnowsWhenItsTablesExpire() throws IOException {
    List<RestoredCheckpoint> checkpoints;
    try (HummockStore store = fixture.open(filter)) {
      fill(store, fixture.clock().nanoTime() + 1_000);
      store.compact();
      checkpoints = checkpoint(store);
    }
    fixture.clock().advance(2_000);
    // As in Flink: the states, and with them what expires, are registered after the restore.
    filter.knows = false;
    try (HummockStore store = fixture.restore(checkpoints, PartitionRange.ALL, filter)) {
      long full = bytes(store);
      checkpoint(store);
      assertThat(bytes(store)).isEqualTo(full);
      filter.knows = true;
      checkpoint(store);
      assertThat(bytes(store)).isLessThan(full / 10);
      assertThatOnlyTheEternalAreLeft(store);
    }
  }

  @Test
  void whatIsCompactedBeforeTheFilterKnowsItExpiresNonetheless() throws IOException {
    try (HummockStore store = fixture.open(filter)) {
      fill(store, fixture.clock().nanoTime() + 1_000);
      filter.knows = false;
      store.compact();
      long full = bytes(store);
      filter.knows = true;
      fixture.clock().advance(2_000);
      checkpoint(store);
      assertThat(bytes(store)).isLessThan(full / 10);
      assertThatOnlyTheEternalAreLeft(store);
    }
  }

  @Test
  void whatNobodyKnowsAnyMoreIsRewrittenOnceAndKept() throws IOException {
    List<RestoredCheckpoint> checkpoints;
    try (HummockStore store = fixture.open(filter)) {
      fill(store, fixture.clock().nanoTime() + 1_000);
      store.compact();
      checkpoints = checkpoint(store);
    }
    fixture.clock().advance(2_000);
    CompactionFilter stranger =
        new CompactionFilter() {
          @Override
          public Slice filter(Slice key, Slice value) {
            return value;
          }

          @Override
          public long expiry(Slice key, Slice value) {
            return UNKNOWN;
          }

          @Override
          public long now() {
            return fixture.clock().nanoTime();
          }
        };
    try (HummockStore store = fixture.restore(checkpoints, PartitionRange.ALL, stranger)) {
      checkpoint(store);
      long rewritten = store.statistics().compactedBytesWritten();
      checkpoint(store);
      assertThat(store.statistics().compactedBytesWritten()).isEqualTo(rewritten);
      assertThat(store.statistics().entries()).isEqualTo(ENTRIES);
    }
  }

  @Test
  void anOperandThatHasExpiredGoesAndHidesNothing() throws IOException {
    long expiry = fixture.clock().nanoTime() + 1_000;
    try (HummockStore store = fixture.open(filter)) {
      store.put(key(1), key(1).length(), value(0));
      store.compact();
      store.append(key(1), key(1).length(), value(expiry));
      store.append(key(2), key(2).length(), value(expiry));
      fixture.clock().advance(2_000);
      store.flush();
      assertThat(store.statistics().entries()).isEqualTo(1);
      ValueLookup lookup = new ValueLookup();
      assertThat(store.get(key(1), lookup)).isTrue();
      assertThat(lookup.value()).isEqualTo(value(0));
      assertThat(store.get(key(2), lookup)).isFalse();
    }
  }

  @Test
  void whatExpiresAboveOlderValuesKeepsHidingThem() throws IOException {
    long expiry = fixture.clock().nanoTime() + 1_000;
    try (HummockStore store = fixture.open(filter)) {
      fill(store, 0);
      store.compact();
      fill(store, expiry);
      fixture.clock().advance(2_000);
      checkpoint(store);
      assertThatOnlyTheEternalAreLeft(store);
      store.compact();
      assertThatOnlyTheEternalAreLeft(store);
      assertThat(store.statistics().entries()).isEqualTo(ENTRIES / 20);
    }
  }
}
