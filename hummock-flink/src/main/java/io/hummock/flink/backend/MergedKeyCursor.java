package io.hummock.flink.backend;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.IOUtils;

/** The keys and namespaces of several cursors, each once. Not thread-safe. */
final class MergedKeyCursor implements KeyCursor {
  private final List<KeyCursor> all;
  private final List<KeyCursor> valid = new ArrayList<>();
  private final List<KeyCursor> behind;
  private final SliceBuilder current = new SliceBuilder();

  /**
   * @param cursors not moved yet; closed with this one
   */
  MergedKeyCursor(List<KeyCursor> cursors) {
    this.all = List.copyOf(cursors);
    this.behind = new ArrayList<>(cursors);
  }

  @Override
  public boolean next() throws IOException {
    for (KeyCursor cursor : behind) {
      if (cursor.next()) {
        valid.add(cursor);
      }
    }
    behind.clear();
    current.clear();
    KeyCursor least = null;
    for (KeyCursor cursor : valid) {
      if (least == null || KeyCursor.compare(cursor.key(), least.key()) < 0) {
        least = cursor;
      }
    }
    if (least == null) {
      return false;
    }
    current.write(least.key());
    for (KeyCursor cursor : valid) {
      if (KeyCursor.compare(cursor.key(), current.slice()) == 0) {
        behind.add(cursor);
      }
    }
    valid.removeAll(behind);
    return true;
  }

  @Override
  public Slice key() {
    return current.slice();
  }

  @Override
  public void close() {
    all.forEach(IOUtils::closeQuietly);
  }
}
