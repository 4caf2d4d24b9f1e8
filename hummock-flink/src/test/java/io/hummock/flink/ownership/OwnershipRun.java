package io.hummock.flink.ownership;

import io.hummock.bytes.Slice;
import io.hummock.flink.ownership.JobManager.Acknowledgement;
import io.hummock.flink.ownership.JobManager.Kept;
import io.hummock.flink.ownership.JobManager.Pending;
import io.hummock.flink.ownership.Subtask.Running;
import io.hummock.testing.FaultyObjectStore.Mode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;

/** One random life of a stateful operator, on one thread, from the first job to the last file. */
final class OwnershipRun {
  /** A message of the JobManager on its way to a subtask. */
  private record Notification(Subtask to, boolean complete, long id) {}

  private static final int MAX_PENDING = 3;

  private final SplittableRandom random;
  private final List<String> history = new ArrayList<>();
  private final boolean shared;
  private final int retain;
  private final FileLedger files;
  private final String root;

  private final List<Subtask> subtasks = new ArrayList<>();
  private final List<Acknowledgement> messages = new ArrayList<>();
  private final List<Notification> notifications = new ArrayList<>();

  /** Snapshots that only the user may delete. */
  private final List<Kept> ofUser = new ArrayList<>();

  private JobManager manager;
  private boolean interleaved;
  private boolean quiet;
  private @Nullable Running runningNow;
  private @Nullable Throwable violation;

  OwnershipRun(long seed) throws Exception {
    random = new SplittableRandom(seed);
    root = MemoryFileSystem.SCHEME + ":/run-" + Long.toHexString(seed);
    files = new FileLedger(root, history);
    MemoryFileSystem.listen(files);
    shared = random.nextInt(5) > 0;
    retain = random.nextInt(3) == 0 ? random.nextInt(2, 4) : 1;
    history.add((shared ? "shared" : "local") + ", retains " + retain);
    manager = JobManager.start(root, nextJob(), retain);
    deploy(Map.of());
  }

  List<String> history() {
    return history;
  }

  FileLedger files() {
    return files;
  }

  private JobID nextJob() {
    return new JobID(random.nextLong(), random.nextLong());
  }

  private void log(String step) {
    history.add(interleaved ? "  meanwhile: " + step : step);
  }

  // ---- Steps

  void run(int steps) throws Exception {
    for (int i = 0; i < steps; i++) {
      step();
      // A snapshot that was cancelled by its own thread leaves this behind.
      Thread.interrupted();
      throwViolation();
      checkRetained();
    }
  }

  private void step() throws Exception {
    int dice = random.nextInt(1000);
    Subtask subtask = subtasks.get(random.nextInt(subtasks.size()));
    try {
      if (dice < 160) {
        files.as(subtask.attempt, () -> subtask.write(random));
      } else if (dice < 220) {
        files.as(subtask.attempt, () -> subtask.runBackground(random));
      } else if (dice < 290) {
        trigger();
      } else if (dice < 470) {
        barrier(subtask);
      } else if (dice < 890) {
        concurrentStep(true);
      } else if (dice < 920) {
        openReader(subtask);
      } else if (dice < 945) {
        closeReader(subtask);
      } else if (dice < 960) {
        compact(subtask);
      } else if (dice < 965) {
        armFault(subtask);
      } else if (dice < 975) {
        userDeletes();
      } else if (dice < 981) {
        failOver("a task fails");
      } else if (dice < 984) {
        failJobManager();
      } else if (dice < 990) {
        nextJobFromSnapshot();
      } else {
        abortRandom();
      }
    } catch (IOException | RuntimeException e) {
      throwViolation();
      if (!isInjected(e)) {
        throw e;
      }
      failOver("a task fails by " + e);
    }
  }

  /** What goes on beside the tasks' threads. */
  private void concurrentStep(boolean mayWait) throws Exception {
    int dice = random.nextInt(100);
    Subtask subtask = subtasks.get(random.nextInt(subtasks.size()));
    if (dice < 30 && mayWait) {
      runAsynchronousPart(subtask);
    } else if (dice < 52) {
      send(subtask);
    } else if (dice < 76) {
      deliver();
    } else if (dice < 86) {
      notifySubtask();
    } else if (dice < 99) {
      readOn(subtask);
    } else {
      abortRandom();
    }
  }

  /** Run by the object store before a call: other threads do something first. */
  private void interleave(boolean mayWait) {
    if (interleaved || quiet || random.nextInt(12) != 0) {
      return;
    }
    interleaved = true;
    try {
      if (runningNow != null && random.nextInt(8) == 0) {
        log("cancel " + runningNow.pending.id + " while it runs");
        runningNow.future.cancel(true);
      } else {
        concurrentStep(mayWait);
      }
    } catch (Exception e) {
      if (!isInjected(e)) {
        violation = e;
      }
    } catch (AssertionError e) {
      // Whoever made the call would take it for a failure of the store.
      violation = e;
    } finally {
      interleaved = false;
    }
  }

  private void throwViolation() {
    if (violation != null) {
      throw new AssertionError("in the middle of another step", violation);
    }
  }

  private static boolean isInjected(Throwable failure) {
    return ExceptionUtils.stringifyException(failure).contains("injected");
  }

  private void trigger() throws Exception {
    if (manager.pending.size() >= MAX_PENDING) {
      return;
    }
    boolean savepoint = random.nextInt(6) == 0;
    Pending begun = manager.trigger(random.nextInt(8) == 0, savepoint);
    log("trigger " + begun.id + " " + begun.sharing);
    for (Subtask subtask : subtasks) {
      begun.waiting.add(subtask.attempt);
      subtask.barriers.add(begun);
    }
  }

  private void barrier(Subtask subtask) throws Exception {
    Pending next = subtask.barriers.poll();
    if (next == null || subtask.abortedIds.contains(next.id)) {
      return;
    }
    log("barrier " + next.id + " at " + subtask.index);
    files.as(subtask.attempt, () -> subtask.snapshot(next));
  }

  private void runAsynchronousPart(Subtask subtask) throws Exception {
    List<Running> waiting = subtask.running.stream().filter(running -> !running.started).toList();
    if (waiting.isEmpty()) {
      return;
    }
    Running chosen = waiting.get(random.nextInt(waiting.size()));
    log("asynchronous part of " + chosen.pending.id + " at " + subtask.index);
    chosen.started = true;
    Running before = runningNow;
    runningNow = interleaved ? before : chosen;
    files.as(subtask.attempt, chosen.future::run);
    runningNow = before;
    Thread.interrupted();
    try {
      chosen.result = chosen.future.get().getJobManagerOwnedSnapshot();
    } catch (CancellationException | ExecutionException e) {
      if (!(e instanceof CancellationException) && !isInjected(e)) {
        throw e;
      }
      log("  failed: " + e);
      subtask.running.remove(chosen);
      // The task declines it.
      if ((!chosen.pending.disposed && !chosen.pending.properties.isSavepoint())
          || manager.pending.get(chosen.pending.id) == chosen.pending) {
        abort(chosen.pending);
      }
    }
  }

  private void send(Subtask subtask) throws Exception {
    List<Running> done = subtask.running.stream().filter(r -> r.result != null).toList();
    if (done.isEmpty()) {
      return;
    }
    Running chosen = done.get(random.nextInt(done.size()));
    KeyedStateHandle handle = Objects.requireNonNull(chosen.result);
    if (random.nextInt(10) == 0) {
      log("cancel " + chosen.pending.id + " at " + subtask.index + " before it is sent");
      files.as(subtask.attempt, () -> subtask.giveUp(chosen));
      return;
    }
    log("send " + chosen.pending.id + " of " + subtask.index);
    Slice bytes = Slice.of(InstantiationUtil.serializeObject(handle));
    subtask.running.remove(chosen);
    messages.add(
        new Acknowledgement(
            manager,
            chosen.pending.id,
            subtask.attempt,
            subtask.index,
            bytes,
            JobManager.files(handle),
            chosen.content));
    files.handedOver(JobManager.files(handle));
  }

  private void deliver() throws Exception {
    if (messages.isEmpty()) {
      return;
    }
    Acknowledgement message = messages.remove(random.nextInt(messages.size()));
    if (message.to() != manager || random.nextInt(25) == 0) {
      log("lose the acknowledgement of " + message.id() + " by " + message.subtask());
      files.lost(message.files());
      return;
    }
    log("acknowledge " + message.id() + " by " + message.subtask());
    Kept complete = manager.acknowledge(message);
    if (complete != null) {
      completed(complete);
    }
  }

  private void completed(Kept complete) throws Exception {
    log("complete " + complete.id());
    boolean isCheckpoint = manager.retained().stream().anyMatch(kept -> kept.id() == complete.id());
    SnapshotCheck.verify(complete, random.split());
    if (!isCheckpoint) {
      ofUser.add(complete);
      return;
    }
    for (Pending earlier : List.copyOf(manager.pending.headMap(complete.id()).values())) {
      if (!earlier.properties.isSavepoint()) {
        abort(earlier);
      }
    }
    notifyAll(true, complete.id());
  }

  private void abort(Pending checkpoint) throws Exception {
    if (manager.pending.get(checkpoint.id) == checkpoint) {
      log("abort " + checkpoint.id);
      manager.abort(checkpoint);
      notifyAll(false, checkpoint.id);
    }
  }

  private void abortRandom() throws Exception {
    if (!manager.pending.isEmpty()) {
      List<Pending> all = List.copyOf(manager.pending.values());
      abort(all.get(random.nextInt(all.size())));
    }
  }

  /** Dropped, sent once, or doubled. */
  private void notifyAll(boolean complete, long id) {
    for (Subtask subtask : subtasks) {
      for (int i = random.nextInt(8) == 0 ? random.nextInt(3) : 1; i > 0; i--) {
        notifications.add(new Notification(subtask, complete, id));
      }
    }
  }

  private void notifySubtask() throws Exception {
    if (notifications.isEmpty()) {
      return;
    }
    Notification message = notifications.remove(random.nextInt(notifications.size()));
    Subtask subtask = message.to;
    if (!subtasks.contains(subtask)) {
      return;
    }
    log(
        (message.complete ? "notify complete " : "notify aborted ")
            + message.id
            + " to "
            + subtask.index);
    if (message.complete) {
      subtask.strategy.notifyCheckpointComplete(message.id);
      subtask.strategy.notifyCheckpointSubsumed(message.id - random.nextInt(3));
      return;
    }
    subtask.abortedIds.add(message.id);
    for (Running running : List.copyOf(subtask.running)) {
      if (running.pending.id == message.id && running != runningNow) {
        files.as(subtask.attempt, () -> subtask.giveUp(running));
      }
    }
    subtask.strategy.notifyCheckpointAborted(message.id);
  }

  // ---- Readers, faults, the user

  private void openReader(Subtask subtask) throws Exception {
    if (subtask.readers.size() < 3) {
      log("open a reader at " + subtask.index);
      files.as(subtask.attempt, () -> subtask.openReader(random));
    }
  }

  private void readOn(Subtask subtask) throws Exception {
    if (!subtask.readers.isEmpty()) {
      Reader reader = subtask.readers.get(random.nextInt(subtask.readers.size()));
      int entries = random.nextInt(20);
      files.as(
          subtask.attempt,
          () -> {
            boolean works = false;
            try {
              reader.goOn(entries);
              works = true;
            } finally {
              if (!works) {
                subtask.readers.remove(reader);
                reader.close();
              }
            }
          });
    }
  }

  private void closeReader(Subtask subtask) throws Exception {
    if (!subtask.readers.isEmpty()) {
      log("close a reader at " + subtask.index);
      Reader reader = subtask.readers.remove(random.nextInt(subtask.readers.size()));
      files.as(
          subtask.attempt,
          () -> {
            try {
              reader.goOn(Integer.MAX_VALUE);
            } finally {
              reader.close();
            }
          });
    }
  }

  private void compact(Subtask subtask) throws Exception {
    log("compact " + subtask.index);
    files.as(subtask.attempt, subtask.store::compact);
  }

  private void armFault(Subtask subtask) {
    Mode[] modes = Mode.values();
    Mode mode = modes[random.nextInt(modes.length)];
    int call = random.nextInt(1, 20);
    log("call " + call + " of " + subtask.index + " fails: " + mode);
    subtask.faults.failCall(call, mode);
  }

  private void userDeletes() throws Exception {
    if (ofUser.isEmpty()) {
      return;
    }
    Kept chosen = ofUser.get(random.nextInt(ofUser.size()));
    if (manager.retained().stream().noneMatch(kept -> kept.pointer().equals(chosen.pointer()))) {
      log("the user deletes " + chosen.pointer());
      delete(chosen);
    }
  }

  private void delete(Kept snapshot) throws Exception {
    ofUser.remove(snapshot);
    files.delete(snapshot.files());
  }

  // ---- Failures and restarts

  private void failOver(String why) throws Exception {
    log(why);
    end();
    for (Pending pending : List.copyOf(manager.pending.values())) {
      abort(pending);
    }
    deployLatest();
  }

  private void failJobManager() throws Exception {
    log("the JobManager fails");
    end();
    JobManager dead = manager;
    manager = dead.failOver();
    files.replaced(dead, manager.registered);
    for (Pending pending : dead.pending.values()) {
      // Nobody disposes of it.
      files.lost(files.filesBelow(pending.location));
    }
    deployLatest();
  }

  private void nextJobFromSnapshot() throws Exception {
    List<Kept> retained = manager.retained();
    if (retained.isEmpty()) {
      return;
    }
    log("the job is cancelled, its checkpoint retained");
    end();
    JobManager before = manager;
    before.shutDown(JobStatus.CANCELED);
    Kept latest = retained.remove(retained.size() - 1);
    for (Kept other : retained) {
      if (!ofUser.contains(other)) {
        files.deleteBut(other.files(), latest.files());
      }
    }
    if (!ofUser.contains(latest)) {
      ofUser.add(latest);
    }
    files.replaced(before, latest.files());
    Kept from = ofUser.get(random.nextInt(ofUser.size()));
    RecoveryClaimMode mode =
        random.nextBoolean() ? RecoveryClaimMode.CLAIM : RecoveryClaimMode.NO_CLAIM;
    log("a job begins with " + from.pointer() + " in mode " + mode);
    manager = JobManager.restore(root, nextJob(), retain, mode, from);
    if (mode == RecoveryClaimMode.CLAIM) {
      ofUser.remove(from);
    }
    deployLatest();
  }

  /** All attempts end, each in its way. */
  private void end() throws Exception {
    quiet = true;
    boolean processDies = random.nextInt(3) == 0;
    for (Subtask subtask : subtasks) {
      if (processDies && random.nextBoolean()) {
        log(subtask.index + " is killed");
        files.killed(subtask.attempt);
      } else {
        log(subtask.index + " is closed");
        files.as(subtask.attempt, () -> subtask.close(random));
      }
    }
    subtasks.clear();
  }

  private void deployLatest() throws Exception {
    List<Kept> retained = manager.retained();
    deploy(retained.isEmpty() ? Map.of() : retained.get(retained.size() - 1).content());
  }

  private void deploy(Map<Slice, Slice> content) throws Exception {
    int parallelism = random.nextInt(1, 4);
    log("deploy " + parallelism);
    quiet = true;
    List<KeyedStateHandle> handles = manager.latestHandles();
    for (int i = 0; i < parallelism; i++) {
      KeyGroupRange range =
          KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
              JobManager.KEY_GROUPS, parallelism, i);
      UUID attempt = new UUID(random.nextLong(), random.nextLong());
      int index = i;
      files.as(
          attempt,
          () ->
              subtasks.add(
                  new Subtask(
                      manager,
                      index,
                      attempt,
                      range,
                      shared,
                      handles,
                      content,
                      random.split(),
                      this::interleave)));
    }
    quiet = false;
  }

  // ---- What has to hold

  private void checkRetained() {
    for (Kept kept : manager.retained()) {
      SnapshotCheck.exists(kept);
    }
    for (Kept kept : ofUser) {
      SnapshotCheck.exists(kept);
    }
  }

  /** Ends the job and deletes what is the user's. */
  void finish() throws Exception {
    for (Kept kept : ofUser) {
      SnapshotCheck.verify(kept, random.split());
    }
    for (Kept kept : manager.retained()) {
      SnapshotCheck.verify(kept, random.split());
    }
    end();
    while (!messages.isEmpty() && random.nextInt(4) > 0) {
      deliver();
    }
    log("the job has finished");
    // With a snapshot that is not its own Flink deletes nothing that is newer.
    boolean isCleanedUp = !manager.hasUnclaimed();
    manager.shutDown(JobStatus.FINISHED);
    messages.forEach(message -> files.lost(message.files()));
    for (Kept kept : List.copyOf(ofUser)) {
      delete(kept);
    }
    files.checkLeft(manager, isCleanedUp);
  }
}
