package io.hummock.bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Pages in the Java heap, for tests and for embedding without a memory manager. */
public final class HeapPageAllocator implements PageAllocator {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  public HeapPageAllocator(long limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("page budget of " + limit + " bytes");
    }
    this.limit = limit;
  }

  @Override
  public @Nullable Page allocate(int bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return null;
    }
    return new HeapPage(bytes);
  }

  @Override
  public long limit() {
    return limit;
  }

  @Override
  public long used() {
    return used.get();
  }

  private final class HeapPage extends Page {
    HeapPage(int bytes) {
      super(ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    protected void free() {
      used.addAndGet(-size());
    }
  }
}
