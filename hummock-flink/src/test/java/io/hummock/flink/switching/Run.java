package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hummock.flink.switching.Cluster.Setup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;

/** {@link StatefulJob} from its first number to its last, in legs between which it is switched. */
final class Run {
  /* Late enough for the timers to be in the first savepoints, unless the machine is very slow. */
  private static final long ALARM_AFTER_MILLISECONDS = 2_500;

  private final Cluster cluster;
  private final Configuration options;
  private final boolean mergesAggregates;
  private final long alarm;
  private @Nullable JobID job;
  private @Nullable String snapshot;

  Run(Cluster cluster) {
    this(cluster, new Configuration(), true);
  }

  /** A run that will not finish: its processing-time timers fire in the year 2286. */
  static Run withoutAlarm(Cluster cluster) {
    return new Run(cluster, new Configuration(), true, 10_000_000_000_000L);
  }

  /**
   * @param options options of the job in each leg
   * @param mergesAggregates whether the job has windows that merge their accumulators, which Flink
   *     cannot restore from its changelog, with no backend: it reads the changelog before it knows
   *     the function
   */
  Run(Cluster cluster, Configuration options, boolean mergesAggregates) {
    this(cluster, options, mergesAggregates, System.currentTimeMillis() + ALARM_AFTER_MILLISECONDS);
  }

  private Run(Cluster cluster, Configuration options, boolean mergesAggregates, long alarm) {
    this.alarm = alarm;
    this.cluster = cluster;
    this.options = options;
    this.mergesAggregates = mergesAggregates;
    StatefulJob.LINES.clear();
  }

  /** What the job gives on the heap and without interruption, sorted. */
  static List<String> uninterrupted(Cluster cluster, boolean mergesAggregates) throws Exception {
    Run run = new Run(cluster, new Configuration(), mergesAggregates);
    run.start(Setup.of("hashmap", 2));
    run.advanceTo(EveryKindOfState.SHORT_LIVED_IS_GONE);
    run.awaitShortLivedExpired();
    run.finish();
    List<String> lines = run.lines();
    assertThat(StatefulJob.LINES).as("lines are told apart").hasSameSizeAs(lines);
    for (String kind : StatefulJob.kinds(mergesAggregates)) {
      assertThat(lines).anyMatch(line -> line.startsWith(kind));
    }
    return lines;
  }

  /** Starts the next leg, from the last snapshot if there is one. */
  void start(Setup setup) throws Exception {
    start(setup, RecoveryClaimMode.NO_CLAIM);
  }

  /** Starts the next leg, from the last snapshot if there is one. */
  void start(Setup setup, RecoveryClaimMode claim) throws Exception {
    job =
        cluster.start(
            setup,
            options,
            environment -> StatefulJob.build(environment, alarm, mergesAggregates),
            snapshot,
            claim);
  }

  /** Starts the next leg from a savepoint that was taken otherwise. */
  void startFrom(String savepoint, Setup setup) throws Exception {
    snapshot = savepoint;
    start(setup);
  }

  /** The id of the leg's job, when all of it runs. */
  JobID awaitRunning() {
    cluster.awaitRunning(job());
    return job();
  }

  /** Waits until the leg has ended, and fails if it failed. */
  void awaitStopped() throws Exception {
    cluster.awaitResult(job());
  }

  /** Lets the numbers below {@code number} through. */
  void advanceTo(long number) throws Exception {
    cluster.awaitWhileRunning(job(), Gate.openTo(number));
  }

  /**
   * Fails at a number that has not come yet, restarts from the last checkpoint and lets more
   * numbers through.
   */
  void failAndAdvanceTo(long nextNumber, long number) throws Exception {
    Failure failure = Failure.at(nextNumber);
    CompletableFuture<Void> restart = Gate.nextBeginning();
    advanceTo(nextNumber + 1);
    cluster.awaitWhileRunning(job(), failure.happened());
    cluster.awaitWhileRunning(job(), restart);
    advanceTo(number);
  }

  /** Waits until all is written that lives one millisecond, and is dead. */
  void awaitShortLivedExpired() {
    // The numbers have gone, but they may still wait in front of the state.
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                StatefulJob.LINES.stream()
                        .filter(line -> line.startsWith("element "))
                        .distinct()
                        .count()
                    >= EveryKindOfState.SHORT_LIVED_IS_GONE);
    long now = System.currentTimeMillis();
    await().until(() -> System.currentTimeMillis() > now + 1);
  }

  /** Stops the job with a savepoint, from which the next leg starts. */
  String stop(SavepointFormatType format) throws Exception {
    snapshot = cluster.stop(job(), format);
    return snapshot;
  }

  /** Takes a savepoint of the job, which goes on. */
  String savepoint(SavepointFormatType format) throws Exception {
    return cluster.savepoint(job(), format);
  }

  /** Takes a checkpoint, from which the next leg starts unless a later snapshot is taken. */
  String checkpoint() throws Exception {
    snapshot = cluster.checkpoint(job());
    return snapshot;
  }

  /** Ends the leg; what came after the last checkpoint comes again in the next one. */
  void cancel() throws Exception {
    cluster.cancel(job());
  }

  /** Runs to the end, when all alarms have gone off. */
  void finish() throws Exception {
    advanceTo(StatefulJob.NUMBERS - 1);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                StatefulJob.LINES.stream()
                        .filter(line -> line.startsWith(StatefulJob.ALARM))
                        .distinct()
                        .count()
                    == StatefulJob.KEYS);
    Gate.openForGood();
    cluster.awaitResult(job());
  }

  /** The lines of all legs, sorted, each once. */
  List<String> lines() {
    return new ArrayList<>(new TreeSet<>(StatefulJob.LINES));
  }

  private JobID job() {
    if (job == null) {
      throw new IllegalStateException("not started");
    }
    return job;
  }
}
