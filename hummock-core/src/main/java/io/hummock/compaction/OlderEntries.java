package io.hummock.compaction;

import io.hummock.bytes.Slice;

/** What is older than the entries that are written, and lies below them. Not thread-safe. */
public interface OlderEntries {
  /** Every key may be there. */
  OlderEntries UNKNOWN = key -> true;

  /**
   * Whether an older entry of a key may be there; false is certain.
   *
   * @param key ascending from call to call
   */
  boolean mayHold(Slice key);
}
