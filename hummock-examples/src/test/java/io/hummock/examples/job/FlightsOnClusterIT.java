package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.examples.cluster.FlinkCluster;
import io.hummock.examples.cluster.FlinkRest;
import io.hummock.examples.cluster.S3Session;
import io.hummock.examples.flights.FlightsFile;
import io.hummock.testing.MinioServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The job on Flink's own distribution with the packaged plugin jar in {@code lib/}: a JobManager
 * and two TaskManagers as processes, checkpoints on MinIO, a job jar submitted by {@code
 * bin/flink}.
 *
 * <p>The source is held by a file, and what happens to the job happens when checkpoints and records
 * have come far enough by REST, so that a slow machine sees the same as a fast one. System
 * properties say where things are: see the profile {@code cluster}.
 */
@Tag("minio")
@SuppressWarnings("NullAway.Init") // all is started before each test
class FlightsOnClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Pattern SUBMITTED = Pattern.compile("JobID ([0-9a-f]{32})");
  private static final Pattern SAVEPOINT = Pattern.compile("Savepoint completed\\. Path: (\\S+)");

  private final ClusterForm form = ClusterForm.named(property("cluster.form"));
  private final Path work = Path.of(property("cluster.work"));
  private final Path results = work.resolve("results");
  private final Path limitFile = work.resolve("limit");

  /** Bucket and prefixes are those of the policies in docs/deploy. */
  private final String bucket = "my-bucket";

  private final Map<FlinkCluster.Role, S3Session> sessions = new EnumMap<>(FlinkCluster.Role.class);
  private final List<String> figures = new ArrayList<>();
  private final long startNanos = System.nanoTime();

  private MinioServer minio;
  private FlinkCluster cluster;
  private long rows;
  private int steps;
  private int kills;

  @BeforeEach
  void start() throws Exception {
    FileUtils.deleteDirectory(work.toFile());
    Files.createDirectories(results);
    rows =
        FlightsFile.AIRPORTS.stream()
            .mapToLong(airport -> FlightsFile.feed(airport, form.days()).size())
            .sum();
    minio = MinioServer.start();
    minio.createBucket(bucket);
    cluster =
        FlinkCluster.start(
            Path.of(property("cluster.flink")),
            Path.of(property("cluster.java.home")),
            work.resolve("flink"),
            configuration(),
            Map.of(
                FlinkCluster.Role.JOB_MANAGER, session("jobmanager", FlinkCluster.Role.JOB_MANAGER),
                FlinkCluster.Role.TASK_MANAGER,
                    session("taskmanager", FlinkCluster.Role.TASK_MANAGER),
                FlinkCluster.Role.TOOL, session("orphans", FlinkCluster.Role.TOOL)));
    cluster.startTaskManagers(2);
    say("a JobManager and two TaskManagers run; logs are below " + cluster.work());
  }

  @AfterEach
  void end() throws Exception {
    if (cluster != null) {
      cluster.close();
      assertThat(cluster.running()).isEmpty();
    }
    if (minio != null) {
      minio.close();
    }
  }

  /** Keys that may do what docs/security.md asks for the role, and no more. */
  private Map<String, String> session(String policy, FlinkCluster.Role role) throws IOException {
    String text =
        Files.readString(Path.of("..", "docs", "deploy", "s3-policy-" + policy + ".json"));
    S3Session session =
        S3Session.assume(
            minio.endpoint(), minio.accessKey(), minio.secretKey(), minio.region(), text);
    sessions.put(role, session);
    return session.environment();
  }

  /** What a user writes into {@code config.yaml}, and the place of MinIO. */
  private Map<String, String> configuration() {
    return Map.ofEntries(
        Map.entry("state.backend.type", "hummock"),
        Map.entry("execution.checkpointing.dir", "s3://" + bucket + "/checkpoints"),
        Map.entry("execution.checkpointing.interval", "1 s"),
        Map.entry("execution.checkpointing.incremental", "true"),
        Map.entry(
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
        Map.entry("restart-strategy.type", "fixed-delay"),
        Map.entry("restart-strategy.fixed-delay.attempts", "20"),
        Map.entry("restart-strategy.fixed-delay.delay", "500 ms"),
        Map.entry("s3.endpoint", minio.endpoint().toString()),
        Map.entry("s3.path-style-access", "true"),
        Map.entry("s3.region", minio.region()));
  }

  @Test
  void linesAreExactAndNothingStaysThoughTaskManagersAreKilledAndTheJobIsRescaled()
      throws Exception {
    String job = submit(3);
    for (int kill = 0; kill < form.killsBeforeRescale(); kill++) {
      readOn(job);
      killTaskManager(job);
    }
    readOn(job);
    assertThat(keys("checkpoints/" + job + "/shared/hummock/"))
        .anyMatch(key -> key.endsWith(".sst"))
        .anyMatch(key -> key.endsWith(".meta"));
    String savepoint = stopWithSavepoint(job);

    job = submit(4, "-s", savepoint);
    restored(job, 1);
    for (int kill = 0; kill < form.killsAfterRescale(); kill++) {
      readOn(job);
      killTaskManager(job);
    }
    if (form.resumes()) {
      readOn(job);
      String retained = cancel(job);
      job = submit(2, "-s", retained, "-claimMode", "CLAIM");
      restored(job, 1);
    }
    String orphan = leaveOrphan(job);
    finish(job);
    checkLines();
    cleanUp(orphan, savepoint);
    checkLogs();
    figures.forEach(figure -> System.out.println("cluster: " + figure));
  }

  private String submit(int parallelism, String... more) throws Exception {
    allow((double) steps / (form.steps() + 1));
    List<String> arguments = new ArrayList<>(List.of("-d", "-p", Integer.toString(parallelism)));
    arguments.addAll(List.of(more));
    arguments.addAll(
        List.of(
            property("cluster.job.jar"),
            "--results",
            results.toString(),
            "--days",
            Integer.toString(form.days()),
            "--seconds",
            Integer.toString(form.seconds()),
            "--limit",
            limitFile.toString()));
    String printed = cluster.command("run", arguments.toArray(String[]::new));
    Matcher submitted = SUBMITTED.matcher(printed);
    assertThat(submitted.find()).as(printed).isTrue();
    String job = submitted.group(1);
    await(job, () -> cluster.rest().job(job).running());
    say("job %s runs at parallelism %d".formatted(job, parallelism));
    return job;
  }

  /**
   * Lets the source go one step further and returns when about half of it was read and checkpoints
   * are taken meanwhile: then there are records in flight that no checkpoint has seen.
   */
  private void readOn(String job) throws Exception {
    long before = cluster.rest().checkpoints(job).completed();
    steps++;
    allow((double) steps / (form.steps() + 1));
    long half = rows / (form.steps() + 1) / 2;
    long[] first = {Long.MAX_VALUE};
    await(
        job,
        () -> {
          long records = cluster.rest().job(job).sourceRecords();
          first[0] = Math.min(first[0], records);
          return records - first[0] >= half
              && cluster.rest().checkpoints(job).completed() >= before + 2;
        });
  }

  private void killTaskManager(String job) throws Exception {
    String aircraft = cluster.rest().job(job).vertices().get("aircraft");
    List<String> used = cluster.rest().taskManagers(job, Objects.requireNonNull(aircraft));
    String victim = used.get(kills % used.size());
    FlinkRest.Checkpoints before = cluster.rest().checkpoints(job);
    kills++;
    long killed = System.nanoTime();
    cluster.killTaskManager(victim);
    cluster.startTaskManagers(1);
    await(
        job,
        () ->
            cluster.rest().checkpoints(job).restores() > before.restores()
                && cluster.rest().job(job).running());
    long runs = System.nanoTime();
    FlinkRest.Checkpoints after = cluster.rest().checkpoints(job);
    assertThat(after.restored()).isPositive();
    await(job, () -> cluster.rest().checkpoints(job).completed() > after.completed());
    figure(
        "kill -9 of %s: restored from checkpoint %d, all subtasks run after %.1f s, next checkpoint complete after %.1f s",
        victim, after.restored(), (runs - killed) / 1e9, (System.nanoTime() - killed) / 1e9);
  }

  private void restored(String job, int times) throws Exception {
    await(job, () -> cluster.rest().checkpoints(job).restores() == times);
  }

  private String stopWithSavepoint(String job) throws Exception {
    remember(job);
    long start = System.nanoTime();
    String printed = cluster.command("stop", "-p", "s3://" + bucket + "/savepoints", job);
    Matcher savepoint = SAVEPOINT.matcher(printed);
    assertThat(savepoint.find()).as(printed).isTrue();
    figure(
        "stopped with canonical savepoint in %.1f s, the command included",
        (System.nanoTime() - start) / 1e9);
    awaitState(job, "FINISHED");
    return savepoint.group(1);
  }

  private String cancel(String job) throws Exception {
    remember(job);
    cluster.command("cancel", job);
    awaitState(job, "CANCELED");
    String retained = cluster.rest().checkpoints(job).completedPath();
    assertThat(retained).startsWith("s3://" + bucket + "/checkpoints/" + job + "/chk-");
    say("cancelled, resuming from " + retained);
    return retained;
  }

  private void finish(String job) throws Exception {
    allow(1);
    awaitState(job, "FINISHED");
    remember(job);
  }

  /** Puts a table where a killed TaskManager may leave one, so that there is one in any case. */
  private String leaveOrphan(String job) {
    String key =
        "checkpoints/%s/shared/hummock/killed/attempt/%s.sst".formatted(job, UUID.randomUUID());
    try (S3Client client = minio.client()) {
      client.putObject(
          request -> request.bucket(bucket).key(key), RequestBody.fromString("never referenced"));
    }
    return key;
  }

  private void checkLines() throws IOException {
    Results compared =
        Results.compare(Results.read(results), PlainComputation.results(form.days()));
    figure(
        "%,d result lines, %,d expected: %,d missing, %,d doubled or wrong",
        compared.lines().size(),
        compared.expected(),
        compared.missing().size(),
        compared.surplus().size());
    assertThat(compared.missing()).isEmpty();
    assertThat(compared.surplus()).isEmpty();
    assertThat(compared.lines()).hasSizeGreaterThan(40_000);
  }

  /** The tool lists all that is left but the savepoint, which is the user's, and deletes it. */
  private void cleanUp(String orphan, String savepoint) throws Exception {
    String kept = savepoint.substring(savepoint.indexOf("savepoints/"));
    List<String> left = keys("");
    left.removeIf(key -> key.startsWith(kept));
    List<String> arguments =
        List.of(
            "--checkpoints",
            "s3://" + bucket + "/checkpoints",
            "--also",
            "s3://" + bucket + "/savepoints",
            "--older-than",
            "0 ms");
    List<String> listed = new ArrayList<>();
    orphans(arguments)
        .lines()
        .filter(line -> line.contains("\ts3://"))
        .map(line -> line.replaceFirst(".*\ts3://" + bucket + "/", ""))
        .forEach(listed::add);
    figure(
        "%d objects left by killed TaskManagers, one of them put there by the test", left.size());
    assertThat(listed).containsExactlyInAnyOrderElementsOf(left).contains(orphan);

    List<String> deleting = new ArrayList<>(arguments);
    deleting.add("--delete");
    assertThat(orphans(deleting)).contains("deleted");
    assertThat(keys("")).isNotEmpty().allMatch(key -> key.startsWith(kept));
  }

  private String orphans(List<String> arguments) throws Exception {
    return cluster.java("io.hummock.flink.orphans.Orphans", arguments.toArray(String[]::new));
  }

  private void checkLogs() throws IOException {
    TreeSet<String> telling = new TreeSet<>();
    int logs = 0;
    try (Stream<Path> files = Files.walk(cluster.work().resolve("log"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        logs++;
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (sessions.values().stream()
            .anyMatch(keys -> text.contains(keys.secretKey()) || text.contains(keys.token()))) {
          telling.add(file.toString());
        }
      }
    }
    assertThat(logs).isGreaterThan(3);
    assertThat(telling).as("logs that have a secret key or a token").isEmpty();
  }

  private void remember(String job) throws IOException {
    FlinkRest.Checkpoints all = cluster.rest().checkpoints(job);
    figure(
        "job %s: %d checkpoints completed, median %d ms; %d broken off, or not begun while tasks start",
        job, all.completed(), all.medianMillis(), all.failed());
  }

  private void awaitState(String job, String state) {
    await(job, () -> cluster.rest().job(job).state().equals(state));
  }

  private void await(String job, Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(LOOK)
        .until(
            () -> {
              FlinkRest.Job now = cluster.rest().job(job);
              if (now.state().equals("FAILED")) {
                throw new IllegalStateException("job " + job + " failed: " + now.failure());
              }
              return condition.call();
            });
  }

  private void allow(double fraction) throws IOException {
    Path next = Files.writeString(work.resolve("limit.next"), Double.toString(fraction));
    Files.move(next, limitFile, StandardCopyOption.ATOMIC_MOVE);
  }

  private List<String> keys(String prefix) {
    List<String> keys = new ArrayList<>();
    try (S3Client client = minio.client()) {
      client
          .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
          .contents()
          .stream()
          .map(S3Object::key)
          .forEach(keys::add);
    }
    return keys;
  }

  private void figure(String format, Object... values) {
    String figure = String.format(Locale.ROOT, format, values);
    figures.add(figure);
    say(figure);
  }

  private void say(String what) {
    System.out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, what);
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalStateException("-D" + name + " is set by the profile cluster");
    }
    return value;
  }
}
