package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.ValueLookup;
import io.hummock.version.VersionReader;
import io.hummock.version.Versions;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view that is kept. At first it has memtables; when these are flushed it goes over to the tables
 * that they have become, so that a snapshot, however old, takes no memory from the writer.
 */
final class TreeSnapshot implements Snapshot, EpochCapture {
  private final Tree tree;
  private final long epoch;

  @GuardedBy("this")
  private @Nullable ReadView view;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean isFlushed;

  TreeSnapshot(Tree tree, long epoch) {
    this.tree = tree;
    this.epoch = epoch;
  }

  /** Gives it a view to begin with, with a reference that becomes the snapshot's. */
  void begin(ReadView first) {
    replace(first, false);
  }

  @Override
  public void capture(Versions.Pin pin) {
    VersionReader reader = new VersionReader(pin, tree.tables);
    ReadView tables = new ReadView(null, List.of(), reader);
    reader.release();
    isFlushed = true;
    replace(tables, true);
  }

  private void replace(ReadView next, boolean isBetter) {
    ReadView unneeded;
    synchronized (this) {
      if (closed || (view != null && !isBetter)) {
        unneeded = next;
      } else {
        unneeded = view;
        view = next;
      }
    }
    if (unneeded != null) {
      tree.views.release(unneeded);
    }
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public boolean get(Slice key, ValueLookup lookup) throws IOException {
    lookup.reset();
    ReadView now = retain();
    try {
      now.get(key, Hash.hash64(key), null, lookup);
    } finally {
      tree.views.release(now);
    }
    return lookup.isFound();
  }

  @Override
  public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
      throws IOException {
    if (!isFlushed) {
      tree.work.awaitOrFail(() -> isFlushed);
    }
    ReadView now = retain();
    return now.scan(
        lower.copy(),
        upper == null ? null : upper.copy(),
        direction,
        passed -> {
          tree.environment.metrics().scanned(passed);
          tree.views.release(now);
        });
  }

  private synchronized ReadView retain() {
    ReadView now = view;
    if (closed || now == null || !now.retain()) {
      throw new IllegalStateException("the snapshot of epoch " + epoch + " is closed");
    }
    return now;
  }

  @Override
  public void close() {
    ReadView last;
    synchronized (this) {
      closed = true;
      last = view;
      view = null;
    }
    if (last != null) {
      tree.views.release(last);
    }
  }
}
