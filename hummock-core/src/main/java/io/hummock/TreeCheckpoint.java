package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.version.Manifest;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint on its way: it waits for the version in which its last memtable is, and pins that.
 */
final class TreeCheckpoint implements PendingCheckpoint, EpochCapture {
  private enum State {
    PENDING,
    COMPLETING,
    ENDED
  }

  private final Tree tree;
  private final long id;
  private final long epoch;
  private final Sharing sharing;

  @GuardedBy("this")
  private State state = State.PENDING;

  private volatile Versions.@Nullable Pin pin;

  TreeCheckpoint(Tree tree, long id, long epoch, Sharing sharing) {
    this.tree = tree;
    this.id = id;
    this.epoch = epoch;
    this.sharing = sharing;
  }

  @Override
  public void capture(Versions.Pin captured) {
    boolean keep;
    synchronized (this) {
      keep = state != State.ENDED;
      if (keep) {
        pin = captured;
      }
    }
    if (!keep) {
      captured.close();
    }
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public Checkpoint complete(CheckpointProgress progress) throws IOException {
    synchronized (this) {
      if (state != State.PENDING) {
        throw new IllegalStateException("checkpoint " + id + " was completed or given up before");
      }
      state = State.COMPLETING;
    }
    try {
      long total = tree.bytesToFlush(epoch);
      tree.work.awaitOrFail(
          () -> pin != null,
          () -> progress.flushed(Math.max(0, total - tree.bytesToFlush(epoch)), total));
      Versions.Pin captured = pin;
      if (captured == null) {
        throw new IllegalStateException("checkpoint " + id + " was given up");
      }
      return sharing == Sharing.FORWARD
          ? new FileCopies(tree).checkpoint(id, epoch, captured, progress)
          : claim(captured.version(), captured.others());
    } finally {
      end();
    }
  }

  private Checkpoint claim(Version version, List<TableFile> others) {
    List<TableFile> tables = new ArrayList<>(version.tables());
    tables.addAll(others);
    return ClaimedCheckpoint.claim(
        tree, id, epoch, Manifest.of(id, epoch, version).encode(), tables);
  }

  private void end() {
    Versions.Pin captured;
    synchronized (this) {
      state = State.ENDED;
      captured = pin;
    }
    tree.forget(this);
    if (captured != null) {
      captured.close();
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (state != State.PENDING) {
        return;
      }
    }
    end();
  }
}
