package io.hummock.flink.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that Flink lets the backends of one slot have, as pages outside the heap. What is
 * taken from the operating system never exceeds the lease, unused pages included.
 *
 * <p>The backends share it fairly: each may have {@code lease / open backends}, a limit that falls
 * when another one opens and rises when one closes. Who holds more than its limit gets no further
 * page until it is below again; nothing is taken from it, but when another one lacks what it holds
 * too much, it is {@linkplain BackendPages#onShortage asked} to give back.
 *
 * <p>Thread-safe. Pages that are still out when the memory is closed stay valid, and go back to the
 * operating system when their last reader releases them.
 */
public final class SlotMemory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SlotMemory.class);
  private static final int CLASSES = SizeClass.of(1 << 30) + 1;

  /** The slabs of one size class that have a free page. */
  private static final class Available {
    final LinkedHashSet<Slab> partlyUsed = new LinkedHashSet<>();
    final List<Slab> unused = new ArrayList<>();
  }

  private final long bytes;
  private final List<BackendPages> backends = new CopyOnWriteArrayList<>();

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Available[] available = new Available[CLASSES];

  @GuardedBy("lock")
  private long resident;

  @GuardedBy("lock")
  private boolean closed;

  /**
   * @param bytes the lease
   */
  public SlotMemory(long bytes) {
    this.bytes = bytes;
    for (int i = 0; i < CLASSES; i++) {
      available[i] = new Available();
    }
  }

  /** The lease, in bytes. */
  public long bytes() {
    return bytes;
  }

  /** What is taken from the operating system now, in bytes; never more than the lease. */
  public long resident() {
    synchronized (lock) {
      return resident;
    }
  }

  /** The pages of one more backend. */
  public BackendPages open() {
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("the slot's memory is closed");
      }
      BackendPages pages = new BackendPages();
      backends.add(pages);
      return pages;
    }
  }

  /** Frees all pages that are not out, and every other when it comes back. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      releaseUnused(bytes);
    }
  }

  @GuardedBy("lock")
  private @Nullable SlotPage take(int sizeClass, BackendPages owner) {
    Available slabs = available[sizeClass];
    Slab slab;
    if (!slabs.partlyUsed.isEmpty()) {
      slab = slabs.partlyUsed.iterator().next();
    } else if (!slabs.unused.isEmpty()) {
      slab = slabs.unused.remove(slabs.unused.size() - 1);
    } else {
      long needed = Slab.bytes(sizeClass);
      if (resident + needed > bytes) {
        releaseUnused(resident + needed - bytes);
      }
      if (resident + needed > bytes) {
        return null;
      }
      slab = new Slab(sizeClass);
      resident += needed;
    }
    ByteBuffer memory = slab.take();
    if (slab.isFull()) {
      slabs.partlyUsed.remove(slab);
    } else {
      slabs.partlyUsed.add(slab);
    }
    return new SlotPage(memory, slab, owner);
  }

  @GuardedBy("lock")
  private void giveBack(ByteBuffer memory, Slab slab) {
    Available slabs = available[slab.sizeClass];
    slab.giveBack(memory);
    if (!slab.isEmpty()) {
      slabs.partlyUsed.add(slab);
      return;
    }
    slabs.partlyUsed.remove(slab);
    slabs.unused.add(slab);
    if (closed) {
      releaseUnused(bytes);
    }
  }

  /** Gives unused slabs back to the operating system until that many bytes are free. */
  @GuardedBy("lock")
  private void releaseUnused(long wanted) {
    long released = 0;
    for (int i = CLASSES - 1; i >= 0 && released < wanted; i--) {
      List<Slab> unused = available[i].unused;
      while (!unused.isEmpty() && released < wanted) {
        unused.remove(unused.size() - 1).release();
        released += Slab.bytes(i);
      }
    }
    resident -= released;
  }

  private static final class SlotPage extends Page {
    private final Slab slab;
    private final BackendPages owner;

    SlotPage(ByteBuffer memory, Slab slab, BackendPages owner) {
      super(memory);
      this.slab = slab;
      this.owner = owner;
    }

    @Override
    protected void free() {
      owner.giveBack(memory(), slab);
    }
  }

  /** The pages of one backend. Thread-safe. */
  public final class BackendPages implements PageAllocator, Closeable {
    @GuardedBy("lock")
    private long used;

    @GuardedBy("lock")
    private boolean backendClosed;

    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile Runnable giveBack = () -> {};

    private BackendPages() {}

    /**
     * Sets what happens when another backend lacks memory that this one holds beyond its limit.
     *
     * @param giveBack gives pages back; runs on a thread of the other backend, so that it must
     *     leave the work to a thread of its own
     */
    public void onShortage(Runnable giveBack) {
      this.giveBack = giveBack;
    }

    /** As {@link PageAllocator#allocate}; null too when the backend is closed. */
    @Override
    public @Nullable Page allocate(int pageBytes) {
      int sizeClass = SizeClass.of(pageBytes);
      if (sizeClass >= CLASSES) {
        return null;
      }
      long size = SizeClass.bytes(sizeClass);
      synchronized (lock) {
        if (backendClosed || used + size > limit()) {
          return null;
        }
        SlotPage page = take(sizeClass, this);
        if (page != null) {
          used += size;
          asked.set(false);
          return page;
        }
      }
      backends.forEach(BackendPages::askForExcess);
      return null;
    }

    /** Asks once for each time that this backend has come to hold too much. */
    private void askForExcess() {
      if (used() <= limit()) {
        asked.set(false);
      } else if (asked.compareAndSet(false, true)) {
        giveBack.run();
      }
    }

    /** This backend's share of the lease now. */
    @Override
    public long limit() {
      return bytes / Math.max(1, backends.size());
    }

    @Override
    public long used() {
      synchronized (lock) {
        return used;
      }
    }

    private void giveBack(ByteBuffer memory, Slab slab) {
      synchronized (lock) {
        used -= memory.limit();
        SlotMemory.this.giveBack(memory, slab);
      }
    }

    /** Ends this backend's share. Closing twice is allowed. */
    @Override
    public void close() {
      long left;
      synchronized (lock) {
        if (backendClosed) {
          return;
        }
        backendClosed = true;
        backends.remove(this);
        left = used;
      }
      if (left != 0) {
        LOG.warn("A keyed backend was closed while readers held {} bytes of its pages.", left);
      }
    }
  }
}
