package io.hummock.iterator;

import io.hummock.bytes.Slice;
import org.jspecify.annotations.Nullable;

/**
 * Lets the application drop or shorten values that have expired, when flush or compaction meets
 * them.
 *
 * <p>Called from background threads, several at once: implementations are thread-safe. A filter
 * must be monotonic: what it has dropped once it drops for ever.
 */
public interface CompactionFilter {
  /** Keeps everything. */
  CompactionFilter NONE = (key, value) -> value;

  /**
   * What becomes of a whole value (never a lone merge operand).
   *
   * @param key {@code key_space | user_key}, valid during the call
   * @param value valid during the call
   * @return {@code value} to keep it, another slice to replace it, null to drop it
   */
  @Nullable Slice filter(Slice key, Slice value);
}
