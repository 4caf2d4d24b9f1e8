package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether what was read of the first keys of all {@linkplain KeySpace key spaces} of one id
 * is still what a scan would read. For the thread that writes.
 *
 * <p>Make one, then read, then {@link #begin}; nothing may be written in between. A write to one of
 * the keys ends it, and so does each new version or memtable.
 */
public final class HeadWatch {
  private final WritePath writes;
  private final Views views;
  private final long id;
  private final long view;
  private @Nullable Slice last;
  private boolean isChanged;

  HeadWatch(WritePath writes, Views views, long id) {
    this.writes = writes;
    this.views = views;
    this.id = id;
    this.view = views.number();
  }

  /**
   * Begins to watch, until {@link #end}.
   *
   * @param lastKey the last key that was read, or what several such keys begin with; never changed
   *     afterwards; null if all were read
   */
  public void begin(@Nullable Slice lastKey) {
    last = lastKey;
    writes.add(this);
  }

  /** Ends watching. */
  public void end() {
    isChanged = true;
    writes.remove(this);
  }

  /** Whether nothing that was read can have changed. */
  public boolean isUnchanged() {
    return !isChanged && views.number() == view;
  }

  /** To be told of each write. */
  void written(Slice key) {
    if (KeySpace.id(key) == id) {
      Slice end = last;
      isChanged |= end == null || key.compareTo(end) <= 0 || key.startsWith(end);
    }
  }
}
