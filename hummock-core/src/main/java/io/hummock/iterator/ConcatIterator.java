package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One after the other, sources whose key ranges are ascending and disjoint: the tables of a
 * leveling level.
 *
 * <p>A source is opened when its range is reached and closed when it is left, so that at most one
 * is open. A {@link #seek} finds its source by binary search over the ranges.
 */
public final class ConcatIterator implements HummockIterator {
  /** Something that can be iterated over, of which the ends are known beforehand. */
  public interface Source {
    /** The least key, or a bound below it. */
    Slice smallestKey();

    /** The greatest key, or a bound above it. */
    Slice largestKey();

    /** A new iterator over it, which the caller closes. */
    HummockIterator open(Direction direction) throws IOException;
  }

  private final List<? extends Source> sources;
  private final Direction direction;

  private int index = -1;
  private @Nullable HummockIterator current;
  private boolean valid;

  /**
   * @param sources ascending, no two with a key in common
   */
  public ConcatIterator(List<? extends Source> sources, Direction direction) {
    this.sources = sources;
    this.direction = direction;
    assert areDisjoint(sources);
  }

  private static boolean areDisjoint(List<? extends Source> sources) {
    for (int i = 1; i < sources.size(); i++) {
      if (sources.get(i - 1).largestKey().compareTo(sources.get(i).smallestKey()) >= 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void rewind() throws IOException {
    valid = false;
    HummockIterator first = openAt(direction == Direction.FORWARD ? 0 : sources.size() - 1);
    if (first != null) {
      first.rewind();
      settle(first);
    }
  }

  @Override
  public void seek(FullKey target) throws IOException {
    valid = false;
    HummockIterator first = openAt(find(target.key()));
    if (first != null) {
      first.seek(target);
      settle(first);
    }
  }

  @Override
  public void next() throws IOException {
    HummockIterator at = current();
    valid = false;
    at.next();
    settle(at);
  }

  @Override
  public int nextKey() throws IOException {
    HummockIterator at = current();
    valid = false;
    int passed = at.nextKey();
    settle(at);
    return passed;
  }

  /** From wherever a source's iterator stands: goes on to the first source that has an entry. */
  private void settle(HummockIterator from) throws IOException {
    HummockIterator at = from;
    while (!at.isValid()) {
      HummockIterator following = openAt(index + (direction == Direction.FORWARD ? 1 : -1));
      if (following == null) {
        return;
      }
      at = following;
      at.rewind();
    }
    valid = true;
  }

  /** The first source in this direction that may have an entry at or past the key. */
  private int find(Slice key) {
    int low = 0;
    int high = sources.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      boolean before =
          direction == Direction.FORWARD
              ? sources.get(middle).largestKey().compareTo(key) < 0
              : sources.get(middle).smallestKey().compareTo(key) <= 0;
      if (before) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return direction == Direction.FORWARD ? low : low - 1;
  }

  /** Leaves the open source for another; null where there is none. */
  private @Nullable HummockIterator openAt(int next) throws IOException {
    if (next == index && current != null) {
      return current;
    }
    closeCurrent();
    if (next < 0 || next >= sources.size()) {
      return null;
    }
    HummockIterator opened = sources.get(next).open(direction);
    current = opened;
    index = next;
    return opened;
  }

  private void closeCurrent() throws IOException {
    HummockIterator closing = current;
    current = null;
    index = -1;
    if (closing != null) {
      closing.close();
    }
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public Slice key() {
    return current().key();
  }

  @Override
  public long epoch() {
    return current().epoch();
  }

  @Override
  public int scanPrefixLength() {
    return current().scanPrefixLength();
  }

  @Override
  public ValueKind kind() {
    return current().kind();
  }

  @Override
  public Slice value() {
    return current().value();
  }

  private HummockIterator current() {
    assert valid;
    HummockIterator at = current;
    if (at == null) {
      throw new IllegalStateException("not at an entry");
    }
    return at;
  }

  @Override
  public void close() throws IOException {
    valid = false;
    closeCurrent();
  }
}
