package io.hummock.testing;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * The plainest iterator, over a list, and the most unforgiving: whatever slice it has handed out is
 * overwritten as soon as it moves, and calls that are not allowed fail.
 */
public final class EntryListIterator implements HummockIterator {
  private final List<Entry> entries;
  private final Direction direction;
  private int at = -1;
  private byte[] key = new byte[0];
  private byte[] value = new byte[0];
  private boolean positioned;
  private boolean closed;
  private boolean failsAtClose;
  private int callsUntilFailure = Integer.MAX_VALUE;

  /**
   * @param entries ascending by full key
   */
  public EntryListIterator(List<Entry> entries, Direction direction) {
    this.entries = entries;
    this.direction = direction;
  }

  /** Lets the {@code calls}-th move from now on fail, counted from 1, and no other. */
  public EntryListIterator failAt(int calls) {
    callsUntilFailure = calls;
    return this;
  }

  /** Lets {@link #close} fail, although it closes. */
  public EntryListIterator failAtClose() {
    failsAtClose = true;
    return this;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void rewind() throws IOException {
    beginMove();
    goTo(direction == Direction.FORWARD ? 0 : entries.size() - 1);
  }

  @Override
  public void seek(FullKey target) throws IOException {
    beginMove();
    int found = 0;
    if (direction == Direction.FORWARD) {
      while (found < entries.size() && entries.get(found).fullKey().compareTo(target) < 0) {
        found++;
      }
    } else {
      found = entries.size() - 1;
      while (found >= 0 && entries.get(found).fullKey().compareTo(target) > 0) {
        found--;
      }
    }
    goTo(found);
  }

  @Override
  public void next() throws IOException {
    current();
    int from = at;
    beginMove();
    goTo(from + (direction == Direction.FORWARD ? 1 : -1));
  }

  @Override
  public boolean isValid() {
    return positioned && !closed && at >= 0 && at < entries.size();
  }

  @Override
  public Slice key() {
    current();
    return Slice.of(key);
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
    current();
    return Slice.of(value);
  }

  @Override
  public void close() throws IOException {
    spoil();
    closed = true;
    if (failsAtClose) {
      throw new IOException("as the test wants it");
    }
  }

  private Entry current() {
    if (!isValid()) {
      throw new IllegalStateException("asked where it is not valid");
    }
    return entries.get(at);
  }

  private void beginMove() throws IOException {
    if (closed) {
      throw new IllegalStateException("moved after close");
    }
    spoil();
    positioned = false;
    if (--callsUntilFailure == 0) {
      throw new IOException("as the test wants it");
    }
  }

  private void goTo(int index) {
    at = index;
    positioned = true;
    if (isValid()) {
      key = entries.get(at).key().toByteArray();
      value = entries.get(at).value().toByteArray();
    }
  }

  private void spoil() {
    Arrays.fill(key, (byte) 0xAA);
    Arrays.fill(value, (byte) 0xAA);
  }
}
