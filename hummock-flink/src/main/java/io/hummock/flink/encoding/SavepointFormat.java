package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.KeySpace;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;

/**
 * The two differences between the tree and Flink's canonical savepoint format.
 *
 * <ul>
 *   <li>A savepoint's key is {@code key group (1 or 2 bytes, big endian) | rest}, the tree's is
 *       {@code key group (2 bytes) | state id (8 bytes) | rest}. The rest is the same.
 *   <li>A list's elements are separated by {@code ','} in a savepoint, and in the tree each is
 *       followed by one, so that appending is concatenation.
 * </ul>
 */
public final class SavepointFormat {
  /** What follows each element of a list. */
  public static final byte DELIMITER = ',';

  private SavepointFormat() {}

  /** The savepoint's key of a key of the tree, in a fresh array. */
  public static byte[] key(Slice treeKey, int keyGroupPrefixBytes) {
    int rest = treeKey.length() - KeySpace.LENGTH;
    byte[] key = new byte[keyGroupPrefixBytes + rest];
    int keyGroup = KeySpace.partition(treeKey);
    for (int i = keyGroupPrefixBytes - 1; i >= 0; i--) {
      key[i] = (byte) keyGroup;
      keyGroup >>>= 8;
    }
    System.arraycopy(
        treeKey.array(), treeKey.offset() + KeySpace.LENGTH, key, keyGroupPrefixBytes, rest);
    return key;
  }

  /**
   * The key of the tree of a savepoint's key.
   *
   * @param into is cleared and filled, and backs the result
   */
  public static Slice treeKey(
      byte[] key, int keyGroupPrefixBytes, long stateId, SliceBuilder into) {
    int keyGroup = CompositeKeySerializationUtils.extractKeyGroup(keyGroupPrefixBytes, key);
    into.clear();
    into.reserve(KeySpace.LENGTH);
    new KeySpace(keyGroup, stateId).write(into.array(), 0);
    into.write(key, keyGroupPrefixBytes, key.length - keyGroupPrefixBytes);
    return into.slice();
  }

  /** The savepoint's value of a list's value in the tree, in a fresh array. */
  public static byte[] list(Slice treeValue) {
    assert treeValue.get(treeValue.length() - 1) == DELIMITER;
    return treeValue.slice(0, treeValue.length() - 1).toByteArray();
  }

  /**
   * The tree's value of a savepoint's list.
   *
   * @param into is cleared and filled, and backs the result
   */
  public static Slice treeList(byte[] value, SliceBuilder into) {
    into.clear();
    return into.write(value, 0, value.length).writeByte(DELIMITER).slice();
  }
}
