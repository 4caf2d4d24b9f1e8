package io.hummock.flink.encoding;

import java.util.Optional;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * A state of a keyed backend whose entries lie in the tree: its meta information and the id of its
 * key spaces. Immutable but for what Flink changes in the meta information.
 */
public final class RegisteredState {
  private final RegisteredStateMetaInfoBase metaInfo;
  private final StateKind kind;
  private final long id;

  public RegisteredState(RegisteredStateMetaInfoBase metaInfo) {
    this.metaInfo = metaInfo;
    this.kind = StateKind.of(metaInfo);
    this.id = StateId.of(kind, metaInfo.getName());
  }

  /** A state as a checkpoint or savepoint describes it, before the job registers it again. */
  public static RegisteredState restored(StateMetaInfoSnapshot snapshot) {
    return new RegisteredState(
        RegisteredKeyValueStateBackendMetaInfo.fromMetaInfoSnapshot(snapshot));
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

  public RegisteredStateMetaInfoBase metaInfo() {
    return metaInfo;
  }

  /** What a checkpoint writes about this state; to be called by the task's thread. */
  public StateMetaInfoSnapshot metaInfoSnapshot() {
    return metaInfo.snapshot();
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
