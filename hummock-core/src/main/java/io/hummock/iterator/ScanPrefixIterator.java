package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a source that have exactly one scan prefix, shorter than their key. Asks the
 * source for nothing outside of the prefix but the one entry that tells where it ends. Closes its
 * source.
 */
public final class ScanPrefixIterator implements HummockIterator {
  private final HummockIterator source;
  private final Slice prefix;
  private final @Nullable Slice end;
  private final Direction direction;
  private boolean valid;

  public ScanPrefixIterator(HummockIterator source, Slice prefix, Direction direction) {
    this.source = source;
    this.prefix = prefix;
    this.end = endOf(prefix);
    this.direction = direction;
  }

  /** The least string behind all that start with the prefix, or null if there is none. */
  public static @Nullable Slice endOf(Slice prefix) {
    int length = prefix.length();
    while (length > 0 && prefix.get(length - 1) == (byte) 0xFF) {
      length--;
    }
    if (length == 0) {
      return null;
    }
    byte[] end = Arrays.copyOfRange(prefix.array(), prefix.offset(), prefix.offset() + length);
    end[length - 1]++;
    return Slice.of(end);
  }

  @Override
  public void rewind() throws IOException {
    valid = false;
    if (direction == Direction.FORWARD) {
      source.seek(FullKey.first(prefix));
    } else if (end == null) {
      source.rewind();
    } else {
      source.seek(FullKey.first(end));
    }
    settle();
  }

  @Override
  public void seek(FullKey target) throws IOException {
    boolean isBeforeStart =
        direction == Direction.FORWARD
            ? target.key().compareTo(prefix) < 0
            : end != null && target.key().compareTo(end) >= 0;
    if (isBeforeStart) {
      rewind();
      return;
    }
    valid = false;
    source.seek(target);
    settle();
  }

  @Override
  public void next() throws IOException {
    assert valid;
    valid = false;
    source.next();
    settle();
  }

  @Override
  public int nextKey() throws IOException {
    assert valid;
    valid = false;
    int passed = source.nextKey();
    settle();
    return passed;
  }

  private void settle() throws IOException {
    while (source.isValid() && source.key().startsWith(prefix)) {
      if (source.scanPrefixLength() == prefix.length() && source.key().length() > prefix.length()) {
        valid = true;
        return;
      }
      source.next();
    }
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public Slice key() {
    return source.key();
  }

  @Override
  public long epoch() {
    return source.epoch();
  }

  @Override
  public int scanPrefixLength() {
    return source.scanPrefixLength();
  }

  @Override
  public ValueKind kind() {
    return source.kind();
  }

  @Override
  public Slice value() {
    return source.value();
  }

  @Override
  public void close() throws IOException {
    valid = false;
    source.close();
  }
}
