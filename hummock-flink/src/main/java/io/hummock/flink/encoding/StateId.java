package io.hummock.flink.encoding;

import io.hummock.bytes.Hash;

/**
 * The id of a state in a key space: XXH3 (64 bits, seed 0) of the UTF-8 bytes of {@code
 * "<kind>/<name>"}, the kind in lower case. It is the same in every subtask, whatever the order of
 * registration, and part of the format of checkpoints.
 */
public final class StateId {
  private StateId() {}

  public static long of(StateKind kind, String name) {
    return Hash.hash64(kind.tag() + '/' + name);
  }
}
