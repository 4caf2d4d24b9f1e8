package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.StateKind;
import io.hummock.iterator.CompactionFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.jspecify.annotations.Nullable;

/**
 * Drops values of a state with time to live once they have expired. Flink puts the time of the last
 * access, in milliseconds (8 bytes, big endian), in front of each value, each value of a map and
 * each element of a list. Of a list it drops the expired elements up to the first that has not.
 *
 * <p>Thread-safe.
 */
public final class TtlCompactionFilter implements CompactionFilter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** What one thread reads lists by. */
  private record ListReader(TypeSerializer<?> elements, DataInputDeserializer in) {}

  private final StateKind kind;
  private final long ttlMillis;
  private final TtlTimeProvider time;
  private final @Nullable ThreadLocal<ListReader> listReader;

  /**
   * @param serializer of the state's values, time included
   * @param ttlMillis how long a value lives after its last access
   */
  public TtlCompactionFilter(
      StateKind kind, TypeSerializer<?> serializer, long ttlMillis, TtlTimeProvider time) {
    this.kind = kind;
    this.ttlMillis = ttlMillis;
    this.time = time;
    if (kind == StateKind.LIST) {
      TypeSerializer<?> elements =
          ((ListSerializer<?>) serializer).getElementSerializer().duplicate();
      listReader =
          ThreadLocal.withInitial(
              () -> {
                synchronized (this) {
                  return new ListReader(elements.duplicate(), new DataInputDeserializer());
                }
              });
    } else {
      listReader = null;
    }
  }

  @Override
  public @Nullable Slice filter(Slice key, Slice value) {
    if (listReader != null) {
      return filterList(listReader.get(), value);
    }
    int at = 0;
    if (kind == StateKind.MAP) {
      boolean isNull = value.isEmpty() || value.get(0) != 0;
      if (isNull) {
        return value;
      }
      at = 1;
    }
    return isExpired(value, at, time.currentTimestamp()) ? null : value;
  }

  private @Nullable Slice filterList(ListReader reader, Slice value) {
    long now = time.currentTimestamp();
    if (!isExpired(value, 0, now)) {
      return value;
    }
    DataInputDeserializer in = reader.in;
    in.setBuffer(value.array(), value.offset(), value.length());
    try {
      while (in.available() > 0) {
        int at = value.length() - in.available();
        if (!isExpired(value, at, now)) {
          return value.from(at);
        }
        ListElements.readNext(in, reader.elements);
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("an expiring list is not readable", e);
    }
  }

  private boolean isExpired(Slice value, int at, long now) {
    if (value.length() < at + Long.BYTES) {
      return false;
    }
    long lastAccess = (long) LONG.get(value.array(), value.offset() + at);
    long lives = lastAccess > 0 ? Math.min(Long.MAX_VALUE - lastAccess, ttlMillis) : ttlMillis;
    return lastAccess + lives <= now;
  }
}
