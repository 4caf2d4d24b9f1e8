package io.hummock;

import io.hummock.memtable.MemTable;
import io.hummock.version.TableFile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A frozen memtable on its way into the version. Guarded by the lock of its tree. */
final class SealedEpoch {
  final MemTable memtable;

  /** Who needs this memtable and all before it, and nothing behind. */
  final List<EpochCapture> captures = new ArrayList<>();

  /** Whether somebody is flushing it, or has flushed it. */
  boolean started;

  /** What it was flushed into. */
  @Nullable List<TableFile> tables;

  /** How many keys of it were written. Not guarded: by whoever flushes it, for anybody. */
  private volatile int written;

  SealedEpoch(MemTable memtable) {
    this.memtable = memtable;
  }

  /** A flush begins. */
  void restartProgress() {
    written = 0;
  }

  /** A flush has written so many keys more. */
  void progressed(int keys) {
    int sum = written + keys;
    written = sum;
  }

  /**
   * The part of its bytes that is still to be written, roughly; too much where elements were
   * written several times, which count each time.
   */
  long bytesLeft() {
    long bytes = memtable.bytes();
    double part = (double) written / Math.max(1, memtable.count());
    return tables != null ? 0 : bytes - (long) (bytes * Math.min(1, part));
  }
}
