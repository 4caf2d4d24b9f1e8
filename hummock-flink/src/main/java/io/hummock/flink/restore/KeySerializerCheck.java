package io.hummock.flink.restore;

import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.util.StateMigrationException;

/**
 * Refuses a key serializer that writes keys otherwise than those restored, and reconfigures it
 * where that makes it write them alike.
 */
final class KeySerializerCheck<K> {
  private final StateSerializerProvider<K> keySerializer;
  private boolean checked;

  KeySerializerCheck(StateSerializerProvider<K> keySerializer) {
    this.keySerializer = keySerializer;
  }

  /** Of several handles the first counts: all subtasks of an operator have the same serializer. */
  void check(TypeSerializerSnapshot<K> restored) throws StateMigrationException {
    if (checked) {
      return;
    }
    // Before the check: afterwards an incompatible one is not given any more.
    TypeSerializer<K> current = keySerializer.currentSchemaSerializer();
    TypeSerializerSchemaCompatibility<K> compatibility =
        keySerializer.setPreviousSerializerSnapshotForRestoredState(restored);
    if (compatibility.isCompatibleAfterMigration() || compatibility.isIncompatible()) {
      throw new StateMigrationException(
          "The new key serializer ("
              + current
              + ") must be compatible with the previous key serializer ("
              + keySerializer.previousSchemaSerializer()
              + ").");
    }
    checked = true;
  }
}
