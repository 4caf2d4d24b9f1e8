package io.hummock.flink.encoding;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.ScanPrefixIterator;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;

/**
 * A walk over all entries of one state, key group by key group, that is taken in steps: between
 * them it holds nothing open and entries may change. What is written behind the walk it does not
 * meet.
 *
 * <p>Not thread-safe.
 */
public final class StateWalk {
  private static final int MAX_STEP_BYTES = 1 << 20;

  private final HummockStore store;
  private final long stateId;
  private final int lastKeyGroup;
  private int keyGroup;
  private @Nullable Slice after;

  /**
   * An entry as it was when the walk met it.
   *
   * @param key {@code key group | state id | key | namespace [| map key]}
   * @param scanPrefixLength how much of the key is not the map key
   * @param value lasts for ever, as does the key
   */
  public record Entry(Slice key, int scanPrefixLength, Slice value) {}

  public StateWalk(HummockStore store, long stateId, KeyGroupRange keyGroups) {
    this.store = store;
    this.stateId = stateId;
    this.keyGroup = keyGroups.getStartKeyGroup();
    this.lastKeyGroup = keyGroups.getEndKeyGroup();
  }

  /** Whether the last key group has been walked through. */
  public boolean isAtEnd() {
    return keyGroup > lastKeyGroup;
  }

  /**
   * Takes a step: the next entries of the current key group. None if there are no more, and the
   * next step is the first one of the next key group.
   *
   * @param maxEntries fewer, if they are large
   */
  public List<Entry> step(int maxEntries) throws IOException {
    List<Entry> found = new ArrayList<>();
    if (isAtEnd()) {
      return found;
    }
    Slice first = new KeySpace(keyGroup, stateId).encode();
    long bytes = 0;
    boolean more;
    try (UserIterator entries =
        store.scan(
            after == null ? first : after, ScanPrefixIterator.endOf(first), Direction.FORWARD)) {
      entries.rewind();
      if (entries.isValid() && after != null && entries.key().equals(after)) {
        entries.next();
      }
      while (entries.isValid() && found.size() < maxEntries && bytes < MAX_STEP_BYTES) {
        Entry entry =
            new Entry(entries.key().copy(), entries.scanPrefixLength(), entries.value().copy());
        found.add(entry);
        bytes += entry.key.length() + entry.value.length();
        entries.next();
      }
      more = entries.isValid();
    }
    if (more) {
      after = found.get(found.size() - 1).key;
    } else {
      after = null;
      keyGroup++;
    }
    return found;
  }
}
