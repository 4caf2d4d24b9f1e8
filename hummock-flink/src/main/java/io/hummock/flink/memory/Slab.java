package io.hummock.flink.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.jspecify.annotations.Nullable;

/**
 * A piece of off-heap memory, outside both the heap and {@code -XX:MaxDirectMemorySize}, cut into
 * pages of one size. Guarded by the slot memory that it belongs to.
 */
final class Slab {
  /** Pages up to a quarter of this share a slab of about this size, larger ones have one each. */
  private static final int SHARED_BYTES = 128 << 10;

  /** Pages begin at a multiple of this, so that what is laid out by cache lines lies in them. */
  private static final int CACHE_LINE = 64;

  final int sizeClass;
  private final MemorySegment memory;
  private final @Nullable ByteBuffer[] free;
  private int freeCount;

  Slab(int sizeClass) {
    this.sizeClass = sizeClass;
    int pageBytes = (int) SizeClass.bytes(sizeClass);
    free = new ByteBuffer[pagesIn(pageBytes)];
    memory =
        MemorySegmentFactory.allocateOffHeapUnsafeMemory(
            pageBytes * free.length + CACHE_LINE, null, () -> {});
    ByteBuffer whole = memory.getOffHeapBuffer().alignedSlice(CACHE_LINE);
    for (freeCount = 0; freeCount < free.length; freeCount++) {
      free[freeCount] =
          whole.slice(freeCount * pageBytes, pageBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** The bytes that a slab of this class takes. */
  static long bytes(int sizeClass) {
    long pageBytes = SizeClass.bytes(sizeClass);
    return pageBytes * pagesIn(pageBytes);
  }

  private static int pagesIn(long pageBytes) {
    return (int) (4 * pageBytes > SHARED_BYTES ? 1 : SHARED_BYTES / pageBytes);
  }

  boolean isFull() {
    return freeCount == 0;
  }

  boolean isEmpty() {
    return freeCount == free.length;
  }

  ByteBuffer take() {
    ByteBuffer page = free[--freeCount];
    free[freeCount] = null;
    assert page != null;
    return page;
  }

  void giveBack(ByteBuffer page) {
    free[freeCount++] = page;
  }

  /** Gives the memory back to the operating system; no page may be out. */
  void release() {
    assert isEmpty();
    memory.free();
  }
}
