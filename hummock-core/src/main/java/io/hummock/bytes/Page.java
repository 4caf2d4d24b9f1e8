package io.hummock.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A piece of memory of a {@link PageAllocator}, counted by references: it goes back to the
 * allocator when the last one is released.
 *
 * <p>A new page has one reference, its creator's. Whoever may read the page while another thread
 * may release it takes a reference of its own with {@link #retain} first. Thread-safe in its
 * counting; the bytes are as safe as the protocol of those who share them.
 */
public abstract class Page {
  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Page.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ByteBuffer memory;
  private volatile int references = 1;

  /**
   * @param memory the bytes from 0 to its limit, little endian; used by absolute access only, so
   *     that its position never moves
   */
  protected Page(ByteBuffer memory) {
    this.memory = memory;
  }

  /** The bytes, to be used by absolute access only, and only while a reference is held. */
  public final ByteBuffer memory() {
    return memory;
  }

  /** The bytes that this page takes from its allocator's budget. */
  public final int size() {
    return memory.limit();
  }

  /** Takes a reference; false if the page has already gone back. */
  public final boolean retain() {
    while (true) {
      int now = references;
      if (now == 0) {
        return false;
      }
      if (REFERENCES.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives one reference back; with the last the memory returns to the allocator. */
  public final void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException("page released once too often");
    }
    if (before == 1) {
      free();
    }
  }

  /** Returns the memory; called once. */
  protected abstract void free();
}
