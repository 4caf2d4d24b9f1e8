package io.hummock.flink.restore;

import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import java.io.IOException;
import java.util.List;

/**
 * The states of all handles together: each kind and name once, as the first handle describes it,
 * though each subtask may have registered its states in an order of its own; and of each state all
 * schemas that some subtask has entries in.
 */
final class RestoredStates {
  private final RegisteredStates states = new RegisteredStates();

  /** Adds a state, or what is not known of it yet. */
  void add(RegisteredState state) throws IOException {
    RegisteredState known = states.get(state.name());
    // Refuses one of the same name and another kind, and one of the same id.
    states.put(known != null && known.kind() == state.kind() ? known.and(state) : state);
  }

  List<RegisteredState> list() {
    return states.list();
  }
}
