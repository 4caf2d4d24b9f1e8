package io.hummock.flink.ownership;

import io.hummock.HummockStore;
import io.hummock.Snapshot;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/** An iteration that goes on from time to time, whatever is deleted meanwhile. */
final class Reader {
  private final @Nullable Snapshot snapshot;
  private final UserIterator scan;
  private final @Nullable Iterator<Map.Entry<Slice, Slice>> expected;

  private Reader(
      @Nullable Snapshot snapshot,
      UserIterator scan,
      @Nullable Iterator<Map.Entry<Slice, Slice>> expected) {
    this.snapshot = snapshot;
    this.scan = scan;
    this.expected = expected;
  }

  /** Sees what there is now. */
  static Reader ofSnapshot(HummockStore store, Map<Slice, Slice> model) throws IOException {
    Snapshot snapshot = store.snapshot();
    return begun(
        () -> snapshot.scan(Slice.EMPTY, null, Direction.FORWARD),
        snapshot,
        new TreeMap<>(model).entrySet().iterator());
  }

  /** Sees what there is now, and of what is written later nobody knows how much. */
  static Reader ofScan(HummockStore store) throws IOException {
    return begun(() -> store.scan(Slice.EMPTY, null, Direction.FORWARD), null, null);
  }

  private interface Opener {
    UserIterator open() throws IOException;
  }

  private static Reader begun(
      Opener opener,
      @Nullable Snapshot snapshot,
      @Nullable Iterator<Map.Entry<Slice, Slice>> expected)
      throws IOException {
    UserIterator scan = null;
    boolean begun = false;
    try {
      scan = opener.open();
      scan.rewind();
      begun = true;
      return new Reader(snapshot, scan, expected);
    } finally {
      if (!begun) {
        IOUtils.closeAllQuietly(scan, snapshot);
      }
    }
  }

  void goOn(int entries) throws IOException {
    for (int i = 0; i < entries; i++) {
      if (expected != null) {
        if (expected.hasNext() != scan.isValid()) {
          throw new AssertionError("a reader has too few or too many entries");
        }
        if (!expected.hasNext()) {
          return;
        }
        Map.Entry<Slice, Slice> entry = expected.next();
        if (!scan.key().equals(entry.getKey()) || !scan.value().equals(entry.getValue())) {
          throw new AssertionError(
              "a reader is at " + scan.key() + " and should be at " + entry.getKey());
        }
      }
      if (!scan.isValid()) {
        return;
      }
      scan.next();
    }
  }

  void close() throws IOException {
    scan.close();
    if (snapshot != null) {
      snapshot.close();
    }
  }
}
