package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a snapshot that a job begins with: whose it is, and when it can go. */
abstract class ClaimModesContract {
  @TempDir protected Path work;

  /** The options of a short run. */
  abstract JobOptions options();

  private Generations generations() {
    JobOptions options = options();
    URI store =
        options.store() == null
            ? work.resolve("store").toUri()
            : Objects.requireNonNull(options.store());
    return new Generations(options, store, work);
  }

  private static void delete(Set<String> files) throws Exception {
    for (String file : files) {
      org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(file);
      assertThat(FileSystem.get(path.toUri()).delete(path, false)).isTrue();
    }
  }

  @Test
  void checkpointThatIsNotClaimedCanGoAfterTheFirstNewOne() throws Exception {
    try (Generations generations = generations()) {
      String old;
      try (RunningJob job = generations.start(2, null, RecoveryClaimMode.NO_CLAIM)) {
        generations.readUpTo(job, 0.2);
        job.checkpoint();
        generations.readUpTo(job, 0.3);
        old = job.checkpoint();
        job.cancel();
      }
      Set<String> oldFiles = CheckpointFiles.of(old);
      assertThat(generations.stored()).containsExactlyInAnyOrderElementsOf(oldFiles);

      String next;
      try (RunningJob job = generations.start(2, old, RecoveryClaimMode.NO_CLAIM)) {
        generations.readUpTo(job, 0.4);
        Set<String> first = CheckpointFiles.of(job.checkpoint());
        assertThat(first).doesNotContainAnyElementsOf(oldFiles);
        assertThat(generations.stored()).containsAll(oldFiles);
        delete(oldFiles);

        generations.readUpTo(job, 0.5);
        generations.kill(job, 1);
        generations.readUpTo(job, 0.6);
        next = job.checkpoint();
        assertThat(CheckpointFiles.of(next)).doesNotContainAnyElementsOf(oldFiles);
        job.cancel();
      }

      try (RunningJob job = generations.start(3, next, RecoveryClaimMode.CLAIM)) {
        generations.readUpTo(job, 0.7);
        job.checkpoint();
        generations.kill(job, 1);
        generations.finish(job);
      }
      // What was claimed belonged to the job, which has ended well.
      assertThat(generations.stored()).isEmpty();
    }
  }

  @Test
  void checkpointThatIsNotClaimedStaysWhole() throws Exception {
    try (Generations generations = generations()) {
      String old;
      try (RunningJob job = generations.start(2, null, RecoveryClaimMode.NO_CLAIM)) {
        generations.readUpTo(job, 0.3);
        old = job.checkpoint();
        job.cancel();
      }
      try (RunningJob job = generations.start(3, old, RecoveryClaimMode.NO_CLAIM)) {
        for (int i = 4; i < 8; i++) {
          generations.readUpTo(job, 0.1 * i);
          job.checkpoint();
        }
        generations.finish(job);
      }
      assertThat(generations.stored()).containsExactlyInAnyOrderElementsOf(CheckpointFiles.of(old));
    }
  }

  @Test
  void nativeSavepointBelongsToTheJobThatClaimsIt() throws Exception {
    try (Generations generations = generations()) {
      String savepoint;
      try (RunningJob job = generations.start(3, null, RecoveryClaimMode.NO_CLAIM)) {
        generations.readUpTo(job, 0.3);
        job.checkpoint();
        generations.readUpTo(job, 0.4);
        savepoint = job.savepoint(savepoints(), SavepointFormatType.NATIVE);
        // What a later checkpoint committed would come twice.
        job.cancel();
      }
      try (RunningJob job = generations.start(2, savepoint, RecoveryClaimMode.CLAIM)) {
        generations.readUpTo(job, 0.5);
        generations.kill(job, 1);
        generations.readUpTo(job, 0.6);
        job.checkpoint();
        generations.readUpTo(job, 0.7);
        job.checkpoint();
        org.apache.flink.core.fs.Path directory = new org.apache.flink.core.fs.Path(savepoint);
        assertThat(FileSystem.get(directory.toUri()).exists(directory)).isFalse();
        generations.kill(job, 2);
        generations.finish(job);
      }
    }
  }

  /** Where savepoints go: beside the checkpoints. */
  private String savepoints() {
    JobOptions options = options();
    return options.store() == null
        ? work.resolve("savepoints").toUri().toString()
        : options.store() + "-savepoints";
  }
}
