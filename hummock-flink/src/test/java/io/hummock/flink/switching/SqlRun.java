package io.hummock.flink.switching;

import io.hummock.flink.switching.Cluster.Setup;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;

/** {@link SqlJob} from its first number to its last, in legs between which it is switched. */
final class SqlRun {
  private final Cluster cluster;
  private final Configuration options;
  private @Nullable JobID job;
  private @Nullable String savepoint;
  private int checkpointedChanges;

  SqlRun(Cluster cluster, Configuration options) {
    this.cluster = cluster;
    this.options = options;
    SqlJob.CHANGES.clear();
  }

  /** Starts the next leg, from the last savepoint if there is one. */
  void start(Setup setup) throws Exception {
    job = cluster.start(setup, options, SqlJob::build, savepoint, RecoveryClaimMode.NO_CLAIM);
  }

  /** Lets the numbers below {@code number} through. */
  void advanceTo(long number) throws Exception {
    cluster.awaitWhileRunning(job(), Gate.openTo(number));
  }

  /** Takes a checkpoint; the changes until then are final, as no more numbers come. */
  void checkpoint() throws Exception {
    cluster.checkpoint(job());
    checkpointedChanges = SqlJob.CHANGES.size();
  }

  /**
   * Fails at a number that has not come yet, restarts from the last checkpoint and lets more
   * numbers through. What was emitted since the checkpoint is forgotten: it comes again.
   */
  void failAndAdvanceTo(long nextNumber, long number) throws Exception {
    Failure failure = Failure.at(nextNumber);
    CompletableFuture<Void> restart =
        Gate.nextBeginning()
            .thenRun(
                () -> SqlJob.CHANGES.subList(checkpointedChanges, SqlJob.CHANGES.size()).clear());
    advanceTo(nextNumber + 1);
    cluster.awaitWhileRunning(job(), failure.happened());
    cluster.awaitWhileRunning(job(), restart);
    advanceTo(number);
  }

  /** Stops the job with a savepoint, from which the next leg starts. */
  void stop(SavepointFormatType format) throws Exception {
    savepoint = cluster.stop(job(), format);
  }

  /** Runs to the end. */
  void finish() throws Exception {
    Gate.openForGood();
    cluster.awaitResult(job());
  }

  private JobID job() {
    if (job == null) {
      throw new IllegalStateException("not started");
    }
    return job;
  }
}
