package io.hummock.flink.restore;

import io.hummock.HummockStore;
import io.hummock.flink.encoding.RegisteredState;
import java.util.List;

/**
 * What a keyed backend begins with.
 *
 * @param store the open tree, to be closed by whoever takes this
 * @param states what is known of the states in it, each kind and name once
 * @param copiesRestored whether the first checkpoint has to copy the restored files and may not
 *     refer to them, see {@link io.hummock.flink.snapshot.HummockSnapshotStrategy}
 */
public record RestoredBackend(
    HummockStore store, List<RegisteredState> states, boolean copiesRestored) {
  public RestoredBackend {
    states = List.copyOf(states);
  }
}
