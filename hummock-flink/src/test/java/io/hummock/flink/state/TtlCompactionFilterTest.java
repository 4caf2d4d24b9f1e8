package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.CompactionFilters;
import io.hummock.flink.encoding.StateKind;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.util.Objects;
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
    return new TtlCompactionFilter(kind, serializer, TTL, () -> now);
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
    Slice isNull = Slice.of(new byte[] {1});
    assertThat(filter.filter(KEY, isNull)).isSameAs(isNull);
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
  void eachStateHasItsOwnFilter() {
    CompactionFilters filters = new CompactionFilters();
    Slice value = Slice.utf8("value");
    Slice mine = new KeySpace(3, 7).key(KEY);
    Slice other = new KeySpace(3, -8).key(KEY);
    assertThat(filters.filter(mine, value)).isSameAs(value);
    filters.register(7, (key, found) -> null);
    filters.register(9, (key, found) -> found.from(1));
    assertThat(filters.filter(mine, value)).isNull();
    assertThat(filters.filter(other, value)).isSameAs(value);
    filters.register(7, CompactionFilter.NONE);
    assertThat(filters.filter(mine, value)).isSameAs(value);
  }
}
