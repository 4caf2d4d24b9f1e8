package io.hummock.key;

import io.hummock.bytes.Slice;

/**
 * A range of partitions, both ends included: what a tree owns, or what of a table it may see.
 *
 * @param first the first partition
 * @param last the last partition, not before the first
 */
public record PartitionRange(int first, int last) {
  public static final PartitionRange ALL = new PartitionRange(0, KeySpace.MAX_PARTITION);

  public PartitionRange {
    if (first < 0 || last > KeySpace.MAX_PARTITION || first > last) {
      throw new IllegalArgumentException("partitions " + first + " to " + last);
    }
  }

  public boolean contains(int partition) {
    return first <= partition && partition <= last;
  }

  /** Whether the key's partition lies in the range. */
  public boolean contains(Slice key) {
    return contains(KeySpace.partition(key));
  }

  public boolean contains(PartitionRange other) {
    return first <= other.first && other.last <= last;
  }

  public boolean intersects(PartitionRange other) {
    return first <= other.last && other.first <= last;
  }

  /** What both cover; they must {@linkplain #intersects intersect}. */
  public PartitionRange intersection(PartitionRange other) {
    return new PartitionRange(Math.max(first, other.first), Math.min(last, other.last));
  }

  /** The least key of the range: two bytes. */
  public Slice lowerKey() {
    return Slice.of(new byte[] {(byte) (first >>> 8), (byte) first});
  }
}
