package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The compaction filter of a backend: asks the one that is registered under the key's state id, and
 * keeps what has none.
 *
 * <p>{@link #register} is for the task's thread; filtering for any.
 */
public final class CompactionFilters implements CompactionFilter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Map<Long, CompactionFilter> byId = new TreeMap<>();
  private volatile Registered registered = new Registered(new long[0], new CompactionFilter[0]);

  /** What background threads see: ids and their filters, side by side. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Registered(long[] ids, CompactionFilter[] filters) {}

  /** Registers a state's filter, in the place of the one before. */
  public void register(long stateId, CompactionFilter filter) {
    byId.put(stateId, filter);
    registered =
        new Registered(
            byId.keySet().stream().mapToLong(Long::longValue).toArray(),
            byId.values().toArray(new CompactionFilter[0]));
  }

  @Override
  public @Nullable Slice filter(Slice key, Slice value) {
    Registered now = registered;
    if (now.ids.length == 0 || key.length() < KeySpace.LENGTH) {
      return value;
    }
    long id = (long) LONG.get(key.array(), key.offset() + Short.BYTES);
    for (int i = 0; i < now.ids.length; i++) {
      if (now.ids[i] == id) {
        return now.filters[i].filter(key, value);
      }
    }
    return value;
  }
}
