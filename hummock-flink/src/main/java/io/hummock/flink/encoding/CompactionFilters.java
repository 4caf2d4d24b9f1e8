package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The compaction filter of a backend: asks the one that is registered under the key's state id, and
 * keeps what has none.
 *
 * <p>{@link #register} is for the task's thread, all else for any.
 */
public final class CompactionFilters implements CompactionFilter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final LongSupplier time;

  /** Replaced as a whole, never changed. */
  private volatile Map<Long, CompactionFilter> byId = Map.of();

  private volatile boolean expires;

  /**
   * @param time what states expire by, in milliseconds
   */
  public CompactionFilters(LongSupplier time) {
    this.time = time;
  }

  /**
   * Registers a state's filter, in the place of the one before; {@link CompactionFilter#NONE} tells
   * that nothing of the state expires.
   */
  public void register(long stateId, CompactionFilter filter) {
    Map<Long, CompactionFilter> changed = new HashMap<>(byId);
    changed.put(stateId, filter);
    byId = Map.copyOf(changed);
    expires |= filter != NONE;
  }

  /** The time, once something may expire. */
  @Override
  public long now() {
    return expires ? time.getAsLong() : UNKNOWN;
  }

  @Override
  public CompactionFilter open() {
    return new Opened(byId);
  }

  @Override
  public @Nullable Slice filter(Slice key, Slice value) {
    return open().filter(key, value);
  }

  /** The filters of one flush or compaction, which meets the keys of each state in runs. */
  private static final class Opened implements CompactionFilter {
    private static final CompactionFilter STRANGER =
        new CompactionFilter() {
          @Override
          public Slice filter(Slice key, Slice value) {
            return value;
          }

          @Override
          public long expiry(Slice key, Slice value) {
            return UNKNOWN;
          }
        };

    private final Map<Long, CompactionFilter> registered;
    private final Map<Long, CompactionFilter> opened = new HashMap<>();
    private long lastId;
    private @Nullable CompactionFilter last;

    Opened(Map<Long, CompactionFilter> registered) {
      this.registered = registered;
    }

    private CompactionFilter of(Slice key) {
      long id = (long) LONG.get(key.array(), key.offset() + Short.BYTES);
      CompactionFilter filter = last;
      if (filter == null || id != lastId) {
        filter = opened.computeIfAbsent(id, any -> registered.getOrDefault(any, STRANGER).open());
        lastId = id;
        last = filter;
      }
      return filter;
    }

    @Override
    public @Nullable Slice filter(Slice key, Slice value) {
      return key.length() < KeySpace.LENGTH ? value : of(key).filter(key, value);
    }

    @Override
    public @Nullable Slice filterOperand(Slice key, Slice operand) {
      return key.length() < KeySpace.LENGTH ? operand : of(key).filterOperand(key, operand);
    }

    @Override
    public long expiry(Slice key, Slice value) {
      return key.length() < KeySpace.LENGTH ? NEVER : of(key).expiry(key, value);
    }
  }
}
