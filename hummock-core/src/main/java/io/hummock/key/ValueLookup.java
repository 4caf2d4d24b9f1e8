package io.hummock.key;

import io.hummock.bytes.Slice;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what a point lookup meets, newest source first, until a put or a tombstone ends it; then
 * holds the value: the base, if any, and behind it the merge operands, oldest first.
 *
 * <p>Reusable after {@link #reset}; not thread-safe.
 */
public final class ValueLookup {
  /*
   * Sources come newest first, operands must stand oldest first. So the bytes fill the buffer from
   * its end backwards: each older piece goes in front of the newer ones, and nothing is moved but
   * when the buffer grows.
   */
  private static final byte[] NOTHING = {};
  private static final int MIN_SIZE = 256;

  private byte[] buffer = NOTHING;
  private int start;
  private boolean complete;
  private int values;

  /** Forgets everything; the buffer stays. */
  public void reset() {
    start = buffer.length;
    complete = false;
    values = 0;
  }

  /** Whether a put or a tombstone was met: older sources have nothing to add. */
  public boolean isComplete() {
    return complete;
  }

  /** Whether the key has a value; final when {@link #isComplete} or no source is left. */
  public boolean isFound() {
    return values > 0;
  }

  /** How many puts and operands were met. */
  public int values() {
    return values;
  }

  /** The value; valid until the next reset. Requires {@link #isFound}. */
  public Slice value() {
    if (values == 0) {
      throw new IllegalStateException("no value found");
    }
    return Slice.of(buffer, start, buffer.length - start);
  }

  /** The value, or null if the key has none. */
  public @Nullable Slice valueOrNull() {
    return values > 0 ? value() : null;
  }

  /** Takes the next older entry of the key. */
  public void add(ValueKind kind, byte[] bytes, int offset, int length) {
    if (kind != ValueKind.TOMBSTONE) {
      int at = prepend(length);
      System.arraycopy(bytes, offset, buffer, at, length);
    }
    met(kind);
  }

  /** Takes the next older entry of the key, its bytes at an absolute position of a page. */
  public void add(ValueKind kind, ByteBuffer bytes, int offset, int length) {
    if (kind != ValueKind.TOMBSTONE) {
      int at = prepend(length);
      bytes.get(offset, buffer, at, length);
    }
    met(kind);
  }

  /**
   * Makes room for {@code length} bytes in front and returns their offset in {@link #array}; for
   * values that lie in several pieces. Follow with {@link #met}.
   */
  public int prepend(int length) {
    if (length > start) {
      int size = buffer.length - start;
      int roomy = Math.max(MIN_SIZE, Math.min(2 * size, 1 << 29));
      byte[] grown = new byte[Math.max(Math.addExact(size, length), roomy)];
      System.arraycopy(buffer, start, grown, grown.length - size, size);
      start = grown.length - size;
      buffer = grown;
    }
    start -= length;
    return start;
  }

  /** Takes back the room that {@link #prepend} has just made. */
  public void retract(int length) {
    start += length;
  }

  /** The buffer that {@link #prepend} made room in. */
  public byte[] array() {
    return buffer;
  }

  /** Says of which kind the entry was whose bytes {@link #prepend} made room for. */
  public void met(ValueKind kind) {
    assert !complete : "an entry older than the one that ended the search";
    complete = kind != ValueKind.MERGE;
    values += kind == ValueKind.TOMBSTONE ? 0 : 1;
  }
}
