package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;

/**
 * Walks one state, key group by key group, from one {@code key | namespace} to the next, whatever
 * number of entries each has. Not thread-safe.
 */
final class StateKeyCursor implements KeyCursor {
  /*
   * An entry that is all of its key and namespace stays current in the iterator itself, and the next
   * one cannot be of the same. Of those that share a scan prefix the prefix is copied, to skip the
   * rest of them.
   */
  private final UserIterator entries;
  private final long stateId;
  private final int lastKeyGroup;
  private final SliceBuilder current = new SliceBuilder();
  private boolean started;
  private boolean isWhole;

  /**
   * @param behind the key and namespace to begin behind; null to begin with the first
   */
  StateKeyCursor(HummockStore store, long stateId, KeyGroupRange keyGroups, @Nullable Slice behind)
      throws IOException {
    this.stateId = stateId;
    this.lastKeyGroup = keyGroups.getEndKeyGroup();
    int first = behind == null ? keyGroups.getStartKeyGroup() : KeySpace.partition(behind);
    if (behind != null) {
      current.write(behind);
    }
    this.entries = store.scan(new KeySpace(first, stateId).encode(), null, Direction.FORWARD);
  }

  @Override
  public boolean next() throws IOException {
    if (!started) {
      started = true;
      if (current.length() == 0) {
        entries.rewind();
      } else {
        entries.seek(current.slice());
        skipCurrent();
      }
    } else if (isWhole) {
      entries.next();
    } else {
      skipCurrent();
    }
    while (entries.isValid()) {
      Slice key = entries.key();
      int keyGroup = KeySpace.partition(key);
      if (keyGroup > lastKeyGroup) {
        break;
      }
      long id = KeySpace.id(key);
      if (id == stateId) {
        stay(key);
        return true;
      }
      boolean isPast = Long.compareUnsigned(id, stateId) > 0;
      if (isPast && keyGroup == lastKeyGroup) {
        break;
      }
      entries.seek(new KeySpace(isPast ? keyGroup + 1 : keyGroup, stateId).encode());
    }
    isWhole = false;
    current.clear();
    return false;
  }

  private void stay(Slice key) {
    int length = entries.scanPrefixLength();
    isWhole = length == key.length();
    if (!isWhole) {
      current.clear();
      current.write(key.array(), key.offset(), length);
    }
  }

  private void skipCurrent() throws IOException {
    while (entries.isValid()
        && entries.scanPrefixLength() == current.length()
        && entries.key().startsWith(current.slice())) {
      entries.next();
    }
  }

  @Override
  public Slice key() {
    return isWhole ? entries.key() : current.slice();
  }

  @Override
  public void close() throws IOException {
    entries.close();
  }
}
