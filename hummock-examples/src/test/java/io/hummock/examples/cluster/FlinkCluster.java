package io.hummock.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.GlobalConfiguration;
import org.awaitility.Awaitility;

/**
 * A JobManager and TaskManagers of two slots, each a process of its own, on loopback with free
 * ports. They run a distribution that they leave as it is: configuration, logs and all that they
 * write to a local disk lie in a work directory.
 *
 * <p>Closing ends every process that was started here, and so does the end of this JVM. Used by one
 * thread.
 */
public final class FlinkCluster implements AutoCloseable {
  /** What a process is for. */
  public enum Role {
    JOB_MANAGER,
    TASK_MANAGER,
    /** {@code bin/flink}. */
    CLIENT,
    /** A tool that runs in the distribution's directory. */
    TOOL
  }

  private static final int STARTS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration COMMAND_PATIENCE = Duration.ofMinutes(3);

  private final Path flink;
  private final Path javaHome;
  private final Path work;
  private final Map<Role, Map<String, String>> variables;
  private final ProcessTree processes = new ProcessTree();
  private final Map<String, Process> taskManagers = new LinkedHashMap<>();
  private final int rpcPort;
  private final FlinkRest rest;
  private final String javaOptions;
  private int taskManagersStarted;

  private FlinkCluster(
      Path flink,
      Path javaHome,
      Path work,
      Map<String, String> configuration,
      Map<Role, Map<String, String>> variables)
      throws IOException {
    this.flink = flink;
    this.javaHome = javaHome;
    this.work = work;
    this.variables = variables;
    this.rpcPort = freePort();
    int restPort = freePort();
    this.rest = new FlinkRest(URI.create("http://127.0.0.1:" + restPort));
    Files.createDirectories(work.resolve("conf"));
    Files.createDirectories(work.resolve("log"));
    Files.createDirectories(work.resolve("tmp"));
    this.javaOptions = writeConfiguration(configuration, restPort);
  }

  /**
   * Starts a JobManager and waits until it answers.
   *
   * @param flink the distribution
   * @param javaHome what runs it
   * @param work an empty local directory
   * @param configuration what is added to the {@code config.yaml} of the distribution
   * @param variables what is added to the environment of the processes of a role
   */
  public static FlinkCluster start(
      Path flink,
      Path javaHome,
      Path work,
      Map<String, String> configuration,
      Map<Role, Map<String, String>> variables)
      throws IOException, InterruptedException {
    IOException failure = new IOException("no JobManager was started");
    for (int start = 0; start < STARTS; start++) {
      FlinkCluster cluster =
          new FlinkCluster(
              flink, javaHome, work.resolve("start-" + start), configuration, variables);
      try {
        cluster.startJobManager();
        return cluster;
      } catch (IOException e) { // somebody else may have taken a port
        e.addSuppressed(failure);
        failure = e;
        cluster.close();
      }
    }
    throw failure;
  }

  public FlinkRest rest() {
    return rest;
  }

  /** Where logs and configuration are. */
  public Path work() {
    return work;
  }

  /** Starts so many TaskManagers more, and waits until the JobManager knows them. */
  public void startTaskManagers(int count) throws IOException {
    int before = rest.taskManagers().size();
    for (int i = 0; i < count; i++) {
      String id = "taskmanager-" + ++taskManagersStarted;
      Path tmp = Files.createDirectories(work.resolve("tmp").resolve(id));
      taskManagers.put(
          id,
          start(
              Role.TASK_MANAGER,
              id,
              "bin/taskmanager.sh",
              "start-foreground",
              "-D",
              "taskmanager.resource-id=" + id,
              "-D",
              "io.tmp.dirs=" + tmp));
    }
    List<String> expected = List.copyOf(taskManagers.keySet());
    Awaitility.await("TaskManagers " + expected + " beside " + before + " others")
        .atMost(PATIENCE)
        .until(() -> rest.taskManagers().containsAll(expected));
  }

  /** Ends the process of a TaskManager as {@code kill -9} does. */
  public void killTaskManager(String id) throws InterruptedException {
    Process process = taskManagers.remove(id);
    if (process == null) {
      throw new IllegalArgumentException(id + " is none of " + taskManagers.keySet());
    }
    process.destroyForcibly();
    process.waitFor();
  }

  /**
   * Runs {@code bin/flink} and waits for it.
   *
   * @param action the first argument, such as {@code run}
   * @return what it printed
   * @throws IOException if it fails
   */
  public String command(String action, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bin/flink", action));
    command.addAll(List.of("-m", rest.address().getAuthority()));
    command.addAll(List.of(arguments));
    return runToEnd(Role.CLIENT, "flink-" + action, command);
  }

  /** Runs a class with all jars of {@code lib/}, in the distribution's directory. */
  public String java(String main, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(javaHome.resolve("bin/java").toString(), "-cp", "lib/*", main));
    command.addAll(List.of(arguments));
    return runToEnd(Role.TOOL, main, command);
  }

  /** The processes that were started here and still run. */
  public List<Long> running() {
    return processes.running();
  }

  @Override
  public void close() {
    processes.close();
  }

  private void startJobManager() throws IOException {
    Process process =
        start(Role.JOB_MANAGER, "jobmanager", "bin/jobmanager.sh", "start-foreground");
    Awaitility.await("the JobManager at " + rest.address() + ", see " + work.resolve("log"))
        .atMost(PATIENCE)
        .until(() -> rest.answers() || !process.isAlive());
    if (!process.isAlive()) {
      throw new IOException(
          "the JobManager ended: " + Files.readString(work.resolve("log/jobmanager.out")));
    }
  }

  /** Writes it, and gives the options for all JVMs. */
  private String writeConfiguration(Map<String, String> configuration, int restPort)
      throws IOException {
    Map<String, String> all =
        new TreeMap<>(
            GlobalConfiguration.loadConfiguration(flink.resolve("conf").toString()).toMap());
    Path tmp = work.resolve("tmp");
    all.put("jobmanager.rpc.address", "127.0.0.1");
    all.put("jobmanager.rpc.port", Integer.toString(rpcPort));
    all.put("jobmanager.bind-host", "127.0.0.1");
    all.put("taskmanager.bind-host", "127.0.0.1");
    all.put("taskmanager.host", "127.0.0.1");
    all.put("rest.address", "127.0.0.1");
    all.put("rest.bind-address", "127.0.0.1");
    all.put("rest.port", Integer.toString(restPort));
    all.put("jobmanager.memory.process.size", "1200m");
    all.put("taskmanager.memory.process.size", "1400m");
    all.put("taskmanager.numberOfTaskSlots", "2");
    // A TaskManager that is gone shall be missed within seconds.
    all.put("heartbeat.interval", "1000 ms");
    all.put("metrics.fetcher.update-interval", "500 ms");
    all.put("io.tmp.dirs", tmp.toString());
    all.merge(
        "env.java.opts.all",
        "-Djava.io.tmpdir=" + tmp + " -XX:-UsePerfData",
        (given, more) -> given + " " + more);
    all.putAll(configuration);
    StringBuilder yaml = new StringBuilder();
    all.forEach((key, value) -> yaml.append("%s: '%s'%n".formatted(key, value.replace("'", "''"))));
    Path conf = work.resolve("conf");
    Files.writeString(conf.resolve("config.yaml"), yaml);
    for (String log : List.of("log4j-console.properties", "log4j-cli.properties")) {
      Files.copy(flink.resolve("conf").resolve(log), conf.resolve(log));
    }
    return all.getOrDefault("env.java.opts.all", "");
  }

  private String runToEnd(Role role, String name, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(work.resolve("log"), name + "-", ".out");
    Process process = processes.start(builder(role, command).redirectOutput(out.toFile()));
    boolean ended = process.waitFor(COMMAND_PATIENCE.toSeconds(), TimeUnit.SECONDS);
    String printed = Files.readString(out, StandardCharsets.UTF_8);
    if (!ended || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(
          (ended ? "exit code " + process.exitValue() : "no end within " + COMMAND_PATIENCE)
              + " of "
              + String.join(" ", command)
              + ":\n"
              + printed);
    }
    return printed;
  }

  private Process start(Role role, String name, String... command) throws IOException {
    Path out = work.resolve("log").resolve(name + ".out");
    return processes.start(builder(role, List.of(command)).redirectOutput(out.toFile()));
  }

  private ProcessBuilder builder(Role role, List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(flink.toFile()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment
        .keySet()
        .removeIf(
            name ->
                name.startsWith("FLINK_")
                    || name.startsWith("HADOOP_")
                    || name.startsWith("AWS_")
                    || name.equals("JAVA_TOOL_OPTIONS"));
    environment.putAll(variables.getOrDefault(role, Map.of()));
    environment.put("JAVA_HOME", javaHome.toString());
    environment.put("FLINK_CONF_DIR", work.resolve("conf").toString());
    environment.put("FLINK_LOG_DIR", work.resolve("log").toString());
    environment.put("FLINK_PID_DIR", work.resolve("tmp").toString());
    environment.put("FLINK_PLUGINS_DIR", flink.resolve("plugins").toString());
    if (javaVersion() >= 24) {
      // Else Flink's scripts add an option that such a JVM refuses, -Djava.security.manager=allow.
      environment.put("FLINK_ENV_JAVA_OPTS", javaOptions);
      if (role == Role.CLIENT) { // Flink's does not run there at all
        environment.put("JAVA_HOME", System.getProperty("java.home"));
      }
    }
    return builder;
  }

  private int javaVersion() {
    try {
      Matcher version =
          Pattern.compile("(?m)^JAVA_VERSION=\"([0-9]+)")
              .matcher(Files.readString(javaHome.resolve("release")));
      return version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(javaHome + " is no Java home", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
