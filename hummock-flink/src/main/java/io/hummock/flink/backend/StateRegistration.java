package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.encoding.SerializedTransformFactory;
import io.hummock.flink.encoding.StateGeneration;
import io.hummock.flink.encoding.StateId;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.encoding.StateMigration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers keyed states: new ones as they are, restored ones if their serializers fit what was
 * restored. Where values have to be migrated a new generation of the state begins, and no entry is
 * touched. For the task's thread.
 */
final class StateRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(StateRegistration.class);

  private final HummockStore store;
  private final RegisteredStates states;
  private final ClassLoader classLoader;

  StateRegistration(HummockStore store, RegisteredStates states, ClassLoader classLoader) {
    this.store = store;
    this.states = states;
    this.classLoader = classLoader;
  }

  /**
   * Registers a state, for the first time or again.
   *
   * @param transformFactory what savepoints apply to its values; of elements for a list, of values
   *     for a map
   * @param allowFutureMetadataUpdates whether the same backend may register it again with other
   *     serializers
   * @throws StateMigrationException if a serializer does not fit what the state was written with
   */
  <N, V, E> RegisteredState register(
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer,
      StateSnapshotTransformFactory<E> transformFactory,
      boolean allowFutureMetadataUpdates)
      throws StateMigrationException, IOException {
    StateKind kind = StateKind.of(descriptor.getType());
    RegisteredState known = states.get(descriptor.getName());
    RegisteredState state =
        known != null && known.kind() == kind
            ? updated(known, descriptor, namespaceSerializer)
            : begun(
                kind,
                new RegisteredKeyValueStateBackendMetaInfo<>(
                    descriptor.getType(),
                    descriptor.getName(),
                    namespaceSerializer,
                    descriptor.getSerializer()),
                List.of());
    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = metaInfo(state);
    if (allowFutureMetadataUpdates) {
      metaInfo = metaInfo.withSerializerUpgradesAllowed();
    }
    metaInfo.updateSnapshotTransformFactory(
        new SerializedTransformFactory<>(kind, transformFactory, metaInfo.getStateSerializer()));
    state = new RegisteredState(metaInfo, state.id(), state.older());
    states.put(state);
    return state;
  }

  @SuppressWarnings("unchecked") // the state of this name has values and namespaces of these types
  private static <N, V> RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo(
      RegisteredState state) {
    return (RegisteredKeyValueStateBackendMetaInfo<N, V>) state.metaInfo();
  }

  /** A state in a schema that begins now. */
  private static RegisteredState begun(
      StateKind kind,
      RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo,
      List<StateGeneration> older)
      throws IOException {
    StateMetaInfoSnapshot schema = metaInfo.snapshot();
    // A serializer may want a migration though it describes both schemas alike.
    for (int attempt = 0; ; attempt++) {
      long id = StateId.of(kind, metaInfo.getName(), schema, attempt);
      if (older.stream().noneMatch(generation -> generation.id() == id)) {
        return new RegisteredState(metaInfo, id, older);
      }
    }
  }

  private <N, V> RegisteredState updated(
      RegisteredState known,
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer)
      throws StateMigrationException, IOException {
    // Read before the update: if it is incompatible, it cannot be read any more afterwards.
    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = metaInfo(known);
    TypeSerializer<V> previousSerializer = metaInfo.getStateSerializer();
    StateGeneration before = known.generation();

    TypeSerializerSchemaCompatibility<V> values =
        update(known, metaInfo, descriptor, namespaceSerializer);
    if (values.isIncompatible()) {
      throw new StateMigrationException(
          "The new state serializer ("
              + descriptor.getSerializer()
              + ") of "
              + known
              + " must not be incompatible with the old state serializer ("
              + previousSerializer
              + ").");
    }
    if (!values.isCompatibleAfterMigration()) {
      return new RegisteredState(metaInfo, known.id(), known.older());
    }
    if (known.kind() == StateKind.MAP
        && !StateMigration.writesMapKeysAlike(metaInfo, metaInfo.getStateSerializer())) {
      throw new StateMigrationException(
          "The new serializer of "
              + known
              + " would write its map keys otherwise; of a map state only the values can be"
              + " migrated.");
    }
    RegisteredState next = revived(known, before, descriptor, namespaceSerializer);
    if (next == null) {
      List<StateGeneration> older = new ArrayList<>(known.older());
      older.add(before);
      next = begun(known.kind(), metaInfo, older);
    }
    LOG.info(
        "The serialised form of {} has changed: its values are migrated as they are used, and a few"
            + " at a time.",
        next);
    // A scan that begins before an entry is moved has to meet it where it was.
    store.seal();
    return next;
  }

  /**
   * The state in an older schema that the new serializer writes as it is; null if there is none.
   */
  private <N, V> @Nullable RegisteredState revived(
      RegisteredState known,
      StateGeneration before,
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer)
      throws StateMigrationException, IOException {
    for (StateGeneration older : known.older()) {
      List<StateGeneration> others = new ArrayList<>(known.older());
      others.remove(older);
      others.add(before);
      RegisteredState revived =
          new RegisteredState(StateMigration.metaInfo(older, classLoader), older.id(), others);
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = metaInfo(revived);
      TypeSerializerSchemaCompatibility<V> values =
          update(revived, metaInfo, descriptor, namespaceSerializer);
      if (values.isCompatibleAsIs() || values.isCompatibleWithReconfiguredSerializer()) {
        return revived;
      }
    }
    return null;
  }

  /** Registers the new serializers in the meta information. */
  private static <N, V> TypeSerializerSchemaCompatibility<V> update(
      RegisteredState state,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo,
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer)
      throws StateMigrationException {
    TypeSerializer<N> previousNamespaceSerializer = metaInfo.getNamespaceSerializer();
    TypeSerializerSchemaCompatibility<N> namespaces =
        metaInfo.updateNamespaceSerializer(namespaceSerializer);
    if (namespaces.isCompatibleAfterMigration() || namespaces.isIncompatible()) {
      throw new StateMigrationException(
          "The new namespace serializer ("
              + namespaceSerializer
              + ") of "
              + state
              + " must be compatible with the old namespace serializer ("
              + previousNamespaceSerializer
              + ").");
    }
    metaInfo.checkStateMetaInfo(descriptor);
    return metaInfo.updateStateSerializer(descriptor.getSerializer());
  }
}
