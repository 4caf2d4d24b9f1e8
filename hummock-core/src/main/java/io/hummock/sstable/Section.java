package io.hummock.sstable;

import io.hummock.bytes.Page;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The filter or the index of a group, in a page. Whoever reads it holds a reference, by {@link
 * #retain}.
 */
final class Section {
  private final Page page;
  private final int length;
  private final AtomicReferenceArray<Section> slots;
  private final int slot;

  /** Whether it was read since the clock's hand last came by; races cost a little precision. */
  private boolean used = true;

  /** Its place on the clock; -1 if it is not there. Guarded by the cache. */
  int place = -1;

  /**
   * @param page the caller's reference becomes the section's first
   * @param length of the section
   * @param slots where readers of the table find it while it is kept
   * @param slot its place in there
   */
  Section(Page page, int length, AtomicReferenceArray<Section> slots, int slot) {
    this.page = page;
    this.length = length;
    this.slots = slots;
    this.slot = slot;
  }

  boolean retain() {
    return page.retain();
  }

  void release() {
    page.release();
  }

  ByteBuffer memory() {
    return page.memory();
  }

  Page page() {
    return page;
  }

  /** The bytes of the section. */
  int length() {
    return length;
  }

  void touch() {
    if (!used) {
      used = true;
    }
  }

  /** Whether it was read since the last call. */
  boolean passUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  void show() {
    slots.set(slot, this);
  }

  void hide() {
    slots.compareAndSet(slot, this, null);
  }
}
