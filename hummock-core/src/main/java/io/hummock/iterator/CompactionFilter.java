package io.hummock.iterator;

import io.hummock.bytes.Slice;
import org.jspecify.annotations.Nullable;

/**
 * Lets the application drop or shorten values that have expired, when flush or compaction meets
 * them, and tells when those that it keeps will expire.
 *
 * <p>A filter must be monotonic: what it has dropped once it drops for ever. Times are on a clock
 * of its own, which {@link #now} reads.
 *
 * <p>{@link #open} and {@link #now} are called from background threads, several at once; the other
 * methods by one thread for what {@link #open} gave it.
 */
public interface CompactionFilter {
  /** Keeps everything. */
  CompactionFilter NONE = (key, value) -> value;

  /** The expiry of what never expires. */
  long NEVER = Long.MAX_VALUE;

  /** The expiry of what this filter does not know yet, since nobody has told it. */
  long UNKNOWN = Long.MIN_VALUE;

  /**
   * What becomes of a whole value (never a lone merge operand).
   *
   * @param key {@code key_space | user_key}, valid during the call
   * @param value valid during the call
   * @return {@code value} to keep it, another slice to replace it, null to drop it
   */
  @Nullable Slice filter(Slice key, Slice value);

  /**
   * What becomes of merge operands whose base lies elsewhere. Dropping them uncovers nothing: they
   * hide nothing that is older.
   *
   * @param operand one or more operands, folded; valid during the call
   * @return {@code operand} to keep it, another slice to replace it, null to drop it
   */
  default @Nullable Slice filterOperand(Slice key, Slice operand) {
    return operand;
  }

  /** When something of a value or operand that it has just kept will expire. */
  default long expiry(Slice key, Slice value) {
    return NEVER;
  }

  /** The time now: what expires at this time or before may be dropped. */
  default long now() {
    return UNKNOWN;
  }

  /** The filter for one flush or compaction: it may remember what it last saw, and the time. */
  default CompactionFilter open() {
    return this;
  }
}
