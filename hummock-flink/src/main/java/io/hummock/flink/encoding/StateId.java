package io.hummock.flink.encoding;

import io.hummock.bytes.Hash;
import java.io.IOException;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * The id of a state in a key space. It is part of the format of checkpoints, and the same in every
 * subtask that registers the same state with the same serializer, whatever the order of
 * registration.
 *
 * <p>A state has one for each schema that it is written in. So subtasks that come to register a
 * state in different versions of the job do not mix their values when they are restored as one.
 */
public final class StateId {
  private StateId() {}

  /**
   * The id of timers, whose schema never changes, and of keyed states whose schema cannot be told:
   * XXH3 (64 bits, seed 0) of the UTF-8 bytes of {@code "<kind>/<name>"}, the kind in lower case.
   */
  public static long of(StateKind kind, String name) {
    return Hash.hash64(kind.tag() + '/' + name);
  }

  /**
   * The id of a state in a schema: the same hash of {@code "<kind>@<schema>/<name>"}, the schema as
   * hexadecimal digits of the hash of its description's bytes plus the attempt.
   *
   * @param attempt 0, or more if that gave an id which the state has in another schema
   */
  public static long of(StateKind kind, String name, StateMetaInfoSnapshot schema, int attempt)
      throws IOException {
    long hash = Hash.hash64(StateGeneration.write(schema)) + attempt;
    return Hash.hash64(kind.tag() + '@' + Long.toHexString(hash) + '/' + name);
  }

  /** The id of a state that a savepoint describes. */
  static long ofSaved(StateKind kind, String name, StateMetaInfoSnapshot schema) {
    try {
      return of(kind, name, schema, 0);
    } catch (IOException | RuntimeException e) {
      // Nobody promises that what was read can be written: then subtasks are taken to be alike.
      return of(kind, name);
    }
  }
}
