package io.hummock.flink.restore;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.flink.encoding.KeyDecoder;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.SavepointFormat;
import io.hummock.flink.encoding.StateKind;
import io.hummock.flink.metrics.ProgressLog;
import io.hummock.flink.metrics.RestoreMetrics;
import io.hummock.key.KeySpace;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.ICloseableRegistry;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;
import org.apache.flink.runtime.state.restore.ThrowingIterator;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/** Writes the entries of canonical savepoints, of whichever backend, into a tree. */
final class SavepointRestore<K> {
  private static final int ENTRIES_BETWEEN_CHECKS = 1024;

  private final HummockStore store;
  private final KeyGroupRange keyGroups;
  private final int keyGroupPrefixBytes;
  private final StateSerializerProvider<K> keySerializer;
  private final ClassLoader classLoader;
  private final ICloseableRegistry cancellation;
  private final RestoreMetrics metrics;
  private final RestoredStates states;

  private final SliceBuilder key = new SliceBuilder();
  private final SliceBuilder value = new SliceBuilder();

  /**
   * @param states gets the states of the savepoints
   */
  SavepointRestore(
      HummockStore store,
      KeyGroupRange keyGroups,
      int keyGroupPrefixBytes,
      StateSerializerProvider<K> keySerializer,
      ClassLoader classLoader,
      ICloseableRegistry cancellation,
      RestoreMetrics metrics,
      RestoredStates states) {
    this.store = store;
    this.keyGroups = keyGroups;
    this.keyGroupPrefixBytes = keyGroupPrefixBytes;
    this.keySerializer = keySerializer;
    this.classLoader = classLoader;
    this.cancellation = cancellation;
    this.metrics = metrics;
    this.states = states;
  }

  /** Restores all handles, and adds what they tell of the states. */
  void restore(List<KeyGroupsStateHandle> handles) throws IOException, StateMigrationException {
    AtomicBoolean cancelled = new AtomicBoolean();
    List<KeyedStateHandle> all = new ArrayList<>(handles.size());
    AtomicLong bytesRead = new AtomicLong();
    long bytes = 0;
    for (KeyGroupsStateHandle handle : handles) {
      CountedSavepoint counted = CountedSavepoint.of(handle, keyGroups, bytesRead);
      bytes += counted.bytes();
      all.add(counted.handle());
    }
    metrics.begin(ProgressLog.Unit.BYTES, bytes);
    Closeable cancel = () -> cancelled.set(true);
    cancellation.registerCloseable(cancel);
    try (ThrowingIterator<SavepointRestoreResult> savepoints =
        new FullSnapshotRestoreOperation<>(keyGroups, classLoader, all, keySerializer).restore()) {
      while (savepoints.hasNext()) {
        restore(savepoints.next(), cancelled, bytesRead);
      }
    } finally {
      cancellation.unregisterCloseable(cancel);
    }
    metrics.completed();
  }

  private void restore(
      SavepointRestoreResult savepoint, AtomicBoolean cancelled, AtomicLong bytesRead)
      throws IOException, StateMigrationException {
    List<RestoredState> byIndex = new ArrayList<>();
    for (StateMetaInfoSnapshot metaInfo : savepoint.getStateMetaInfoSnapshots()) {
      RegisteredState state = RegisteredState.saved(metaInfo);
      states.add(state);
      byIndex.add(restored(state));
    }
    int entries = 0;
    try (ThrowingIterator<KeyGroup> groups = savepoint.getRestoredKeyGroups()) {
      while (groups.hasNext()) {
        try (ThrowingIterator<KeyGroupEntry> group = groups.next().getKeyGroupEntries()) {
          while (group.hasNext()) {
            if (++entries % ENTRIES_BETWEEN_CHECKS == 0) {
              if (cancelled.get()) {
                throw new CancellationException("the restore was cancelled");
              }
              metrics.at(bytesRead.get());
            }
            KeyGroupEntry entry = group.next();
            write(byIndex.get(entry.getKvStateId()), entry);
          }
        }
      }
    }
  }

  private void write(RestoredState restored, KeyGroupEntry entry) throws IOException {
    RegisteredState state = restored.state();
    Slice treeKey = SavepointFormat.treeKey(entry.getKey(), keyGroupPrefixBytes, state.id(), key);
    if (state.kind() == StateKind.TIMER) {
      store.addElement(treeKey, KeySpace.LENGTH, false);
      return;
    }
    Slice treeValue =
        state.kind() == StateKind.LIST
            ? SavepointFormat.treeList(entry.getValue(), value)
            : Slice.of(entry.getValue());
    store.put(treeKey, restored.scanPrefixLength(treeKey), treeValue);
  }

  /**
   * A state that entries are written of.
   *
   * @param mapKeys where it is a map, what finds the end of the namespace in its keys
   */
  private record RestoredState(RegisteredState state, @Nullable KeyDecoder<?, ?> mapKeys) {
    int scanPrefixLength(Slice key) throws IOException {
      if (mapKeys != null) {
        return mapKeys.scanPrefixLength(key);
      }
      return key.length();
    }
  }

  private RestoredState restored(RegisteredState state) {
    if (state.kind() != StateKind.MAP) {
      return new RestoredState(state, null);
    }
    // Keys are as they were written, and are read with what wrote them.
    TypeSerializer<K> keys = keySerializer.previousSchemaSerializer().duplicate();
    TypeSerializer<?> namespaces =
        ((RegisteredKeyValueStateBackendMetaInfo<?, ?>) state.metaInfo())
            .getPreviousNamespaceSerializer()
            .duplicate();
    return new RestoredState(state, new KeyDecoder<>(keys, namespaces));
  }
}
