package io.hummock.memtable;

import io.hummock.bytes.PageAllocator;

/** From a key to its entry. */
final class Keys extends HashIndex {
  private final EntryKeys keys;

  Keys(PageAllocator pages, EntryKeys keys) {
    super(pages);
    this.keys = keys;
  }

  @Override
  boolean matches(int entry, byte[] key, int offset, int length) {
    return keys.hasKey(entry, key, offset, length);
  }
}
