package io.hummock.memtable;

import io.hummock.bytes.PageAllocator;

/** From a key to its entry. */
final class Keys extends HashIndex {
  private final Entries entries;

  Keys(PageAllocator pages, Entries entries) {
    super(pages);
    this.entries = entries;
  }

  @Override
  boolean matches(int entry, byte[] key, int offset, int length) {
    return entries.hasKey(entry, key, offset, length);
  }
}
