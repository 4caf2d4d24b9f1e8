package io.hummock.flink;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * A user's small job in a JVM with the packaged plugin jar and Flink: sums by key, fails once after
 * a checkpoint, recovers and checks what came out. {@link PluginJarIT} starts it.
 *
 * <p>Refers to nothing of Hummock, as a user's job: its configuration names the backend.
 */
final class PluginJarJob {
  private static final long NUMBERS = 20_000;
  private static final int NUMBERS_PER_CHECKPOINT = 4_000;
  private static final long KEYS = 500;
  private static final AtomicBoolean FAILED = new AtomicBoolean();

  private PluginJarJob() {}

  /**
   * Prints where the backend came from if all is right, and ends with an exception if not.
   *
   * @param arguments the URI of an empty local directory for checkpoints
   */
  public static void main(String[] arguments) throws Exception {
    for (String bundled :
        List.of(
            "software.amazon.awssdk.services.s3.S3Client",
            "com.github.benmanes.caffeine.cache.Caffeine",
            "com.dynatrace.hash4j.hashing.Hashing",
            "io.airlift.compress.lz4.Lz4Compressor")) {
      require(isMissing(bundled), bundled + " is on the class path beside the plugin jar");
    }
    URI checkpoints = URI.create(arguments[0]);
    Map<String, Integer> expected = new HashMap<>();
    Map<Long, List<Long>> numbers = new HashMap<>();
    for (long number = 0; number < NUMBERS; number++) {
      List<Long> seen = numbers.computeIfAbsent(number % KEYS, key -> new ArrayList<>());
      seen.add(number);
      expected.merge(line(number % KEYS, sum(seen), seen), 1, Integer::sum);
    }

    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration(checkpoints));
    environment.setParallelism(2);
    List<String> results =
        environment
            .fromSource(
                new DataGeneratorSource<>(
                    number -> number,
                    NUMBERS,
                    RateLimiterStrategy.perCheckpoint(NUMBERS_PER_CHECKPOINT),
                    Types.LONG),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .setParallelism(1)
            .keyBy(number -> number % KEYS)
            .process(new Sums(checkpoints))
            .executeAndCollect((int) NUMBERS * 2);
    for (String result : results) {
      require(expected.merge(result, -1, Integer::sum) == 0, "wrong or doubled: " + result);
    }
    expected.values().removeIf(left -> left == 0);
    require(expected.isEmpty(), "lost: " + expected);
    require(FAILED.get(), "never failed");
    System.out.println(
        "right, by "
            + Class.forName("io.hummock.flink.HummockStateBackend")
                .getProtectionDomain()
                .getCodeSource()
                .getLocation());
  }

  private static Configuration configuration(URI checkpoints) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, "hummock");
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    return configuration;
  }

  private static boolean isMissing(String name) {
    try {
      Class.forName(name, false, PluginJarJob.class.getClassLoader());
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  private static long sum(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).sum();
  }

  private static String line(long key, long sum, List<Long> numbers) {
    return key + " " + sum + " " + numbers;
  }

  /** Keeps the sum and the list of the numbers of each key. */
  @SuppressWarnings("NullAway.Init") // open() sets the states before anything else is called
  private static final class Sums extends KeyedProcessFunction<Long, Long, String>
      implements CheckpointListener {
    private static final long serialVersionUID = 1;

    private final URI checkpoints;
    private transient ValueState<Long> sum;
    private transient ListState<Long> numbers;
    private transient boolean checkpointed;

    Sums(URI checkpoints) {
      this.checkpoints = checkpoints;
    }

    @Override
    public void open(OpenContext context) {
      sum = getRuntimeContext().getState(new ValueStateDescriptor<>("sum", Types.LONG));
      numbers = getRuntimeContext().getListState(new ListStateDescriptor<>("numbers", Types.LONG));
    }

    @Override
    public void processElement(Long number, Context context, Collector<String> out)
        throws Exception {
      if (checkpointed && FAILED.compareAndSet(false, true)) {
        try (Stream<Path> files = Files.walk(Path.of(checkpoints))) {
          List<String> names = files.map(Path::toString).toList();
          require(names.stream().anyMatch(name -> name.endsWith(".sst")), "no .sst: " + names);
          require(names.stream().anyMatch(name -> name.endsWith(".meta")), "no .meta: " + names);
        }
        throw new IllegalStateException("the failure to recover from");
      }
      Long before = sum.value();
      sum.update((before == null ? 0 : before) + number);
      numbers.add(number);
      List<Long> all = new ArrayList<>();
      numbers.get().forEach(all::add);
      out.collect(line(context.getCurrentKey(), sum.value(), all));
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      checkpointed = true;
    }
  }
}
