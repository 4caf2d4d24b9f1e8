package io.hummock.key;

import io.hummock.bytes.Slice;

/**
 * The key of one version of one entry: {@code key_space | user_key | epoch}.
 *
 * <p>Sorts by key space, then user key, then epoch <em>newest first</em>, so that a forward scan
 * meets the newest version of a key before the older ones. Since every key space has the same
 * length, key space and user key compare as one string of bytes, called the <em>key</em>; with the
 * epoch behind they would not: the epoch of a short key would meet the tail of a longer one.
 *
 * @param key {@code key_space | user_key}, see {@link KeySpace}
 * @param epoch the epoch that wrote this version; not negative
 */
public record FullKey(Slice key, long epoch) implements Comparable<FullKey> {
  /** The longest user key, in bytes. */
  public static final int MAX_USER_KEY_LENGTH = 0xFFFF;

  /** The longest key, in bytes. */
  public static final int MAX_KEY_LENGTH = KeySpace.LENGTH + MAX_USER_KEY_LENGTH;

  /** The highest epoch: sorts before every version of its key. */
  public static final long MAX_EPOCH = Long.MAX_VALUE;

  public FullKey {
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch " + epoch);
    }
  }

  /** Before every version of {@code key}, after every smaller key. */
  public static FullKey first(Slice key) {
    return new FullKey(key, MAX_EPOCH);
  }

  /** After every version of {@code key} but that of epoch 0, before every greater key. */
  public static FullKey last(Slice key) {
    return new FullKey(key, 0);
  }

  /** The order of full keys, for those who hold their parts. */
  public static int compare(Slice key, long epoch, Slice otherKey, long otherEpoch) {
    int order = key.compareTo(otherKey);
    return order != 0 ? order : Long.compare(otherEpoch, epoch);
  }

  @Override
  public int compareTo(FullKey other) {
    return compare(key, epoch, other.key, other.epoch);
  }
}
