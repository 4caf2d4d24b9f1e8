package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.ValueKind;
import java.util.Arrays;
import java.util.Objects;

/**
 * Entries for {@link HummockStore#ingestBatch}, in ascending key order, each key once. The bytes
 * are copied in.
 *
 * <p>Not thread-safe.
 */
public final class WriteBatch {
  private static final ValueKind[] KIND_BY_TAG = {
    ValueKind.PUT, ValueKind.TOMBSTONE, ValueKind.MERGE
  };

  private final SliceBuilder bytes = new SliceBuilder(1024);
  private int[] starts = new int[64];
  private int count;

  /** Adds a put. */
  public WriteBatch put(Slice key, int scanPrefixLength, Slice value) {
    return add(ValueKind.PUT, key, scanPrefixLength, value);
  }

  /** Adds a tombstone. */
  public WriteBatch delete(Slice key, int scanPrefixLength) {
    return add(ValueKind.TOMBSTONE, key, scanPrefixLength, Slice.EMPTY);
  }

  /** Adds a merge operand. */
  public WriteBatch append(Slice key, int scanPrefixLength, Slice operand) {
    return add(ValueKind.MERGE, key, scanPrefixLength, operand);
  }

  private WriteBatch add(ValueKind kind, Slice key, int scanPrefixLength, Slice value) {
    if (4 * count + 4 > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    int at = 4 * count++;
    starts[at] = bytes.length();
    bytes.write(key);
    starts[at + 1] = bytes.length();
    bytes.write(value);
    starts[at + 2] = bytes.length();
    starts[at + 3] = (scanPrefixLength << 2) | kind.tag();
    return this;
  }

  public int size() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Empties the batch for another use. */
  public void clear() {
    bytes.clear();
    count = 0;
  }

  /** The key of entry {@code index}; valid until the batch changes. */
  public Slice key(int index) {
    int at = at(index);
    return Slice.of(bytes.array(), starts[at], starts[at + 1] - starts[at]);
  }

  /** The value or operand of entry {@code index}; valid until the batch changes. */
  public Slice value(int index) {
    int at = at(index);
    return Slice.of(bytes.array(), starts[at + 1], starts[at + 2] - starts[at + 1]);
  }

  public int scanPrefixLength(int index) {
    return starts[at(index) + 3] >>> 2;
  }

  public ValueKind kind(int index) {
    return KIND_BY_TAG[starts[at(index) + 3] & 3];
  }

  private int at(int index) {
    return 4 * Objects.checkIndex(index, count);
  }
}
