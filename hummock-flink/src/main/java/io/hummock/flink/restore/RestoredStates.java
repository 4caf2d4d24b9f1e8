package io.hummock.flink.restore;

import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * The states of all handles together: each kind and name once, as the first handle describes it,
 * though each subtask may have registered its states in an order of its own.
 */
final class RestoredStates {
  private final RegisteredStates states = new RegisteredStates();
  private final List<StateMetaInfoSnapshot> metaInfos = new ArrayList<>();

  /** Adds a state unless it is known, and returns what is known of it. */
  RegisteredState add(StateMetaInfoSnapshot metaInfo) {
    RegisteredState state = RegisteredState.restored(metaInfo);
    RegisteredState known = states.get(state.name());
    if (known != null && known.kind() == state.kind()) {
      return known;
    }
    // Refuses one of the same name and another kind, and one of the same id.
    states.put(state);
    metaInfos.add(metaInfo);
    return state;
  }

  List<StateMetaInfoSnapshot> list() {
    return metaInfos;
  }
}
