package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.StateKind;
import io.hummock.iterator.CompactionFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.StateTtlConfig.RocksdbCompactFilterCleanupStrategy;
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
 * <p>What it drops is expired for every reader, whatever the visibility: Flink too deletes what it
 * meets after its time, and returns it once at most.
 */
public final class TtlCompactionFilter implements CompactionFilter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** RocksDB's default, see {@link StateTtlConfig}. */
  private static final long DEFAULT_ENTRIES_BETWEEN_LOOKS = 1_000;

  private final StateKind kind;
  private final long ttlMillis;
  private final long entriesBetweenLooks;
  private final TtlTimeProvider time;
  private final @Nullable TypeSerializer<?> elements;
  private final ClassLoader classLoader;

  /**
   * A filter that asks for the time when a compaction begins, and then whenever it has met as many
   * entries as the configuration says.
   *
   * @param serializer of the state's values, time included
   * @param classLoader of the elements of lists
   */
  public TtlCompactionFilter(
      StateKind kind,
      TypeSerializer<?> serializer,
      StateTtlConfig config,
      TtlTimeProvider time,
      ClassLoader classLoader) {
    RocksdbCompactFilterCleanupStrategy strategy =
        config.getCleanupStrategies().getRocksdbCompactFilterCleanupStrategy();
    this.kind = kind;
    this.ttlMillis = config.getTimeToLive().toMillis();
    this.entriesBetweenLooks =
        strategy == null
            ? DEFAULT_ENTRIES_BETWEEN_LOOKS
            : Math.max(1, strategy.getQueryTimeAfterNumEntries());
    this.time = time;
    this.classLoader = classLoader;
    this.elements =
        serializer instanceof ListSerializer<?> list
            ? list.getElementSerializer().duplicate()
            : null;
  }

  @Override
  public CompactionFilter open() {
    return elements == null ? new Values() : new Lists(duplicate(elements));
  }

  /* Serializers are not thread-safe, not even for making duplicates. */
  private synchronized TypeSerializer<?> duplicate(TypeSerializer<?> serializer) {
    return serializer.duplicate();
  }

  @Override
  public @Nullable Slice filter(Slice key, Slice value) {
    return open().filter(key, value);
  }

  @Override
  public @Nullable Slice filterOperand(Slice key, Slice operand) {
    return open().filterOperand(key, operand);
  }

  @Override
  public long expiry(Slice key, Slice value) {
    return open().expiry(key, value);
  }

  @Override
  public long now() {
    return time.currentTimestamp();
  }

  private long expiryAt(Slice value, int at) {
    if (value.length() < at + Long.BYTES) {
      return NEVER;
    }
    long lastAccess = (long) LONG.get(value.array(), value.offset() + at);
    long lives = lastAccess > 0 ? Math.min(NEVER - lastAccess, ttlMillis) : ttlMillis;
    return lastAccess + lives;
  }

  /** Values of all kinds but lists; asks for the time now and then. */
  private class Values implements CompactionFilter {
    private long entriesUntilLook;
    private long now;

    final long time() {
      if (entriesUntilLook-- == 0) {
        now = time.currentTimestamp();
        entriesUntilLook = entriesBetweenLooks - 1;
      }
      return now;
    }

    @Override
    public @Nullable Slice filter(Slice key, Slice value) {
      return expiry(key, value) <= time() ? null : value;
    }

    @Override
    public long expiry(Slice key, Slice value) {
      if (kind != StateKind.MAP) {
        return expiryAt(value, 0);
      }
      // With time to live a null has its time too: this is what RocksDB makes of one that is over.
      boolean isNull = value.isEmpty() || value.get(0) != 0;
      return isNull ? 0 : expiryAt(value, 1);
    }
  }

  private final class Lists extends Values {
    private final TypeSerializer<?> serializer;
    private final int fixedLength;
    private final DataInputDeserializer in = new DataInputDeserializer();

    Lists(TypeSerializer<?> serializer) {
      this.serializer = serializer;
      this.fixedLength = serializer.getLength();
    }

    @Override
    public @Nullable Slice filter(Slice key, Slice value) {
      long now = time();
      int at = 0;
      while (at < value.length() && expiryAt(value, at) <= now) {
        at = fixedLength > 0 ? at + fixedLength + 1 : behindElement(value, at);
      }
      return at == 0 ? value : at >= value.length() ? null : value.from(at);
    }

    /** An operand is elements that were appended. */
    @Override
    public @Nullable Slice filterOperand(Slice key, Slice operand) {
      return filter(key, operand);
    }

    private int behindElement(Slice value, int at) {
      in.setBuffer(value.array(), value.offset() + at, value.length() - at);
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(classLoader);
      try {
        ListElements.readNext(in, serializer);
      } catch (IOException e) {
        throw new UncheckedIOException("an expiring list is not readable", e);
      } finally {
        thread.setContextClassLoader(before);
      }
      return value.length() - in.available();
    }
  }
}
