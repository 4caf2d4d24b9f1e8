package io.hummock.memtable;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import org.jspecify.annotations.Nullable;

/** Walks a set of entries in the order that the set has when it is first positioned. */
final class MemTableIterator implements HummockIterator {
  private static final int TOUCH = 16;

  private final MemTable table;
  private final Entries entries;
  private final EntryKeys keys;
  private final KeyOrders orders;
  private final int set;
  private final boolean ofPrefix;
  private final Direction direction;

  private @Nullable KeyOrder order;
  private boolean closed;

  /*
   * How many of the run and of the tail lie on the lower side of the position: those already met
   * when walking forward, those still to be met when walking backward.
   *
   * The next one of the tail has its turn when `turn` of the run lie on the lower side. That is
   * searched for in growing steps, and only when the run has come as far as is known; so a look
   * at the first entry costs one comparison, and a long walk few for each one of the tail.
   */
  private int inRun;
  private int inTail;
  private int turn;
  private boolean turnIsKnown;
  private int turnStep;

  /**
   * Up to here, walking forward, the run's entries have been touched. They lie in the order in
   * which they were written, so that nearly each one is somewhere else.
   */
  private int touchedEnd;

  @SuppressWarnings("UnusedVariable") // so that the loads are not left out
  private int touched;

  private int current = Arena.NONE;
  private boolean currentIsOfTail;

  private byte[] keyBytes = {};
  private Slice key = Slice.EMPTY;
  private boolean hasKey;
  private final ValueLookup value = new ValueLookup();
  private boolean hasValue;

  MemTableIterator(
      MemTable table,
      Entries entries,
      KeyOrders orders,
      int set,
      boolean ofPrefix,
      Direction direction) {
    if (!table.retain()) {
      throw new IllegalStateException("memtable of epoch " + table.epoch() + " is released");
    }
    this.table = table;
    this.entries = entries;
    keys = entries.keys();
    this.orders = orders;
    this.set = set;
    this.ofPrefix = ofPrefix;
    this.direction = direction;
  }

  @Override
  public void rewind() {
    KeyOrder in = order();
    boolean forward = direction == Direction.FORWARD;
    start(in, forward ? 0 : in.run.count(), forward ? 0 : in.tailCount);
  }

  @Override
  public void seek(FullKey target) {
    KeyOrder in = order();
    // Of its key the only version lies before the target's, at it, or behind it.
    boolean forward = direction == Direction.FORWARD;
    boolean lower = forward ? target.epoch() < table.epoch() : target.epoch() <= table.epoch();
    start(
        in,
        in.run.countBefore(target.key(), lower, direction, keys),
        in.tailCountBefore(target.key(), lower, direction, keys));
  }

  private KeyOrder order() {
    if (closed) {
      throw new IllegalStateException("the iterator is closed");
    }
    KeyOrder in = order;
    if (in == null) {
      in = set == Arena.NONE ? KeyOrder.EMPTY : orders.order(set, ofPrefix, table.isFrozen());
      order = in;
    }
    return in;
  }

  private void start(KeyOrder in, int ofRun, int ofTail) {
    inRun = ofRun;
    inTail = ofTail;
    touchedEnd = ofRun;
    beginTurn();
    settle(in);
  }

  @Override
  public void next() {
    assert isValid();
    KeyOrder in = order();
    int step = direction == Direction.FORWARD ? 1 : -1;
    if (currentIsOfTail) {
      skipReplaced(in.run);
      inTail += step;
      beginTurn();
    } else {
      inRun += step;
    }
    settle(in);
  }

  /** A key has one version in here. */
  @Override
  public int nextKey() {
    next();
    return 1;
  }

  /** What the tail has of a key stands in the place of what the run has of it. */
  private void skipReplaced(KeyOrder.Run run) {
    if (direction == Direction.FORWARD
        && inRun < run.count()
        && keys.compareKeys(run.get(inRun), current, 0) == 0) {
      inRun++;
      touchedEnd = Math.max(touchedEnd, inRun);
    } else if (direction == Direction.BACKWARD
        && inRun > 0
        && keys.compareKeys(run.get(inRun - 1), current, 0) == 0) {
      inRun--;
    }
  }

  private void settle(KeyOrder in) {
    hasKey = false;
    hasValue = false;
    if (direction == Direction.FORWARD) {
      currentIsOfTail = inTail < in.tailCount && isTurnOf(in, in.tail[inTail]);
      if (currentIsOfTail) {
        current = in.tail[inTail];
      } else {
        if (inRun == touchedEnd) {
          touchNext(in.run);
        }
        current = inRun < in.run.count() ? in.run.get(inRun) : Arena.NONE;
      }
    } else {
      currentIsOfTail = inTail > 0 && isTurnOf(in, in.tail[inTail - 1]);
      if (currentIsOfTail) {
        current = in.tail[inTail - 1];
      } else {
        current = inRun > 0 ? in.run.get(inRun - 1) : Arena.NONE;
      }
    }
  }

  private void touchNext(KeyOrder.Run run) {
    touchedEnd = Math.min(inRun + TOUCH, run.count());
    int sum = 0;
    for (int i = inRun; i < touchedEnd; i++) {
      sum += keys.touch(run.get(i));
    }
    for (int i = inRun; i < touchedEnd; i++) {
      sum += entries.touchTail(run.get(i));
    }
    touched = sum;
  }

  private void beginTurn() {
    turn = inRun;
    turnIsKnown = false;
    turnStep = 1;
  }

  private boolean isTurnOf(KeyOrder in, int ofTail) {
    while (!turnIsKnown && turn == inRun) {
      advanceTurn(in.run, ofTail);
    }
    return turn == inRun;
  }

  private void advanceTurn(KeyOrder.Run run, int ofTail) {
    boolean forward = direction == Direction.FORWARD;
    int next = forward ? Math.min(turn + turnStep, run.count()) : Math.max(turn - turnStep, 0);
    if (next == turn) {
      turnIsKnown = true;
    } else if (direction.order(keys.compareKeys(run.get(forward ? next - 1 : next), ofTail, 0))
        < 0) {
      turn = next;
      turnStep *= 2;
    } else {
      turn =
          forward
              ? run.countBefore(ofTail, keys, turn, next - 1)
              : countUpTo(ofTail, run, next + 1, turn);
      turnIsKnown = true;
    }
  }

  /** As {@link KeyOrder.Run#countBefore}, and the one that the entry replaces. */
  private int countUpTo(int entry, KeyOrder.Run run, int from, int end) {
    int before = run.countBefore(entry, keys, from, end);
    boolean replaces = before < end && keys.compareKeys(run.get(before), entry, 0) == 0;
    return replaces ? before + 1 : before;
  }

  @Override
  public boolean isValid() {
    return current != Arena.NONE;
  }

  @Override
  public Slice key() {
    if (!hasKey) {
      int length = keys.keyLength(valid());
      if (length > keyBytes.length) {
        keyBytes = new byte[Math.max(length + Long.BYTES, 2 * keyBytes.length)];
      }
      keys.copyKey(current, keyBytes);
      key = key.over(keyBytes, length);
      hasKey = true;
    }
    return key;
  }

  @Override
  public long epoch() {
    valid();
    return table.epoch();
  }

  @Override
  public int scanPrefixLength() {
    return keys.scanPrefixLength(valid());
  }

  @Override
  public ValueKind kind() {
    readValue();
    if (!value.isFound()) {
      return ValueKind.TOMBSTONE;
    }
    return value.isComplete() ? ValueKind.PUT : ValueKind.MERGE;
  }

  @Override
  public Slice value() {
    readValue();
    return value.isFound() ? value.value() : Slice.EMPTY;
  }

  /** Kind and value at once, as the writer may change both. */
  private void readValue() {
    int entry = valid();
    if (!hasValue) {
      value.reset();
      entries.read(entry, value);
      hasValue = true;
    }
  }

  private int valid() {
    assert isValid();
    return current;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      current = Arena.NONE;
      KeyOrder in = order;
      if (in != null) {
        in.run.release();
      }
      order = null;
      table.release();
    }
  }
}
