package io.hummock.flink.encoding;

import java.util.List;

/**
 * What a checkpoint says of a state.
 *
 * @param current the schema that it is written in
 * @param older the schemas before that may still have entries, oldest first
 */
public record StateSnapshot(StateGeneration current, List<StateGeneration> older) {
  public StateSnapshot {
    older = List.copyOf(older);
  }
}
