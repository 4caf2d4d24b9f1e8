package io.hummock.bytes;

import org.jspecify.annotations.Nullable;

/**
 * Hands out memory of a fixed budget. Memtables, cached blocks, filters and indexes live in its
 * pages only.
 *
 * <p>Thread-safe.
 */
public interface PageAllocator {
  /**
   * A page of at least {@code bytes} bytes, or null if the budget has no room for it now.
   *
   * <p>The content is undefined.
   */
  @Nullable Page allocate(int bytes);

  /** The budget in bytes. */
  long limit();

  /** The bytes of all pages that have not come back. */
  long used();
}
