package io.hummock.flink.encoding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The states of a keyed backend in the order of their first registration: those that were restored,
 * whether the job has asked for them or not, and those that it made.
 *
 * <p>For the task's thread only; {@link #list} gives a copy that others may have.
 */
public final class RegisteredStates {
  private final Map<String, RegisteredState> byName = new LinkedHashMap<>();
  private final Map<Long, String> nameById = new HashMap<>();

  /** The one that was asked for last: mostly it is asked for again. */
  private @Nullable RegisteredState last;

  /** The state of this name, or null. */
  public @Nullable RegisteredState get(String name) {
    RegisteredState state = last;
    if (state == null || !state.name().equals(name)) {
      state = byName.get(name);
      last = state;
    }
    return state;
  }

  /**
   * Adds a state, or puts one of the same kind and name in the place of the one before.
   *
   * @throws IllegalStateException if the name is taken by a state of another kind, or the state's
   *     id by another name
   */
  public void put(RegisteredState state) {
    RegisteredState before = byName.get(state.name());
    if (before != null && before.kind() != state.kind()) {
      throw new IllegalStateException(
          "state '"
              + state.name()
              + "' is a "
              + before.kind().tag()
              + " state, as the job or what it was restored from has it, and cannot be registered"
              + " as "
              + state.kind().tag()
              + " state: give the new state another name");
    }
    putId(state.id(), state.name());
    for (StateGeneration generation : state.older()) {
      putId(generation.id(), state.name());
    }
    byName.put(state.name(), state);
    last = null;
  }

  private void putId(long id, String name) {
    String other = nameById.putIfAbsent(id, name);
    if (other != null && !other.equals(name)) {
      throw new IllegalStateException(
          "states '"
              + other
              + "' and '"
              + name
              + "' have the same id "
              + Long.toHexString(id)
              + ": rename one of them");
    }
  }

  /** Forgets a state whose entries have been taken out of the tree. */
  public void remove(String name) {
    RegisteredState state = byName.remove(name);
    last = null;
    if (state != null) {
      nameById.values().remove(name);
    }
  }

  /** The states now, in order. */
  public List<RegisteredState> list() {
    return new ArrayList<>(byName.values());
  }

  public boolean isEmpty() {
    return byName.isEmpty();
  }
}
