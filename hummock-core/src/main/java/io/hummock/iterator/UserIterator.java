package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.io.Closeable;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a reader of some epoch sees between two bounds: of each key the newest version at or below
 * that epoch, merge operands folded, tombstones left out.
 *
 * <p>The verbs and promises are those of {@link HummockIterator}, over keys instead of full keys.
 * Closes its source.
 */
public final class UserIterator implements Closeable {
  /*
   * Walking forward, the newest version that is seen comes first. If it is a put it is the value,
   * and the source stays at it: key and value are the source's own, and nothing is copied. If it
   * is a tombstone, the key is left at once. All else is gathered while the source walks over the
   * versions of the key.
   */
  private final HummockIterator source;
  private final long readEpoch;
  private final Slice lower;
  private final @Nullable Slice upper;
  private final Direction direction;
  private @Nullable LongConsumer onClose;
  private long passed;

  private final SliceBuilder key = new SliceBuilder();
  private final ValueLookup newestFirst = new ValueLookup();
  private final SliceBuilder oldestFirst = new SliceBuilder();
  private int scanPrefixLength;
  private boolean valid;
  private boolean sourceIsAtValue;

  /**
   * @param source all versions, in {@code direction}
   * @param readEpoch newer versions are not seen
   * @param lower the least key, included
   * @param upper the end, excluded; null for none
   */
  public UserIterator(
      HummockIterator source,
      long readEpoch,
      Slice lower,
      @Nullable Slice upper,
      Direction direction) {
    this(source, readEpoch, lower, upper, direction, null);
  }

  /**
   * As {@link #UserIterator(HummockIterator, long, Slice, Slice, Direction)}.
   *
   * @param onClose run once, after the source was closed, with the number of entries that were
   *     passed, whether or not they were seen; null for nothing
   */
  public UserIterator(
      HummockIterator source,
      long readEpoch,
      Slice lower,
      @Nullable Slice upper,
      Direction direction,
      @Nullable LongConsumer onClose) {
    this.source = source;
    this.readEpoch = readEpoch;
    this.lower = lower;
    this.upper = upper;
    this.direction = direction;
    this.onClose = onClose;
  }

  /** Goes to the first key in this direction. */
  public void rewind() throws IOException {
    leave();
    if (direction == Direction.FORWARD) {
      source.seek(FullKey.first(lower));
    } else if (upper == null) {
      source.rewind();
    } else {
      source.seek(FullKey.first(upper));
    }
    settle();
  }

  /** Goes to the first key at or past {@code target} in this direction. */
  public void seek(Slice target) throws IOException {
    boolean pastStart =
        direction == Direction.FORWARD
            ? target.compareTo(lower) <= 0
            : upper != null && target.compareTo(upper) >= 0;
    if (pastStart) {
      rewind();
      return;
    }
    leave();
    source.seek(direction == Direction.FORWARD ? FullKey.first(target) : FullKey.last(target));
    settle();
  }

  /** Goes to the next key in this direction. Requires {@link #isValid}. */
  public void next() throws IOException {
    assert valid;
    valid = false;
    if (sourceIsAtValue) {
      sourceIsAtValue = false;
      passed += source.nextKey();
    } else {
      skipRestOfKey();
    }
    settle();
  }

  public boolean isValid() {
    return valid;
  }

  /** {@code key_space | user_key}; valid until the next move. Requires {@link #isValid}. */
  public Slice key() {
    assert valid;
    return sourceIsAtValue ? source.key() : key.slice();
  }

  /** See {@link HummockIterator#scanPrefixLength}. Requires {@link #isValid}. */
  public int scanPrefixLength() {
    assert valid;
    return sourceIsAtValue ? source.scanPrefixLength() : scanPrefixLength;
  }

  /** The whole value; valid until the next move. Requires {@link #isValid}. */
  public Slice value() {
    assert valid;
    if (sourceIsAtValue) {
      return source.value();
    }
    return direction == Direction.FORWARD ? newestFirst.value() : oldestFirst.slice();
  }

  @Override
  public void close() throws IOException {
    valid = false;
    try {
      source.close();
    } finally {
      LongConsumer action = onClose;
      onClose = null;
      if (action != null) {
        action.accept(passed);
      }
    }
  }

  private void passSource() throws IOException {
    passed++;
    source.next();
  }

  private void leave() {
    valid = false;
    sourceIsAtValue = false;
  }

  /** From the first version of some key on: stops at the first key that has a value. */
  private void settle() throws IOException {
    while (source.isValid() && isWithinBounds()) {
      if (direction == Direction.FORWARD && isSeen()) {
        ValueKind kind = source.kind();
        if (kind == ValueKind.PUT) {
          sourceIsAtValue = true;
          valid = true;
          return;
        }
        if (kind == ValueKind.TOMBSTONE) {
          passed += source.nextKey();
          continue;
        }
      }
      keep(source.key());
      scanPrefixLength = source.scanPrefixLength();
      if (direction == Direction.FORWARD ? foldNewestFirst() : foldOldestFirst()) {
        valid = true;
        return;
      }
      skipRestOfKey();
    }
  }

  private boolean isSeen() {
    return readEpoch == FullKey.MAX_EPOCH || source.epoch() <= readEpoch;
  }

  private void keep(Slice current) {
    key.clear();
    key.write(current);
  }

  private boolean isWithinBounds() {
    return direction == Direction.FORWARD
        ? upper == null || source.key().compareTo(upper) < 0
        : source.key().compareTo(lower) >= 0;
  }

  private boolean foldNewestFirst() throws IOException {
    newestFirst.reset();
    while (isAtKey() && !newestFirst.isComplete()) {
      if (source.epoch() <= readEpoch) {
        Slice value = source.value();
        newestFirst.add(source.kind(), value.array(), value.offset(), value.length());
      }
      if (!newestFirst.isComplete()) {
        passSource();
      }
    }
    return newestFirst.isFound();
  }

  private boolean foldOldestFirst() throws IOException {
    boolean found = false;
    oldestFirst.clear();
    while (isAtKey() && source.epoch() <= readEpoch) {
      if (source.kind() != ValueKind.MERGE) {
        oldestFirst.clear();
      }
      found = source.kind() != ValueKind.TOMBSTONE;
      oldestFirst.write(source.value());
      passSource();
    }
    return found;
  }

  private void skipRestOfKey() throws IOException {
    while (isAtKey()) {
      passSource();
    }
  }

  private boolean isAtKey() {
    return source.isValid() && source.key().equals(key.slice());
  }
}
