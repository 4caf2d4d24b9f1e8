package io.hummock.flink.ownership;

import io.hummock.bytes.Slice;
import io.hummock.flink.storage.UriObjectStore;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.CheckpointsCleaner;
import org.apache.flink.runtime.checkpoint.CompletedCheckpoint;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.checkpoint.StandaloneCompletedCheckpointStore;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointMetadataOutputStream;
import org.apache.flink.runtime.state.CheckpointStorageLocation;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * What of a JobManager decides about files: its checkpoint coordinator, told again, over Flink's
 * own completed checkpoints, their store, the registry of shared state and the metadata files.
 */
final class JobManager {
  static final int KEY_GROUPS = 8;
  private static final OperatorID OPERATOR = new OperatorID(1, 2);

  /** A checkpoint or savepoint that is complete: what it has to hold, and all files it names. */
  record Kept(String pointer, long id, Map<Slice, Slice> content, Set<String> files) {}

  /** A snapshot that is under way. */
  static final class Pending {
    final long id;
    final CheckpointProperties properties;
    final SharingFilesStrategy sharing;
    final CheckpointStorageLocation location;
    final Set<UUID> waiting = new HashSet<>();
    final Map<Integer, OperatorSubtaskState> acknowledged = new HashMap<>();
    final TreeMap<Slice, Slice> content = new TreeMap<>();
    boolean disposed;

    Pending(
        long id,
        CheckpointProperties properties,
        SharingFilesStrategy sharing,
        CheckpointStorageLocation location) {
      this.id = id;
      this.properties = properties;
      this.sharing = sharing;
      this.location = location;
    }
  }

  /** An acknowledgement on its way. */
  record Acknowledgement(
      JobManager to,
      long id,
      UUID attempt,
      int subtask,
      Slice handle,
      Set<String> files,
      Map<Slice, Slice> content) {}

  final FsCheckpointStorageAccess storage;

  /** The files that the registry has come to know. */
  final Set<String> registered = new HashSet<>();

  /** The files that the registry will not delete: Flink takes them for not claimed. */
  final Set<String> notClaimed = new HashSet<>();

  final TreeMap<Long, Pending> pending = new TreeMap<>();
  private final String root;
  private final JobID job;
  private final int retain;
  private final RecoveryClaimMode mode;
  private final CheckpointsCleaner cleaner = new CheckpointsCleaner(false);
  private final Map<Long, Kept> contents = new HashMap<>();
  private final StandaloneCompletedCheckpointStore completed;
  private long nextId = 1;
  private int savepoints;
  private boolean forceFull;

  private JobManager(
      String root, JobID job, int retain, RecoveryClaimMode mode, List<CompletedCheckpoint> known)
      throws Exception {
    this.root = root;
    this.job = job;
    this.retain = retain;
    this.mode = mode;
    this.storage = new FsCheckpointStorageAccess(new Path(root + "/checkpoints"), null, job, 0, 64);
    this.completed =
        new StandaloneCompletedCheckpointStore(
            retain,
            (executor, none, claim) ->
                SharedStateRegistry.DEFAULT_FACTORY.create(executor, known, claim),
            Executors.directExecutor(),
            mode);
    for (CompletedCheckpoint checkpoint : known) {
      completed.addCheckpointAndSubsumeOldestOne(checkpoint, cleaner, () -> {});
    }
  }

  /** A job that begins with nothing. */
  static JobManager start(String root, JobID job, int retain) throws Exception {
    return new JobManager(root, job, retain, RecoveryClaimMode.NO_CLAIM, List.of());
  }

  /** A job that begins with a snapshot, as {@code CheckpointCoordinator.restoreSavepoint} does. */
  static JobManager restore(
      String root, JobID job, int retain, RecoveryClaimMode mode, Kept snapshot) throws Exception {
    JobManager manager = new JobManager(root, job, retain, mode, List.of());
    CheckpointMetadata metadata = metadata(snapshot.pointer);
    CheckpointProperties properties =
        mode == RecoveryClaimMode.CLAIM
            ? checkpointProperties()
            : CheckpointProperties.forUnclaimedSnapshot();
    CompletedCheckpoint loaded =
        load(job, snapshot.pointer, metadata, properties, metadata.getCheckpointProperties());
    loaded.registerSharedStatesAfterRestored(manager.registry(), mode);
    if (!properties.isUnclaimed()) {
      manager.registered.addAll(shared(metadata.getOperatorStates()));
    }
    manager.contents.put(snapshot.id, snapshot);
    manager.completed.addCheckpointAndSubsumeOldestOne(loaded, manager.cleaner, () -> {});
    manager.nextId = snapshot.id + 1;
    manager.forceFull = properties.isUnclaimed();
    return manager;
  }

  /** The JobManager that takes over from this one, which is dead. */
  JobManager failOver() throws Exception {
    List<CompletedCheckpoint> known = new ArrayList<>();
    Set<String> files = new HashSet<>();
    for (CompletedCheckpoint checkpoint : completed.getAllCheckpoints()) {
      CheckpointMetadata metadata = metadata(checkpoint.getExternalPointer());
      known.add(
          load(
              job,
              checkpoint.getExternalPointer(),
              metadata,
              checkpoint.getProperties(),
              checkpoint.getRestoredProperties().orElse(null)));
      if (!checkpoint.getProperties().isUnclaimed()) {
        files.addAll(shared(metadata.getOperatorStates()));
      }
    }
    JobManager next = new JobManager(root, job, retain, mode, known);
    next.contents.putAll(contents);
    next.registered.addAll(files);
    if (mode != RecoveryClaimMode.CLAIM) {
      next.notClaimed.addAll(files);
    }
    next.nextId = nextId + 1;
    next.savepoints = savepoints;
    next.forceFull = isUnclaimedLatest();
    return next;
  }

  private static CheckpointProperties checkpointProperties() {
    return CheckpointProperties.forCheckpoint(CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION);
  }

  private SharedStateRegistry registry() {
    return completed.getSharedStateRegistry();
  }

  static CheckpointMetadata metadata(String pointer) throws IOException {
    CompletedCheckpointStorageLocation location =
        AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(pointer);
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(location.getMetadataHandle().openInputStream()))) {
      return Checkpoints.loadCheckpointMetadata(
          in, JobManager.class.getClassLoader(), location.getExternalPointer());
    }
  }

  private static CompletedCheckpoint load(
      JobID job,
      String pointer,
      CheckpointMetadata metadata,
      CheckpointProperties properties,
      @Nullable CheckpointProperties restored)
      throws IOException {
    Map<OperatorID, OperatorState> operators = new HashMap<>();
    metadata.getOperatorStates().forEach(state -> operators.put(state.getOperatorID(), state));
    return new CompletedCheckpoint(
        job,
        metadata.getCheckpointId(),
        0,
        0,
        operators,
        List.of(),
        properties,
        AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(pointer),
        null,
        restored);
  }

  // ---- Snapshots under way

  Pending trigger(boolean fullIfCheckpoint, boolean savepoint) throws IOException {
    long id = nextId++;
    Pending begun =
        savepoint
            ? new Pending(
                id,
                CheckpointProperties.forSavepoint(false, SavepointFormatType.NATIVE),
                SharingFilesStrategy.NO_SHARING,
                storage.initializeLocationForSavepoint(
                    id, root + "/savepoints-" + job + "-" + savepoints++))
            : new Pending(
                id,
                checkpointProperties(),
                forceFull || fullIfCheckpoint
                    ? SharingFilesStrategy.FORWARD
                    : SharingFilesStrategy.FORWARD_BACKWARD,
                storage.initializeLocationForCheckpoint(id));
    pending.put(id, begun);
    return begun;
  }

  /** Returns the checkpoint or savepoint that this acknowledgement completes, or null. */
  @Nullable Kept acknowledge(Acknowledgement message) throws Exception {
    KeyedStateHandle handle =
        InstantiationUtil.deserializeObject(
            message.handle.toByteArray(), JobManager.class.getClassLoader());
    OperatorSubtaskState state =
        OperatorSubtaskState.builder().setManagedKeyedState(handle).build();
    Pending checkpoint = pending.get(message.id);
    if (checkpoint == null || !checkpoint.properties.isSavepoint()) {
      state.registerSharedStates(registry(), message.id);
      registered.addAll(shared(handle));
    }
    if (checkpoint == null || !checkpoint.waiting.remove(message.attempt)) {
      state.discardState();
      return null;
    }
    checkpoint.acknowledged.put(message.subtask, state);
    checkpoint.content.putAll(message.content);
    return checkpoint.waiting.isEmpty() ? complete(checkpoint) : null;
  }

  private Kept complete(Pending checkpoint) throws Exception {
    OperatorState operator =
        new OperatorState(null, null, OPERATOR, checkpoint.acknowledged.size(), KEY_GROUPS);
    checkpoint.acknowledged.forEach(operator::putState);
    CompletedCheckpointStorageLocation location;
    try (CheckpointMetadataOutputStream out = checkpoint.location.createMetadataOutputStream()) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(
              checkpoint.id, List.of(operator), List.of(), checkpoint.properties),
          out);
      location = out.closeAndFinalizeCheckpoint();
    }
    checkpoint.disposed = true;
    pending.remove(checkpoint.id);
    Set<String> files = files(operator);
    files.add(
        UriObjectStore.pathOf(
            Objects.requireNonNull(location.getMetadataHandle().maybeGetPath().orElse(null))));
    Kept kept = new Kept(location.getExternalPointer(), checkpoint.id, checkpoint.content, files);
    if (!checkpoint.properties.isSavepoint()) {
      contents.put(checkpoint.id, kept);
      Map<OperatorID, OperatorState> operators = new HashMap<>();
      operators.put(OPERATOR, operator);
      completed.addCheckpointAndSubsumeOldestOne(
          new CompletedCheckpoint(
              job,
              checkpoint.id,
              0,
              0,
              operators,
              List.of(),
              checkpoint.properties,
              location,
              null),
          cleaner,
          () -> {});
      forceFull = false;
    }
    return kept;
  }

  void abort(Pending checkpoint) throws Exception {
    pending.remove(checkpoint.id);
    checkpoint.disposed = true;
    for (OperatorSubtaskState state : checkpoint.acknowledged.values()) {
      state.discardState();
    }
    checkpoint.location.disposeOnFailure();
  }

  // ---- Completed checkpoints

  /** Whether one of the retained snapshots is the user's. */
  boolean hasUnclaimed() {
    return completed.getAllCheckpoints().stream()
        .anyMatch(checkpoint -> checkpoint.getProperties().isUnclaimed());
  }

  private boolean isUnclaimedLatest() {
    List<CompletedCheckpoint> all = completed.getAllCheckpoints();
    return !all.isEmpty() && all.get(all.size() - 1).getProperties().isUnclaimed();
  }

  /** The checkpoints that nobody has discarded, the latest last. */
  List<Kept> retained() {
    return completed.getAllCheckpoints().stream()
        .map(checkpoint -> Objects.requireNonNull(contents.get(checkpoint.getCheckpointID())))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** The handles to restore from, as they reach a task; none if there is no checkpoint. */
  List<KeyedStateHandle> latestHandles() throws Exception {
    List<KeyedStateHandle> handles = new ArrayList<>();
    List<CompletedCheckpoint> all = completed.getAllCheckpoints();
    if (!all.isEmpty()) {
      forceFull = isUnclaimedLatest();
      for (OperatorState operator : all.get(all.size() - 1).getOperatorStates().values()) {
        for (OperatorSubtaskState state : operator.getStates()) {
          for (KeyedStateHandle handle : state.getManagedKeyedState()) {
            handles.add(InstantiationUtil.clone(handle));
          }
        }
      }
    }
    return handles;
  }

  /** Ends the job; only when it is finished its checkpoints are discarded. */
  void shutDown(JobStatus status) throws Exception {
    for (Pending checkpoint : List.copyOf(pending.values())) {
      abort(checkpoint);
    }
    completed.shutdown(status, cleaner);
  }

  // ---- Files

  private static Set<String> files(OperatorState operator) {
    Set<String> files = new HashSet<>();
    for (OperatorSubtaskState state : operator.getStates()) {
      state.getManagedKeyedState().forEach(handle -> files.addAll(files(handle)));
    }
    return files;
  }

  /** All files that a handle names. */
  static Set<String> files(KeyedStateHandle handle) {
    return ((IncrementalRemoteKeyedStateHandle) handle)
        .streamSubHandles()
        .map(JobManager::path)
        .collect(Collectors.toSet());
  }

  private static Set<String> shared(Iterable<OperatorState> operators) {
    Set<String> files = new HashSet<>();
    for (OperatorState operator : operators) {
      for (OperatorSubtaskState state : operator.getStates()) {
        state.getManagedKeyedState().forEach(handle -> files.addAll(shared(handle)));
      }
    }
    return files;
  }

  private static Set<String> shared(KeyedStateHandle handle) {
    return ((IncrementalRemoteKeyedStateHandle) handle)
        .getSharedState().stream().map(file -> path(file.getHandle())).collect(Collectors.toSet());
  }

  private static String path(StreamStateHandle handle) {
    return UriObjectStore.pathOf(handle.maybeGetPath().orElseThrow());
  }
}
