package io.hummock.flink.snapshot;

import io.hummock.Checkpoint;
import io.hummock.CheckpointFile;
import io.hummock.PendingCheckpoint;
import io.hummock.Sharing;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateSnapshot;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.storage.Placement;
import io.hummock.flink.storage.UriObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.AsyncSnapshotCallable;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.DoneFuture;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints and native savepoints of a tree.
 *
 * <p>The synchronous part seals the tree's epoch and copies what is known of the states; it does
 * not depend on the number of keys. The asynchronous part waits for the tree's files, copies those
 * that have to be, and writes the metadata.
 *
 * <ul>
 *   <li>A checkpoint of a tree that lies in the checkpoint storage refers to the tree's files. Each
 *       handle is a {@linkplain ClaimedFileHandle guard} until it is serialised.
 *   <li>A checkpoint of a tree that lies elsewhere refers to copies. One that the last completed
 *       checkpoint has is used again.
 *   <li>A native savepoint has copies of its own in its own directory.
 * </ul>
 *
 * <p>{@link #snapshot} is for the task's thread; notifications may come from any thread, in any
 * order.
 */
public final class HummockSnapshotStrategy<K> {
  /** What a checkpoint of the tree is begun with: {@code HummockStore::checkpoint}. */
  public interface Tree {
    /** See {@link io.hummock.HummockStore#checkpoint}. */
    PendingCheckpoint checkpoint(long id, Sharing sharing) throws IOException;
  }

  private final Tree tree;
  private final Placement placement;
  private final TypeSerializer<K> keySerializer;
  private final KeyGroupRange keyGroups;
  private final int numberOfKeyGroups;
  private final Executor transfers;
  private final SnapshotMetrics metrics;
  private final UUID backend = UUID.randomUUID();
  private final UploadedFiles uploaded = new UploadedFiles();

  private volatile boolean copiesRestored;

  /**
   * @param keySerializer used by the task's thread only
   * @param keyGroups what the tree owns
   * @param numberOfKeyGroups the maximum parallelism
   * @param transfers runs the copying of files
   * @param copiesRestored whether the next checkpoint may not refer to what was restored, as {@link
   *     io.hummock.flink.restore.HummockRestore} tells
   * @param metrics told what snapshots cost
   */
  public HummockSnapshotStrategy(
      Tree tree,
      Placement placement,
      TypeSerializer<K> keySerializer,
      KeyGroupRange keyGroups,
      int numberOfKeyGroups,
      Executor transfers,
      boolean copiesRestored,
      SnapshotMetrics metrics) {
    this.tree = tree;
    this.placement = placement;
    this.keySerializer = keySerializer;
    this.keyGroups = keyGroups;
    this.numberOfKeyGroups = numberOfKeyGroups;
    this.transfers = transfers;
    this.copiesRestored = copiesRestored;
    this.metrics = metrics;
  }

  /**
   * Takes a snapshot: the synchronous part at once, the asynchronous one when the future is run.
   *
   * @param states all states of the backend
   * @param cancellation cancels the future when it is closed
   */
  public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(
      long checkpointId,
      SharingFilesStrategy sharing,
      List<RegisteredState> states,
      CheckpointStreamFactory streams,
      CloseableRegistry cancellation)
      throws IOException {
    if (states.isEmpty()) {
      return DoneFuture.of(SnapshotResult.empty());
    }
    SnapshotMetrics.Running running = metrics.begin(checkpointId);
    List<StateSnapshot> snapshots = new ArrayList<>(states.size());
    for (RegisteredState state : states) {
      snapshots.add(state.snapshot());
    }
    boolean copies =
        sharing == SharingFilesStrategy.FORWARD
            || (sharing == SharingFilesStrategy.FORWARD_BACKWARD && copiesRestored);
    PendingCheckpoint pending =
        tree.checkpoint(
            checkpointId,
            copies
                ? Sharing.FORWARD
                : sharing == SharingFilesStrategy.NO_SHARING
                    ? Sharing.NO_SHARING
                    : Sharing.FORWARD_BACKWARD);
    Map<String, StreamStateHandle> reusable =
        sharing == SharingFilesStrategy.NO_SHARING || placement.isShared()
            ? Map.of()
            : uploaded.begin(checkpointId, !copies);
    boolean prepared = false;
    try {
      Snapshot snapshot =
          new Snapshot(
              checkpointId,
              sharing,
              copies,
              pending,
              reusable,
              snapshots,
              keySerializer.duplicate(),
              streams,
              running);
      RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
          new SnapshotFuture<>(
              snapshot.toAsyncSnapshotFutureTask(cancellation), () -> snapshot.result);
      prepared = true;
      running.prepared();
      return future;
    } finally {
      if (!prepared) {
        running.failed();
        uploaded.giveUp(checkpointId);
        pending.close();
      }
    }
  }

  /** See {@link org.apache.flink.api.common.state.CheckpointListener}. */
  public void notifyCheckpointComplete(long checkpointId) {
    uploaded.completed(checkpointId);
  }

  /** See {@link org.apache.flink.api.common.state.CheckpointListener}. */
  public void notifyCheckpointAborted(long checkpointId) {
    uploaded.aborted(checkpointId);
  }

  /** What earlier checkpoints have is not touched by this process: nothing is to be done. */
  public void notifyCheckpointSubsumed(long checkpointId) {}

  private void delete(StreamStateHandle handle) throws Exception {
    if (handle instanceof FileStateHandle file) {
      placement.objects().delete(List.of(UriObjectStore.pathOf(file.getFilePath())));
    } else {
      handle.discardState();
    }
  }

  /** The asynchronous part. */
  private final class Snapshot extends AsyncSnapshotCallable<SnapshotResult<KeyedStateHandle>> {
    private final long checkpointId;
    private final SharingFilesStrategy sharing;
    private final boolean copies;
    private final PendingCheckpoint pending;
    private final Map<String, StreamStateHandle> reusable;
    private final List<StateSnapshot> states;
    private final TypeSerializer<K> keys;
    private final CheckpointStreamFactory streams;
    private final SnapshotMetrics.Running running;
    private volatile @Nullable SnapshotResult<KeyedStateHandle> result;

    Snapshot(
        long checkpointId,
        SharingFilesStrategy sharing,
        boolean copies,
        PendingCheckpoint pending,
        Map<String, StreamStateHandle> reusable,
        List<StateSnapshot> states,
        TypeSerializer<K> keys,
        CheckpointStreamFactory streams,
        SnapshotMetrics.Running running) {
      this.checkpointId = checkpointId;
      this.sharing = sharing;
      this.copies = copies;
      this.pending = pending;
      this.reusable = reusable;
      this.states = states;
      this.keys = keys;
      this.streams = streams;
      this.running = running;
    }

    @Override
    protected SnapshotResult<KeyedStateHandle> callInternal() throws Exception {
      running.started();
      boolean succeeded = false;
      try {
        IncrementalRemoteKeyedStateHandle handle = complete();
        succeeded = true;
        result = SnapshotResult.of(handle);
        return result;
      } finally {
        if (!succeeded) {
          running.failed();
        }
      }
    }

    private IncrementalRemoteKeyedStateHandle complete() throws Exception {
      Checkpoint checkpoint = pending.complete(running);
      if (copies) {
        copiesRestored = false;
      }
      boolean finished = false;
      SnapshotFiles files = new SnapshotFiles(transfers, HummockSnapshotStrategy.this::delete);
      try {
        snapshotCloseableRegistry.registerCloseable(files);
        IncrementalRemoteKeyedStateHandle handle = write(checkpoint, files);
        if (!snapshotCloseableRegistry.unregisterCloseable(files)) {
          throw new CancellationException("the snapshot was given up");
        }
        files.keep();
        finished = true;
        running.completed(
            handle.getCheckpointedSize(),
            handle.getStateSize() - handle.getCheckpointedSize(),
            handle.getSharedState().size());
        return handle;
      } finally {
        files.close();
        if (!finished) {
          checkpoint.close();
        }
      }
    }

    @Override
    protected void cleanupProvidedResources() {
      uploaded.giveUp(checkpointId);
      IOUtils.closeQuietly(pending);
    }

    private IncrementalRemoteKeyedStateHandle write(Checkpoint checkpoint, SnapshotFiles files)
        throws IOException {
      List<HandleAndLocalPath> handles = new ArrayList<>();
      long newBytes = 0;
      if (placement.isShared() && sharing != SharingFilesStrategy.NO_SHARING) {
        for (CheckpointFile file : checkpoint.files()) {
          handles.add(HandleAndLocalPath.of(refer(checkpoint, file), file.name()));
          newBytes += file.isNew() ? file.bytes() : 0;
        }
      } else {
        newBytes = copyFiles(checkpoint, files, handles);
      }
      StreamStateHandle metadata = writeMetadata(checkpoint.manifest(), files);
      return new IncrementalRemoteKeyedStateHandle(
          backend,
          keyGroups,
          checkpointId,
          handles,
          new ArrayList<>(),
          metadata,
          newBytes + metadata.getStateSize());
    }

    /** A reference to the file itself. */
    private StreamStateHandle refer(Checkpoint checkpoint, CheckpointFile file) {
      return UriObjectStore.isHandle(file.path())
          ? BorrowedHandle.of(placement.objects().handleOf(file.path(), file.bytes()))
          : new ClaimedFileHandle(checkpoint, file);
    }

    private long copyFiles(
        Checkpoint checkpoint, SnapshotFiles files, List<HandleAndLocalPath> handles)
        throws IOException {
      boolean savepoint = sharing == SharingFilesStrategy.NO_SHARING;
      FileDestination destination =
          new FileDestination(
              checkpoint,
              placement.objects(),
              streams,
              savepoint ? CheckpointedStateScope.EXCLUSIVE : CheckpointedStateScope.SHARED);
      List<CheckpointFile> copied = new ArrayList<>();
      List<Callable<StreamStateHandle>> tasks = new ArrayList<>();
      Map<String, StreamStateHandle> references = new HashMap<>();
      AtomicLong done = new AtomicLong();
      AtomicLong bytes = new AtomicLong();
      for (CheckpointFile file : checkpoint.files()) {
        StreamStateHandle existing = savepoint ? null : existing(file);
        if (existing != null) {
          references.put(file.name(), existing);
          handles.add(HandleAndLocalPath.of(BorrowedHandle.of(existing), file.name()));
        } else {
          copied.add(file);
          bytes.addAndGet(file.bytes());
          tasks.add(
              () -> {
                StreamStateHandle copy = destination.copy(file);
                running.copied(done.addAndGet(file.bytes()), bytes.get());
                return copy;
              });
        }
      }
      List<StreamStateHandle> copies = files.write(tasks);
      for (int i = 0; i < copies.size(); i++) {
        String name = copied.get(i).name();
        references.put(name, copies.get(i));
        handles.add(HandleAndLocalPath.of(copies.get(i), name));
      }
      // The copies stand for the files from now on.
      checkpoint.close();
      if (!savepoint) {
        uploaded.add(checkpointId, references);
      }
      return bytes.get();
    }

    /** What the JobManager has of a file already, and may get again; null if nothing. */
    private @Nullable StreamStateHandle existing(CheckpointFile file) {
      return file.path().startsWith(placement.directory() + '/')
          ? reusable.get(file.name())
          : placement.objects().handleOf(file.path(), file.bytes());
    }

    private StreamStateHandle writeMetadata(Slice manifest, SnapshotFiles files)
        throws IOException {
      try (CheckpointStateOutputStream out =
          streams.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
        snapshotCloseableRegistry.registerCloseable(out);
        CheckpointMetadata.write(out, keyGroups, numberOfKeyGroups, manifest, keys, states);
        if (!snapshotCloseableRegistry.unregisterCloseable(out)) {
          throw new CancellationException("the snapshot was given up");
        }
        return files.add(Objects.requireNonNull(out.closeAndGetHandle()));
      }
    }
  }
}
