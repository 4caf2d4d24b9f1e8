package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.Snapshot;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.encoding.SerializedTransformFactory;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.state.ValueMigration;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializerSnapshot;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.StateMigrationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers keyed states: new ones as they are, restored ones if their serializers fit what was
 * restored. For the task's thread.
 */
final class StateRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(StateRegistration.class);

  private final HummockStore store;
  private final RegisteredStates states;
  private final KeyGroupRange keyGroups;
  private final TtlTimeProvider time;

  StateRegistration(
      HummockStore store, RegisteredStates states, KeyGroupRange keyGroups, TtlTimeProvider time) {
    this.store = store;
    this.states = states;
    this.keyGroups = keyGroups;
    this.time = time;
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
    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo;
    if (known != null && known.kind() == kind) {
      metaInfo = updated(known, descriptor, namespaceSerializer);
    } else {
      metaInfo =
          new RegisteredKeyValueStateBackendMetaInfo<>(
              descriptor.getType(),
              descriptor.getName(),
              namespaceSerializer,
              descriptor.getSerializer());
    }
    if (allowFutureMetadataUpdates) {
      metaInfo = metaInfo.withSerializerUpgradesAllowed();
    }
    metaInfo.updateSnapshotTransformFactory(
        new SerializedTransformFactory<>(kind, transformFactory, metaInfo.getStateSerializer()));
    RegisteredState state = new RegisteredState(metaInfo);
    states.put(state);
    return state;
  }

  @SuppressWarnings("unchecked") // the state of this name has values and namespaces of these types
  private <N, V> RegisteredKeyValueStateBackendMetaInfo<N, V> updated(
      RegisteredState known,
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer)
      throws StateMigrationException, IOException {
    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo =
        (RegisteredKeyValueStateBackendMetaInfo<N, V>) known.metaInfo();
    TypeSerializer<N> previousNamespaceSerializer = metaInfo.getNamespaceSerializer();
    TypeSerializerSchemaCompatibility<N> namespaces =
        metaInfo.updateNamespaceSerializer(namespaceSerializer);
    if (namespaces.isCompatibleAfterMigration() || namespaces.isIncompatible()) {
      throw new StateMigrationException(
          "The new namespace serializer ("
              + namespaceSerializer
              + ") of "
              + known
              + " must be compatible with the old namespace serializer ("
              + previousNamespaceSerializer
              + ").");
    }
    metaInfo.checkStateMetaInfo(descriptor);

    // Read before the update: if it is incompatible, it cannot be read any more afterwards.
    TypeSerializer<V> previousSerializer = metaInfo.getStateSerializer();
    TypeSerializerSchemaCompatibility<V> values =
        metaInfo.updateStateSerializer(descriptor.getSerializer());
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
    if (values.isCompatibleAfterMigration()) {
      if (known.kind() == StateKind.MAP) {
        checkMapKeys(
            known,
            Objects.requireNonNull(metaInfo.getPreviousStateSerializerSnapshot()),
            metaInfo.getStateSerializer());
      }
      migrate(known, metaInfo);
    }
    return metaInfo;
  }

  /** Map keys are keys of the tree, which are not rewritten. */
  @SuppressWarnings("unchecked") // both serialise the keys of the same map
  private static <U> void checkMapKeys(
      RegisteredState state, TypeSerializerSnapshot<?> previous, TypeSerializer<?> current)
      throws StateMigrationException {
    TypeSerializerSnapshot<U> previousKeys =
        (TypeSerializerSnapshot<U>)
            ((MapSerializerSnapshot<?, ?>) previous).getKeySerializerSnapshot();
    TypeSerializer<U> currentKeys =
        (TypeSerializer<U>) ((MapSerializer<?, ?>) current).getKeySerializer();
    if (!currentKeys
        .snapshotConfiguration()
        .resolveSchemaCompatibility(previousKeys)
        .isCompatibleAsIs()) {
      throw new StateMigrationException(
          "The new serializer of "
              + state
              + " would write its map keys otherwise; of a map state only the values can be"
              + " migrated.");
    }
  }

  /** Rewrites all values of a state. */
  private <V> void migrate(
      RegisteredState state, RegisteredKeyValueStateBackendMetaInfo<?, V> metaInfo)
      throws StateMigrationException, IOException {
    LOG.info("Rewriting the values of {}, as their serialised form has changed.", state);
    ValueMigration<V> migration =
        new ValueMigration<>(
            state.kind(),
            metaInfo.getPreviousStateSerializer(),
            metaInfo.getStateSerializer(),
            time);
    long count = 0;
    try (Snapshot before = store.snapshot()) {
      for (int keyGroup : keyGroups) {
        Slice first = new KeySpace(keyGroup, state.id()).encode();
        try (UserIterator entries = before.scan(first, null, Direction.FORWARD)) {
          for (entries.rewind();
              entries.isValid() && entries.key().startsWith(first);
              entries.next()) {
            Slice value;
            try {
              value = migration.migrate(entries.value());
            } catch (IOException | RuntimeException e) {
              throw new StateMigrationException("Could not migrate a value of " + state + ".", e);
            }
            store.put(entries.key(), entries.scanPrefixLength(), value);
            count++;
          }
        }
      }
    }
    LOG.info("Rewrote {} values of {}.", count, state);
  }
}
