package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import org.apache.flink.runtime.state.KeyGroupRange;

/**
 * Walks one state, key group by key group, from one {@code key | namespace} to the next, whatever
 * number of entries each has. Not thread-safe.
 */
final class StateKeyCursor implements KeyCursor {
  private final UserIterator entries;
  private final long stateId;
  private final int lastKeyGroup;
  private final SliceBuilder current = new SliceBuilder();
  private boolean started;
  private final int firstKeyGroup;

  StateKeyCursor(HummockStore store, long stateId, KeyGroupRange keyGroups) throws IOException {
    this.stateId = stateId;
    this.firstKeyGroup = keyGroups.getStartKeyGroup();
    this.lastKeyGroup = keyGroups.getEndKeyGroup();
    this.entries =
        store.scan(new KeySpace(firstKeyGroup, stateId).encode(), null, Direction.FORWARD);
  }

  @Override
  public boolean next() throws IOException {
    if (!started) {
      started = true;
      entries.seek(new KeySpace(firstKeyGroup, stateId).encode());
    } else {
      while (entries.isValid() && isAtCurrent()) {
        entries.next();
      }
    }
    while (entries.isValid()) {
      KeySpace found = KeySpace.of(entries.key());
      if (found.partition() > lastKeyGroup) {
        break;
      }
      if (found.id() == stateId) {
        current.clear();
        current.write(entries.key().slice(0, entries.scanPrefixLength()));
        return true;
      }
      boolean isPast = Long.compareUnsigned(found.id(), stateId) > 0;
      if (isPast && found.partition() == lastKeyGroup) {
        break;
      }
      entries.seek(
          new KeySpace(isPast ? found.partition() + 1 : found.partition(), stateId).encode());
    }
    current.clear();
    return false;
  }

  private boolean isAtCurrent() {
    return entries.scanPrefixLength() == current.length()
        && entries.key().startsWith(current.slice());
  }

  @Override
  public Slice key() {
    return current.slice();
  }

  @Override
  public void close() throws IOException {
    entries.close();
  }
}
