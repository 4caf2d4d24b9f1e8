package io.hummock.flink.encoding;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * A state of a keyed backend whose entries lie in the tree: its meta information, the id of its key
 * spaces, and what is left of older schemas. Immutable but for what Flink changes in the meta
 * information.
 */
public final class RegisteredState {
  private final RegisteredStateMetaInfoBase metaInfo;
  private final StateKind kind;
  private final long id;
  private final List<StateGeneration> older;
  private final @Nullable StateGeneration restored;

  /** A state whose schema never changes. */
  public RegisteredState(RegisteredStateMetaInfoBase metaInfo) {
    this(metaInfo, StateId.of(StateKind.of(metaInfo), metaInfo.getName()), List.of());
  }

  /**
   * A state in some schema.
   *
   * @param id under which the entries of this schema lie
   * @param older the schemas before it that may still have entries, oldest first
   */
  public RegisteredState(
      RegisteredStateMetaInfoBase metaInfo, long id, List<StateGeneration> older) {
    this(metaInfo, id, older, null);
  }

  private RegisteredState(
      RegisteredStateMetaInfoBase metaInfo,
      long id,
      List<StateGeneration> older,
      @Nullable StateGeneration restored) {
    this.metaInfo = metaInfo;
    this.kind = StateKind.of(metaInfo);
    this.id = id;
    this.older = List.copyOf(older);
    this.restored = restored;
  }

  /** A state as a checkpoint describes it, before the job registers it again. */
  public static RegisteredState restored(StateSnapshot snapshot, ClassLoader classLoader)
      throws IOException {
    return new RegisteredState(
        RegisteredKeyValueStateBackendMetaInfo.fromMetaInfoSnapshot(
            snapshot.current().read(classLoader)),
        snapshot.current().id(),
        snapshot.older(),
        snapshot.current());
  }

  /** A state of a canonical savepoint. */
  public static RegisteredState saved(StateMetaInfoSnapshot snapshot) {
    RegisteredState state =
        new RegisteredState(RegisteredKeyValueStateBackendMetaInfo.fromMetaInfoSnapshot(snapshot));
    return state.kind == StateKind.TIMER
        ? state
        : new RegisteredState(
            state.metaInfo, StateId.ofSaved(state.kind, state.name(), snapshot), List.of());
  }

  /**
   * All that two subtasks know of one state, which each of them may have registered in another
   * schema: in that of the one which has left the other's behind.
   */
  public RegisteredState and(RegisteredState other) throws IOException {
    boolean isBehind = other.hasOlder(id) && !hasOlder(other.id);
    RegisteredState ahead = isBehind ? other : this;
    RegisteredState behind = isBehind ? this : other;
    List<StateGeneration> all = new ArrayList<>();
    for (StateGeneration generation : behind.older) {
      ahead.addUnlessKnown(generation, all);
    }
    if (ahead.id != behind.id) {
      ahead.addUnlessKnown(behind.generation(), all);
    }
    all.addAll(ahead.older);
    return new RegisteredState(ahead.metaInfo, ahead.id, all, ahead.restored);
  }

  private boolean hasOlder(long generation) {
    return older.stream().anyMatch(known -> known.id() == generation);
  }

  private void addUnlessKnown(StateGeneration generation, List<StateGeneration> to) {
    if (generation.id() != id && !hasOlder(generation.id())) {
      to.add(generation);
    }
  }

  public String name() {
    return metaInfo.getName();
  }

  public StateKind kind() {
    return kind;
  }

  /** See {@link StateId}. */
  public long id() {
    return id;
  }

  /** The schemas before this one that may still have entries, oldest first. */
  public List<StateGeneration> older() {
    return older;
  }

  /** The same state when no older schema has entries any more. */
  public RegisteredState withoutOlder() {
    return new RegisteredState(metaInfo, id, List.of());
  }

  public RegisteredStateMetaInfoBase metaInfo() {
    return metaInfo;
  }

  /** What a checkpoint writes about this state; to be called by the task's thread. */
  public StateSnapshot snapshot() throws IOException {
    return new StateSnapshot(generation(), older);
  }

  /**
   * The entries of the current schema; to be called by the task's thread, before Flink compares it
   * with another one.
   */
  public StateGeneration generation() throws IOException {
    return restored != null ? restored : StateGeneration.of(id, metaInfo.snapshot());
  }

  /**
   * What drops or changes values on their way into a canonical savepoint; works on values as a
   * savepoint has them (a list without its last delimiter). Each one is for one thread: create it
   * in the synchronous part of the savepoint, use it in the asynchronous one.
   */
  public Optional<StateSnapshotTransformer<byte[]>> createSavepointTransformer() {
    return metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyed
        ? keyed.getStateSnapshotTransformFactory().createForSerializedState()
        : Optional.empty();
  }

  @Override
  public String toString() {
    return kind.tag() + " state '" + name() + "' (" + Long.toHexString(id) + ")";
  }
}
