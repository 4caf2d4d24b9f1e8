package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.CompactionFilters;
import io.hummock.flink.encoding.StateKind;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.ttl.TtlStateFactory.TtlSerializer;
import org.apache.flink.runtime.state.ttl.TtlValue;
import org.junit.jupiter.api.Test;

class TtlCompactionFilterTest {
  private static final long TTL = 100;
  private static final Slice KEY = Slice.utf8("key");
  private static final TtlSerializer<String> VALUES =
      new TtlSerializer<>(LongSerializer.INSTANCE, StringSerializer.INSTANCE);

  private long now;

  private CompactionFilter filter(StateKind kind, TypeSerializer<?> serializer) {
    return filter(kind, serializer, StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).build());
  }

  private TtlCompactionFilter filter(
      StateKind kind, TypeSerializer<?> serializer, StateTtlConfig config) {
    return new TtlCompactionFilter(
        kind, serializer, config, () -> now, getClass().getClassLoader());
  }

  private static void write(DataOutputSerializer out, String value, long lastAccess)
      throws IOException {
    VALUES.serialize(new TtlValue<>(value, lastAccess), out);
  }

  @Test
  void valueIsDroppedWhenItsTimeIsOver() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    write(out, "value", 1_000);
    Slice value = Slice.of(out.getCopyOfBuffer());
    CompactionFilter filter = filter(StateKind.VALUE, VALUES);
    now = 1_099;
    assertThat(filter.filter(KEY, value)).isSameAs(value);
    now = 1_100;
    assertThat(filter.filter(KEY, value)).isNull();
  }

  @Test
  void valueOfAMapStandsBehindItsNullFlag() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    out.writeBoolean(false);
    write(out, "value", 1_000);
    Slice value = Slice.of(out.getCopyOfBuffer());
    CompactionFilter filter =
        filter(StateKind.MAP, new MapSerializer<>(StringSerializer.INSTANCE, VALUES));
    now = 1_099;
    assertThat(filter.filter(KEY, value)).isSameAs(value);
    now = 1_100;
    assertThat(filter.filter(KEY, value)).isNull();
    assertThat(filter.filter(KEY, Slice.of(new byte[] {1})))
        .as("what RocksDB writes into a savepoint when the value has expired")
        .isNull();
  }

  @Test
  void listLosesItsExpiredHead() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    int[] ends = new int[3];
    for (int i = 0; i < 3; i++) {
      write(out, "e,".repeat(i), 1_000 + 10 * i);
      out.write(',');
      ends[i] = out.length();
    }
    Slice value = Slice.of(out.getCopyOfBuffer());
    CompactionFilter filter = filter(StateKind.LIST, new ListSerializer<>(VALUES));
    now = 1_099;
    assertThat(filter.filter(KEY, value)).isSameAs(value);
    now = 1_100;
    assertThat(filter.filter(KEY, value)).isEqualTo(value.from(ends[0]));
    now = 1_119;
    Slice rest = Objects.requireNonNull(filter.filter(KEY, value));
    assertThat(rest).isEqualTo(value.from(ends[1]));
    assertThat(filter.filter(KEY, rest)).isEqualTo(rest);
    now = 1_120;
    assertThat(filter.filter(KEY, value)).isNull();
  }

  @Test
  void elementsOfFixedLengthAreFoundWithoutBeingRead() throws IOException {
    TtlSerializer<Long> longs =
        new TtlSerializer<>(LongSerializer.INSTANCE, LongSerializer.INSTANCE);
    assertThat(longs.getLength()).isEqualTo(16);
    DataOutputSerializer out = new DataOutputSerializer(16);
    for (int i = 0; i < 3; i++) {
      longs.serialize(new TtlValue<>(-1L, 1_000 + 10L * i), out);
      out.write(',');
    }
    Slice value = Slice.of(out.getCopyOfBuffer());
    CompactionFilter filter = filter(StateKind.LIST, new ListSerializer<>(longs));
    now = 1_099;
    assertThat(filter.filter(KEY, value)).isSameAs(value);
    now = 1_115;
    assertThat(filter.filter(KEY, value)).isEqualTo(value.from(34));
    assertThat(filter.filterOperand(KEY, value)).isEqualTo(value.from(34));
    assertThat(filter.expiry(KEY, value.from(34))).isEqualTo(1_120);
    now = 1_120;
    assertThat(filter.filter(KEY, value)).isNull();
    assertThat(filter.filterOperand(KEY, value)).isNull();
  }

  @Test
  void onlyOperandsOfListsAreLookedInto() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    write(out, "value", 1_000);
    Slice value = Slice.of(out.getCopyOfBuffer());
    now = 5_000;
    assertThat(filter(StateKind.VALUE, VALUES).filterOperand(KEY, value)).isSameAs(value);
  }

  @Test
  void theTimeIsAskedForAtTheBeginningAndThenAfterAsManyEntriesAsConfigured() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    write(out, "value", 1_000);
    Slice value = Slice.of(out.getCopyOfBuffer());
    StateTtlConfig config =
        StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).cleanupInRocksdbCompactFilter(3).build();
    CompactionFilter opened = filter(StateKind.VALUE, VALUES, config).open();
    now = 1_099;
    assertThat(opened.filter(KEY, value)).isSameAs(value);
    now = 1_100;
    assertThat(opened.filter(KEY, value)).isSameAs(value);
    assertThat(opened.filter(KEY, value)).isSameAs(value);
    assertThat(opened.filter(KEY, value)).isNull();
    assertThat(filter(StateKind.VALUE, VALUES, config).open().filter(KEY, value)).isNull();
  }

  @Test
  void timeToLiveWithoutEndDoesNotOverflow() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    write(out, "value", 1_000);
    Slice value = Slice.of(out.getCopyOfBuffer());
    CompactionFilter filter =
        filter(
            StateKind.VALUE,
            VALUES,
            StateTtlConfig.newBuilder(Duration.ofMillis(Long.MAX_VALUE)).build());
    now = Long.MAX_VALUE - 1;
    assertThat(filter.filter(KEY, value)).isSameAs(value);
  }

  @Test
  void eachStateHasItsOwnFilter() {
    CompactionFilters filters = new CompactionFilters(() -> now);
    now = 77;
    assertThat(filters.now()).as("before anything can expire").isEqualTo(CompactionFilter.UNKNOWN);
    filters.register(5, CompactionFilter.NONE);
    assertThat(filters.now()).isEqualTo(CompactionFilter.UNKNOWN);
    Slice value = Slice.utf8("value");
    Slice mine = new KeySpace(3, 7).key(KEY);
    Slice other = new KeySpace(3, -8).key(KEY);
    assertThat(filters.filter(mine, value)).isSameAs(value);
    filters.register(7, (key, found) -> null);
    filters.register(9, (key, found) -> found.from(1));
    assertThat(filters.filter(mine, value)).isNull();
    assertThat(filters.filter(other, value)).isSameAs(value);
    assertThat(filters.now()).isEqualTo(77);
    assertThat(filters.open().expiry(mine, value)).isEqualTo(CompactionFilter.NEVER);
    assertThat(filters.open().expiry(other, value)).isEqualTo(CompactionFilter.UNKNOWN);
    filters.register(7, CompactionFilter.NONE);
    assertThat(filters.filter(mine, value)).isSameAs(value);
  }
}
