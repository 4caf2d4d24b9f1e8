package io.hummock.examples.job;

import io.hummock.examples.flights.FlightsFile;
import io.hummock.examples.flights.FlightsSource;
import io.hummock.examples.flights.Replay;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Runs the job as {@link JobOptions} say, and tells how it went.
 *
 * <p>The source is held at certain rows until what shall happen there has happened, so that a fast
 * machine and a slow one see the same. Used by one thread.
 */
final class FlightsRun implements AutoCloseable {
  private static final double BEFORE_KILL = 0.33;
  private static final double BEFORE_STOP = 0.66;
  private static final double BEFORE_END = 0.97;

  /** So much is read between a moment of quiet and a kill or a stop. */
  private static final double BUSY = 0.02;

  private static final int CHECKPOINTS_BEFORE_KILL = 3;
  private static final int CHECKPOINTS_BEFORE_STOP = 2;
  private static final Duration STUCK = Duration.ofMinutes(2);
  private static final long LOOK_MILLIS = 50;
  private static final long TELL_MILLIS = 1000;

  private final JobOptions options;
  private final Path work;
  private final PrintStream out;
  private final URI store;
  private final Configuration configuration;
  private final String name = "flights-" + UUID.randomUUID();
  private final Replay replay = Replay.named(name);
  private final Uploads uploads = Uploads.of(name);
  private final long rows;
  private final long startNanos = System.nanoTime();

  private final List<RunningJob.Restore> restores = new ArrayList<>();
  private final List<CompletedCheckpointStats> checkpoints = new ArrayList<>();
  private final List<URI> jobDirectories = new ArrayList<>();
  private long brokenOffCheckpoints;
  private long toldAtMillis;

  /**
   * @param work a local directory: for results, for Flink's files, and for the store if the options
   *     name none
   * @param out where progress goes
   */
  FlightsRun(JobOptions options, Path work, PrintStream out) throws IOException {
    this.options = options;
    this.work = work;
    this.out = out;
    this.store = options.store() == null ? work.resolve("store").toUri() : options.store();
    this.rows =
        FlightsFile.AIRPORTS.stream()
            .mapToLong(airport -> FlightsFile.feed(airport, options.days()).size())
            .sum();
    Files.createDirectories(results());
    Files.createDirectories(work.resolve("tmp"));
    this.configuration =
        JobConfiguration.of(
            options, store, work, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    Uploads.Factory.configuration(name).forEach(configuration::setString);
    FileSystem.initialize(configuration, null);
  }

  /**
   * What a run did.
   *
   * @param restores after the kill, and to resume
   * @param checkpoints that were completed, of both jobs
   * @param brokenOffCheckpoints how many were begun and not completed
   * @param rowsRead by the source, those that it read again included
   * @param uploadedBytes what Hummock put into the store in all; 0 on other backends
   * @param uploadedObjects how many objects that was
   * @param atStop what was in the store when the first job had been stopped
   * @param atEnd what was in the store shortly before the last job ended
   */
  record Outcome(
      List<RunningJob.Restore> restores,
      List<CompletedCheckpointStats> checkpoints,
      long brokenOffCheckpoints,
      long rowsRead,
      long uploadedBytes,
      long uploadedObjects,
      StoreContents atStop,
      StoreContents atEnd) {
    Outcome {
      restores = List.copyOf(restores);
      checkpoints = List.copyOf(checkpoints);
    }

    /** The bytes that the checkpoints brought to the store, not counting what was there before. */
    long checkpointedBytes() {
      return checkpoints.stream().mapToLong(CompletedCheckpointStats::getCheckpointedSize).sum();
    }
  }

  /** Where the job's result lines are. */
  Path results() {
    return work.resolve("results");
  }

  URI store() {
    return store;
  }

  long rows() {
    return rows;
  }

  /** The objects that the jobs of this run have in the store. */
  StoreContents contents() throws IOException {
    List<StoreContents.StoredObject> all = new ArrayList<>();
    for (URI directory : jobDirectories) {
      all.addAll(StoreContents.of(directory).objects());
    }
    return new StoreContents(all);
  }

  /** The whole run: with a kill, a stop and a resumption, if the options say so. */
  Outcome run() throws Exception {
    StoreContents atStop = new StoreContents(List.of());
    String retained = null;
    int parallelism = options.parallelism();
    if (options.restores()) {
      retained = runUntilStopped(parallelism);
      atStop = contents();
      say("stopped, with its last checkpoint retained: " + retained);
      say("in the store: " + atStop);
      parallelism++;
    }
    StoreContents atEnd = runToEnd(parallelism, retained);
    return new Outcome(
        restores,
        checkpoints,
        brokenOffCheckpoints,
        replay.rowsRead(),
        uploads.bytes(),
        uploads.objects(),
        atStop,
        atEnd);
  }

  /**
   * Starts the job, kills a TaskManager in mid-run, and cancels the job later on.
   *
   * @return the path of its last checkpoint
   */
  private String runUntilStopped(int parallelism) throws Exception {
    replay.allowUpTo(BEFORE_KILL);
    try (RunningJob job = start(parallelism, null)) {
      watch(job, graph -> passed(BEFORE_KILL) && taken(graph) >= CHECKPOINTS_BEFORE_KILL);
      readOn(job, BEFORE_KILL);
      say("killing a TaskManager");
      long killed = job.killTaskManager();
      restored(watch(job, graph -> RunningJob.runs(graph, 1)), killed);
      replay.allowUpTo(BEFORE_STOP);
      long before = taken(job.graph());
      watch(job, graph -> passed(BEFORE_STOP) && taken(graph) >= before + CHECKPOINTS_BEFORE_STOP);
      readOn(job, BEFORE_STOP);
      AccessExecutionGraph ended = job.cancel();
      remember(ended);
      CompletedCheckpointStats last =
          ended.getCheckpointStatsSnapshot().getHistory().getLatestCompletedCheckpoint();
      if (last == null || last.getExternalPath() == null) {
        throw new IOException("job " + job.id() + " left no checkpoint behind");
      }
      return last.getExternalPath();
    }
  }

  private StoreContents runToEnd(int parallelism, @Nullable String retained) throws Exception {
    replay.allowUpTo(BEFORE_END);
    long submitted = System.currentTimeMillis();
    try (RunningJob job = start(parallelism, retained)) {
      if (retained != null) {
        restored(watch(job, graph -> RunningJob.runs(graph, 0)), submitted);
      }
      // A job that has ended discards what it needs no more for a recovery: so look before.
      watch(job, graph -> passed(BEFORE_END) && taken(graph) >= 1);
      StoreContents atEnd = contents();
      replay.allowUpTo(1);
      watch(job, graph -> graph.getState().isGloballyTerminalState());
      remember(job.awaitEnd());
      return atEnd;
    }
  }

  private RunningJob start(int parallelism, @Nullable String retained) throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    FlightsPipeline.build(
        environment, new FlightsSource(options.days(), options.duration(), name), results());
    say(
        (retained == null ? "starting" : "resuming")
            + " on "
            + options.backend()
            + " at parallelism "
            + parallelism);
    RunningJob job =
        RunningJob.start(
            environment.getStreamGraph().getJobGraph(), configuration, parallelism, retained);
    jobDirectories.add(job.directory(store));
    return job;
  }

  private interface Condition {
    boolean holds(AccessExecutionGraph graph);
  }

  private AccessExecutionGraph watch(RunningJob job, Condition condition) throws Exception {
    long position = -1;
    long movedAt = System.nanoTime();
    while (true) {
      AccessExecutionGraph graph = job.graph();
      RunningJob.check(graph);
      tell(graph);
      if (condition.holds(graph)) {
        return graph;
      }
      if (replay.position() != position) {
        position = replay.position();
        movedAt = System.nanoTime();
      } else if (System.nanoTime() - movedAt > STUCK.toNanos()) {
        throw new IOException(
            "no row was read for "
                + STUCK.toSeconds()
                + " s, the job is "
                + graph.getState()
                + ": is --store reachable?");
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** Lets the source go on, so that there is something in flight that no checkpoint has seen. */
  private void readOn(RunningJob job, double from) throws Exception {
    replay.allowUpTo(from + 2 * BUSY);
    watch(job, graph -> passed(from + BUSY));
  }

  private boolean passed(double fraction) {
    return replay.position() >= fraction * rows;
  }

  private static long taken(AccessExecutionGraph graph) {
    return graph.getCheckpointStatsSnapshot().getCounts().getNumberOfCompletedCheckpoints();
  }

  private void restored(AccessExecutionGraph graph, long sinceMillis) {
    RunningJob.Restore restore = RunningJob.restore(graph, sinceMillis);
    restores.add(restore);
    say("runs again, " + Report.restore(restore));
  }

  private void remember(AccessExecutionGraph graph) {
    checkpoints.addAll(RunningJob.completed(graph));
    brokenOffCheckpoints += RunningJob.brokenOff(graph);
  }

  private void tell(AccessExecutionGraph graph) {
    long now = System.currentTimeMillis();
    if (now - toldAtMillis < TELL_MILLIS) {
      return;
    }
    toldAtMillis = now;
    List<CompletedCheckpointStats> done = RunningJob.completed(graph);
    String last =
        done.isEmpty()
            ? ""
            : ", the last in %d ms, %s new of %s"
                .formatted(
                    done.get(done.size() - 1).getEndToEndDuration(),
                    Report.bytes(done.get(done.size() - 1).getCheckpointedSize()),
                    Report.bytes(done.get(done.size() - 1).getStateSize()));
    say(
        "%-9s %3d %% of the flights, %d checkpoints%s"
            .formatted(
                graph.getState(), 100 * replay.position() / Math.max(1, rows), done.size(), last));
  }

  private void say(String what) {
    out.printf("%6.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, what);
  }

  @Override
  public void close() {
    Replay.forget(name);
    Uploads.forget(name);
  }
}
