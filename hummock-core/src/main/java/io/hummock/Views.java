package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.key.ValueLookup;
import io.hummock.rowcache.RowCache;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The current view, and the safe way to read it while another thread puts the next one in its
 * place.
 *
 * <p>Thread-safe.
 */
final class Views {
  /*
   * Any thread may take a reference to a view, at the price of two atomic updates. The owner, which
   * does nearly all lookups, announces instead which view it is reading (a hazard pointer: one
   * store with a fence, one without). A view whose last reference is gone is freed at once, unless
   * the owner has announced it; then it is put aside, and freed by the owner when it leaves, or by
   * whoever comes next.
   */
  private static final VarHandle READ_BY_OWNER;

  static {
    try {
      READ_BY_OWNER =
          MethodHandles.lookup().findVarHandle(Views.class, "readByOwner", ReadView.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread owner = Thread.currentThread();
  private final Queue<ReadView> setAside = new ConcurrentLinkedQueue<>();
  private final AtomicLong number = new AtomicLong();
  private volatile @Nullable ReadView current;
  private volatile @Nullable ReadView readByOwner;

  /** Makes a view the current one; null after the store was closed. Takes its first reference. */
  void publish(@Nullable ReadView next) {
    ReadView before = current;
    current = next;
    // Behind it: whoever has read the number before reads this view or a newer one.
    number.incrementAndGet();
    if (before != null) {
      release(before);
    }
    freeSetAside();
  }

  /** How many views there have been; what is read after asking is at least as new. */
  long number() {
    return number.get();
  }

  /** Whether this is the thread that opened the store. */
  boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  /**
   * Looks a key up in the current view; {@code lookup} has been reset.
   *
   * @param rows used if this is the owner's thread; null for none
   * @return as {@link ReadView#get}
   */
  boolean get(Slice key, long hash, @Nullable RowCache rows, ValueLookup lookup)
      throws IOException {
    if (!isOwner()) {
      ReadView view = acquire();
      try {
        return view.get(key, hash, null, lookup);
      } finally {
        release(view);
      }
    }
    ReadView view = announce();
    try {
      return view.get(key, hash, rows, lookup);
    } finally {
      READ_BY_OWNER.setRelease(this, null);
      if (!setAside.isEmpty()) {
        freeSetAside();
      }
    }
  }

  private ReadView announce() {
    while (true) {
      ReadView view = open(current);
      readByOwner = view;
      if (view == current) {
        return view;
      }
    }
  }

  /** The current view with a reference for the caller. */
  ReadView acquire() {
    while (true) {
      ReadView view = open(current);
      if (view.retain()) {
        return view;
      }
    }
  }

  private static ReadView open(@Nullable ReadView view) {
    if (view == null) {
      throw new IllegalStateException("the store is closed");
    }
    return view;
  }

  /** Gives a reference back. */
  void release(ReadView view) {
    if (view.release()) {
      setAside.add(view);
      freeSetAside();
    }
  }

  /** Frees what was put aside, except for the view that the owner is reading. */
  void freeSetAside() {
    for (int i = setAside.size(); i > 0; i--) {
      ReadView view = setAside.poll();
      if (view == null) {
        return;
      }
      if (view == readByOwner) {
        setAside.add(view);
      } else {
        view.free();
      }
    }
  }
}
