package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All entries of several sources in one order, every version of every key.
 *
 * <p>Where two sources have the same full key, both entries come, that of the earlier source in the
 * list first; so hand newer sources in first. Holds no entry itself; closes its sources.
 */
public final class MergeIterator implements HummockIterator {
  /*
   * A tree of losers (Knuth, The Art of Computer Programming, volume 3, 5.4.1): the sources are the
   * leaves n..2n-1 of a complete binary tree, whose inner nodes 1..n-1 remember who lost the match
   * there; the winner of all stands at 0. After the winner has moved only the matches on its way to
   * the root are played again, one comparison a level. A source with no entry left loses to all.
   */
  private final HummockIterator[] sources;
  private final Direction direction;
  private final int[] tree;

  /* The key of each source where it stands, asked for once a move; null where it has no entry. */
  private final @Nullable Slice[] keys;
  private final long[] epochs;

  /** The key that is left. */
  private final SliceBuilder left = new SliceBuilder();

  private boolean valid;

  /**
   * @param sources each in {@code direction}, newest first
   */
  public MergeIterator(List<? extends HummockIterator> sources, Direction direction) {
    this.sources = sources.toArray(new HummockIterator[0]);
    this.direction = direction;
    int count = this.sources.length;
    tree = new int[Math.max(1, count)];
    keys = new @Nullable Slice[count];
    epochs = new long[count];
  }

  @Override
  public void rewind() throws IOException {
    valid = false;
    for (int i = 0; i < sources.length; i++) {
      sources[i].rewind();
      read(i);
    }
    playAll();
  }

  @Override
  public void seek(FullKey target) throws IOException {
    valid = false;
    for (int i = 0; i < sources.length; i++) {
      sources[i].seek(target);
      read(i);
    }
    playAll();
  }

  @Override
  public void next() throws IOException {
    assert valid;
    int moved = tree[0];
    valid = false;
    sources[moved].next();
    read(moved);
    replay(moved);
  }

  @Override
  public int nextKey() throws IOException {
    assert valid;
    left.clear();
    left.write(key());
    int passed = 0;
    int moved;
    do {
      moved = tree[0];
      valid = false;
      passed += sources[moved].nextKey();
      read(moved);
      replay(moved);
    } while (tree[0] != moved && valid && key().equals(left.slice()));
    return passed;
  }

  private void read(int source) {
    HummockIterator at = sources[source];
    if (at.isValid()) {
      keys[source] = at.key();
      epochs[source] = at.epoch();
    } else {
      keys[source] = null;
    }
  }

  private void playAll() {
    if (sources.length > 0) {
      tree[0] = play(1);
      settle();
    }
  }

  /** Plays the matches below a node, and returns who wins at it. */
  private int play(int node) {
    if (node >= sources.length) {
      return node - sources.length;
    }
    int left = play(2 * node);
    int right = play(2 * node + 1);
    boolean leftWins = wins(left, right);
    tree[node] = leftWins ? right : left;
    return leftWins ? left : right;
  }

  private void replay(int moved) {
    int winner = moved;
    for (int node = (moved + sources.length) / 2; node > 0; node /= 2) {
      int other = tree[node];
      if (wins(other, winner)) {
        tree[node] = winner;
        winner = other;
      }
    }
    tree[0] = winner;
    settle();
  }

  private void settle() {
    valid = keys[tree[0]] != null;
  }

  private boolean wins(int source, int other) {
    Slice key = keys[source];
    Slice otherKey = keys[other];
    if (key == null || otherKey == null) {
      return otherKey == null && (key != null || source < other);
    }
    int order = direction.order(FullKey.compare(key, epochs[source], otherKey, epochs[other]));
    return order != 0 ? order < 0 : source < other;
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
    return sources[tree[0]];
  }

  /** Closes every source, also where one of them fails to. */
  @Override
  public void close() throws IOException {
    valid = false;
    IOException failure = null;
    for (HummockIterator source : sources) {
      try {
        source.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
