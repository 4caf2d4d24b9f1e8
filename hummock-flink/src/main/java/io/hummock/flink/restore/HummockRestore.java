package io.hummock.flink.restore;

import io.hummock.HummockEnvironment;
import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.RestoredCheckpoint;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.metrics.ProgressLog;
import io.hummock.flink.metrics.RestoreMetrics;
import io.hummock.flink.snapshot.CheckpointMetadata;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.key.PartitionRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.fs.ICloseableRegistry;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateHandleID;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.util.StateMigrationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the tree of a subtask from the state handles that Flink gives it.
 *
 * <ul>
 *   <li>None: an empty tree.
 *   <li>Checkpoints and native savepoints of Hummock: their metadata are read and their manifests
 *       merged and clipped to the key groups of this subtask. No file of the tree is read, so the
 *       time does not depend on the size of the state.
 *   <li>Canonical savepoints of any backend: their entries are written into the tree.
 *   <li>Both, for different key groups: Flink's changelog gives them while only some subtasks have
 *       materialized what they restored from a savepoint.
 * </ul>
 *
 * @param <K> the type of keys
 */
public final class HummockRestore<K> {
  private static final Logger LOG = LoggerFactory.getLogger(HummockRestore.class);

  private final HummockOptions options;
  private final HummockEnvironment environment;
  private final UriObjectStore objects;
  private final KeyGroupRange keyGroups;
  private final int numberOfKeyGroups;
  private final StateSerializerProvider<K> keySerializer;
  private final ClassLoader classLoader;
  private final ICloseableRegistry cancellation;
  private final RestoreMetrics metrics;

  /**
   * @param environment of the tree; its object store is {@code objects}, or one above it
   * @param keyGroups what this subtask owns
   * @param numberOfKeyGroups the maximum parallelism
   * @param keySerializer is told what the restored keys were written with
   * @param cancellation ends the restore when it is closed
   * @param metrics told how far the restore is
   */
  public HummockRestore(
      HummockOptions options,
      HummockEnvironment environment,
      UriObjectStore objects,
      KeyGroupRange keyGroups,
      int numberOfKeyGroups,
      StateSerializerProvider<K> keySerializer,
      ClassLoader classLoader,
      ICloseableRegistry cancellation,
      RestoreMetrics metrics) {
    this.options = options;
    this.environment = environment;
    this.objects = objects;
    this.keyGroups = keyGroups;
    this.numberOfKeyGroups = numberOfKeyGroups;
    this.keySerializer = keySerializer;
    this.classLoader = classLoader;
    this.cancellation = cancellation;
    this.metrics = metrics;
  }

  /**
   * Opens the tree.
   *
   * @throws StateMigrationException if the key serializer does not fit the restored keys
   * @throws IllegalStateException if the handles are not what this subtask can be restored from
   */
  public RestoredBackend restore(Collection<KeyedStateHandle> stateHandles)
      throws IOException, StateMigrationException {
    try {
      return restoreFrom(stateHandles);
    } finally {
      metrics.ended();
    }
  }

  private RestoredBackend restoreFrom(Collection<KeyedStateHandle> stateHandles)
      throws IOException, StateMigrationException {
    List<IncrementalRemoteKeyedStateHandle> checkpoints = new ArrayList<>();
    List<KeyGroupsStateHandle> savepoints = new ArrayList<>();
    Set<StateHandleID> seen = new HashSet<>();
    for (KeyedStateHandle handle : stateHandles) {
      if (handle == null) {
        continue;
      }
      if (handle.getKeyGroupRange().getIntersection(keyGroups).getNumberOfKeyGroups() == 0) {
        LOG.debug("Key groups {} need nothing of {}", keyGroups, handle);
      } else if (handle instanceof IncrementalRemoteKeyedStateHandle checkpoint) {
        // Under the changelog several subtasks may have the same one after a rescale.
        if (seen.add(checkpoint.getStateHandleId())) {
          checkpoints.add(checkpoint);
        }
      } else if (handle instanceof KeyGroupsStateHandle savepoint) {
        savepoints.add(savepoint);
      } else {
        throw new IllegalStateException(
            "cannot restore from a "
                + handle.getClass().getName()
                + ": take a savepoint in canonical format with the backend that wrote it");
      }
    }
    checkDisjoint(checkpoints, savepoints);
    RestoredStates states = new RestoredStates();
    boolean relative = false;
    HummockStore store;
    if (checkpoints.isEmpty()) {
      store = HummockStore.open(options, environment);
    } else {
      KeySerializerCheck<K> keySerializerCheck = new KeySerializerCheck<>(keySerializer);
      List<RestoredCheckpoint> restored = new ArrayList<>();
      metrics.begin(ProgressLog.Unit.HANDLES, checkpoints.size());
      for (IncrementalRemoteKeyedStateHandle handle : checkpoints) {
        relative |= hasRelativeFiles(handle);
        restored.add(read(handle, keySerializerCheck, states));
        metrics.at(restored.size());
      }
      store =
          HummockStore.restore(
              options,
              environment,
              restored,
              new PartitionRange(keyGroups.getStartKeyGroup(), keyGroups.getEndKeyGroup()));
      metrics.completed();
    }
    boolean restored = false;
    try {
      if (!savepoints.isEmpty()) {
        restoreSavepoints(savepoints, store, states, checkpoints.isEmpty());
      }
      restored = true;
      return new RestoredBackend(store, states.list(), relative);
    } finally {
      if (!restored) {
        store.close();
      }
    }
  }

  private RestoredCheckpoint read(
      IncrementalRemoteKeyedStateHandle handle,
      KeySerializerCheck<K> keySerializerCheck,
      RestoredStates states)
      throws IOException, StateMigrationException {
    String name = name(handle);
    CheckpointMetadata<K> metadata = readMetadata(name, handle);
    checkKeyGroups(name, handle, metadata);
    keySerializerCheck.check(metadata.keySerializer());
    for (RegisteredState state : metadata.states()) {
      states.add(state);
    }
    Map<String, String> paths = new HashMap<>();
    for (HandleAndLocalPath file : handle.getSharedState()) {
      paths.put(file.getLocalPath(), objects.pathOf(file.getHandle()));
    }
    checkReachable(name, paths.values());
    return new RestoredCheckpoint(name, metadata.manifest(), paths);
  }

  private static String name(IncrementalRemoteKeyedStateHandle handle) {
    return "checkpoint "
        + handle.getCheckpointId()
        + ", metadata "
        + handle.getMetaDataStateHandle().getStreamStateHandleID().getKeyString();
  }

  private CheckpointMetadata<K> readMetadata(String name, IncrementalRemoteKeyedStateHandle handle)
      throws IOException {
    try {
      return CheckpointMetadata.read(handle.getMetaDataStateHandle(), classLoader);
    } catch (IOException e) {
      throw new IOException(
          name
              + " cannot be read; if this lasts, restore from another checkpoint or savepoint: "
              + e.getMessage(),
          e);
    }
  }

  /** Keys would be looked for in other key groups than they were written to. */
  private void checkKeyGroups(
      String name, IncrementalRemoteKeyedStateHandle handle, CheckpointMetadata<K> metadata) {
    if (metadata.numberOfKeyGroups() != numberOfKeyGroups) {
      throw new IllegalStateException(
          "%s was taken with a maximum parallelism of %d, and the operator has %d now: set it to %d again"
              .formatted(
                  name,
                  metadata.numberOfKeyGroups(),
                  numberOfKeyGroups,
                  metadata.numberOfKeyGroups()));
    }
    if (!metadata.keyGroups().equals(handle.getKeyGroupRange())) {
      throw new IllegalStateException(
          "%s has %s, but the state handle says %s: they do not belong together, restore from another checkpoint"
              .formatted(name, metadata.keyGroups(), handle.getKeyGroupRange()));
    }
  }

  /** Fails now rather than at the first read, where the file system of a scheme is missing. */
  private void checkReachable(String name, Collection<String> paths) throws IOException {
    Set<String> schemes = new HashSet<>();
    for (String path : paths) {
      if (schemes.add(path.substring(0, path.indexOf(':')))) {
        try {
          objects.checkReachable(path);
        } catch (IOException e) {
          throw new IOException(
              name
                  + " has the object "
                  + path
                  + ", which cannot be reached: install and configure its file system on each"
                  + " TaskManager ("
                  + e.getMessage()
                  + ")",
              e);
        }
      }
    }
  }

  private static boolean hasRelativeFiles(IncrementalRemoteKeyedStateHandle handle) {
    return handle.getSharedState().stream()
        .anyMatch(file -> file.getHandle() instanceof RelativeFileStateHandle);
  }

  private void restoreSavepoints(
      List<KeyGroupsStateHandle> savepoints,
      HummockStore store,
      RestoredStates states,
      boolean alone)
      throws IOException, StateMigrationException {
    new SavepointRestore<>(
            store,
            keyGroups,
            CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(numberOfKeyGroups),
            // A provider is told once what was restored.
            alone
                ? keySerializer
                : StateSerializerProvider.fromNewRegisteredSerializer(
                    keySerializer.currentSchemaSerializer().duplicate()),
            classLoader,
            cancellation,
            metrics,
            states)
        .restore(savepoints);
  }

  private void checkDisjoint(
      List<IncrementalRemoteKeyedStateHandle> checkpoints, List<KeyGroupsStateHandle> savepoints) {
    List<KeyedStateHandle> handles = new ArrayList<>(checkpoints);
    // Several canonical savepoints may overlap: each has its own offsets of what it has.
    int count = checkpoints.size();
    handles.addAll(savepoints);
    for (int i = 0; i < handles.size(); i++) {
      for (int j = 0; j < Math.min(i, count); j++) {
        KeyGroupRange both =
            handles
                .get(i)
                .getKeyGroupRange()
                .getIntersection(handles.get(j).getKeyGroupRange())
                .getIntersection(keyGroups);
        if (both.getNumberOfKeyGroups() > 0) {
          throw new IllegalStateException(
              "two checkpoints have "
                  + both
                  + ", so that neither is the state of these key groups: "
                  + handles.get(j)
                  + ", "
                  + handles.get(i)
                  + ". Under the changelog this comes from a rescale soon after another one: start"
                  + " with the parallelism before and wait until every subtask has materialized its"
                  + " state, or take a savepoint.");
        }
      }
    }
  }
}
