package io.hummock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hummock.version.TableFile;
import io.hummock.version.Version;
import io.hummock.version.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
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
  private volatile boolean copies;

  TreeCheckpoint(Tree tree, long id, long epoch, Sharing sharing) {
    this.tree = tree;
    this.id = id;
    this.epoch = epoch;
    this.sharing = sharing;
    this.copies = sharing == Sharing.FORWARD;
  }

  /** Whether it has copies of what earlier checkpoints have. */
  boolean copies() {
    return copies;
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
      return switch (sharing) {
        case FORWARD -> copy(captured, progress);
        case FORWARD_BACKWARD -> share(captured, progress);
        case NO_SHARING -> keep(captured);
      };
    } finally {
      end();
    }
  }

  private Checkpoint copy(Versions.Pin captured, CheckpointProgress progress) throws IOException {
    return new FileCopies(tree, epoch, progress).checkpoint(id, captured);
  }

  /**
   * Where an earlier checkpoint is making copies, this one has to as well: that one will not have
   * the old files, so their owner deletes them when it is complete, though this one be on its way.
   */
  private Checkpoint share(Versions.Pin captured, CheckpointProgress progress) throws IOException {
    Checkpoint claimed =
        tree.claimInOrder(
            epoch,
            false,
            next -> {
              copies = tree.isCopyingBefore(epoch);
              return copies ? null : claim(captured);
            });
    return claimed == null ? copy(captured, progress) : claimed;
  }

  private ClaimedCheckpoint claim(Versions.Pin captured) {
    // An earlier checkpoint may have put copies in the place of files since this one was begun.
    UnaryOperator<TableFile> now = table -> tree.versions.asOf(table, epoch);
    Version version = captured.version().apply(FileCopies.replacement(captured.version(), now));
    List<TableFile> tables = new ArrayList<>(version.tables());
    captured.others().forEach(table -> tables.add(now.apply(table)));
    return ClaimedCheckpoint.claim(tree, id, epoch, version, tables);
  }

  /** The files stay pinned too, so that other checkpoints list them while they are copied. */
  private ClaimedCheckpoint keep(Versions.Pin captured) {
    ClaimedCheckpoint[] claimed = new ClaimedCheckpoint[1];
    tree.locked(() -> claimed[0] = claim(captured));
    claimed[0].keep(captured);
    pin = null;
    return claimed[0];
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
