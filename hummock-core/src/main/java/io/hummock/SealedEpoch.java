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

  SealedEpoch(MemTable memtable) {
    this.memtable = memtable;
  }
}
