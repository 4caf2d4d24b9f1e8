package io.hummock.flink;

import io.hummock.flink.backend.HummockSettings;
import io.hummock.flink.memory.MemoryLease;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/**
 * The options of the backend, {@code state.backend.hummock.*}. They are named as those of Flink's
 * RocksDB and ForSt backends where they mean the same.
 */
public final class HummockConfigOptions {
  /** Where timers are kept. */
  public enum TimerService {
    /** In the tree, like other state. */
    HUMMOCK,
    /** On the heap. */
    HEAP
  }

  static final String PREFIX = "state.backend.hummock.";

  public static final ConfigOption<Boolean> USE_MANAGED_MEMORY =
      ConfigOptions.key(PREFIX + "memory.managed")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether memtables, cached blocks, filters and indexes take the state backend's share"
                  + " of the slot's managed memory. If false, memory.fixed-per-slot must be set.");

  public static final ConfigOption<MemorySize> FIX_PER_SLOT_MEMORY_SIZE =
      ConfigOptions.key(PREFIX + "memory.fixed-per-slot")
          .memoryType()
          .noDefaultValue()
          .withDescription(
              "A fixed amount of memory that all backends of a slot share, taken outside the heap"
                  + " and outside managed memory. It overrides memory.managed.");

  public static final ConfigOption<Double> WRITE_BUFFER_RATIO =
      ConfigOptions.key(PREFIX + "memory.write-buffer-ratio")
          .doubleType()
          .defaultValue(0.5)
          .withDescription(
              "The part of a backend's memory that its memtables may take, between 0.05 and 0.9;"
                  + " the rest is for cached blocks, filters and indexes.");

  public static final ConfigOption<Double> ROW_CACHE_RATIO =
      ConfigOptions.key(PREFIX + "memory.row-cache-ratio")
          .doubleType()
          .defaultValue(0.4)
          .withDescription(
              "The part of the memory for caches that holds single values, lists and small maps of hot"
                  + " keys rather than blocks of SSTables, between 0 and 0.9. Rows also take what"
                  + " memtables do not need, and give way to filters and indexes.");

  public static final ConfigOption<TimerService> TIMER_SERVICE_FACTORY =
      ConfigOptions.key(PREFIX + "timer-service.factory")
          .enumType(TimerService.class)
          .defaultValue(TimerService.HUMMOCK)
          .withDescription(
              "Where timers are kept: HUMMOCK keeps them in the tree, HEAP on the heap, which is"
                  + " faster for few timers, but writes all of them in the synchronous part of each"
                  + " checkpoint.");

  public static final ConfigOption<MemorySize> TIMER_SERVICE_CACHE_SIZE =
      ConfigOptions.key(PREFIX + "timer-service.cache-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(32))
          .withDescription(
              "How much of the heap the next timers may take, for each stateful operator, all its"
                  + " timer services and key groups together; 64 kb to 16 gb. At least 32 timers of"
                  + " each key group of each timer service are cached, whatever these take. Other"
                  + " than RocksDB's option of this name it is an amount of memory. Only with"
                  + " timer-service.factory: HUMMOCK.");

  public static final ConfigOption<Integer> THREAD_NUM =
      ConfigOptions.key(PREFIX + "thread.num")
          .intType()
          .defaultValue(2)
          .withDescription(
              "How many threads flush and compact in the background, for each stateful operator; 1"
                  + " to 64.");

  public static final ConfigOption<MemorySize> BLOCK_SIZE =
      ConfigOptions.key(PREFIX + "block.blocksize")
          .memoryType()
          .defaultValue(new MemorySize(8 << 10))
          .withDescription(
              "The size of a block of an SSTable before compression, 256 bytes to 1 mb: what a"
                  + " point lookup reads at least.");

  public static final ConfigOption<MemorySize> TARGET_FILE_SIZE_BASE =
      ConfigOptions.key(PREFIX + "compaction.level.target-file-size-base")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(64))
          .withDescription("The size of the SSTables that compaction writes, 64 kb to 4 gb.");

  public static final ConfigOption<MemorySize> MAX_SIZE_LEVEL_BASE =
      ConfigOptions.key(PREFIX + "compaction.level.max-size-level-base")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(256))
          .withDescription(
              "The size of the first sorted level, 64 kb to 1 tb; each further one is ten times as"
                  + " large.");

  public static final ConfigOption<Integer> BLOOM_FILTER_BITS_PER_KEY =
      ConfigOptions.key(PREFIX + "bloom-filter.bits-per-key")
          .intType()
          .defaultValue(10)
          .withDescription("The size of the Bloom filters, 4 to 24 bits a key; 0 for none.");

  public static final ConfigOption<String> CACHE_DIRECTORY =
      ConfigOptions.key(PREFIX + "cache.dir")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A local directory for copies of SSTables that are in S3; by default one of the"
                  + " TaskManager's temporary directories.");

  public static final ConfigOption<MemorySize> CACHE_SIZE_BASED_LIMIT =
      ConfigOptions.key(PREFIX + "cache.size-based-limit")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(1024))
          .withDescription(
              "How much of the local disk each stateful operator takes at most for copies of"
                  + " SSTables that are in S3; 0 for no copies. A full or broken disk costs speed"
                  + " only.");

  private HummockConfigOptions() {}

  /** All of them. */
  static List<ConfigOption<?>> all() {
    return List.of(
        USE_MANAGED_MEMORY,
        FIX_PER_SLOT_MEMORY_SIZE,
        WRITE_BUFFER_RATIO,
        ROW_CACHE_RATIO,
        TIMER_SERVICE_FACTORY,
        TIMER_SERVICE_CACHE_SIZE,
        THREAD_NUM,
        BLOCK_SIZE,
        TARGET_FILE_SIZE_BASE,
        MAX_SIZE_LEVEL_BASE,
        BLOOM_FILTER_BITS_PER_KEY,
        CACHE_DIRECTORY,
        CACHE_SIZE_BASED_LIMIT);
  }

  /** What each option is set to, or has for a default; none of them is a secret. */
  static String effective(ReadableConfig config) {
    return all().stream()
        .map(
            option ->
                option.key().substring(PREFIX.length())
                    + '='
                    + config.getOptional(option).map(Object::toString).orElse(defaultOf(option)))
        .collect(Collectors.joining(", "));
  }

  private static String defaultOf(ConfigOption<?> option) {
    return option.hasDefaultValue() ? option.defaultValue().toString() : "none";
  }

  /** The limit of the local copies of objects. */
  static long cacheBytes(ReadableConfig config) {
    return bytes(config, CACHE_SIZE_BASED_LIMIT, 0, 1L << 50);
  }

  /**
   * The settings that a configuration makes.
   *
   * @throws IllegalConfigurationException naming option, value and remedy, if one is out of range
   */
  static HummockSettings settings(ReadableConfig config) {
    return new HummockSettings(
        memory(config),
        checked(config, WRITE_BUFFER_RATIO, v -> v >= 0.05 && v <= 0.9, "between 0.05 and 0.9"),
        checked(config, ROW_CACHE_RATIO, v -> v >= 0 && v <= 0.9, "between 0 and 0.9"),
        config.get(TIMER_SERVICE_FACTORY) == TimerService.HEAP,
        bytes(config, TIMER_SERVICE_CACHE_SIZE, 64 << 10, 1L << 34),
        checked(config, THREAD_NUM, v -> v >= 1 && v <= 64, "from 1 to 64"),
        (int) bytes(config, BLOCK_SIZE, 256, 1 << 20),
        bytes(config, TARGET_FILE_SIZE_BASE, 64 << 10, 1L << 32),
        bytes(config, MAX_SIZE_LEVEL_BASE, 64 << 10, 1L << 40),
        checked(
            config,
            BLOOM_FILTER_BITS_PER_KEY,
            v -> v == 0 || (v >= 4 && v <= 24),
            "0 or from 4 to 24"));
  }

  private static MemoryLease memory(ReadableConfig config) {
    @Nullable MemorySize fixed = config.getOptional(FIX_PER_SLOT_MEMORY_SIZE).orElse(null);
    if (fixed == null && !config.get(USE_MANAGED_MEMORY)) {
      throw new IllegalConfigurationException(
          USE_MANAGED_MEMORY.key()
              + " is false and "
              + FIX_PER_SLOT_MEMORY_SIZE.key()
              + " is not set, so that Hummock has no memory: set one of them");
    }
    if (fixed != null) {
      bytes(config, FIX_PER_SLOT_MEMORY_SIZE, 1 << 20, 1L << 42);
    }
    return new MemoryLease(fixed);
  }

  private static long bytes(
      ReadableConfig config, ConfigOption<MemorySize> option, long min, long max) {
    return checked(
            config,
            option,
            size -> size.getBytes() >= min && size.getBytes() <= max,
            "from " + new MemorySize(min) + " to " + new MemorySize(max))
        .getBytes();
  }

  private static <T> T checked(
      ReadableConfig config, ConfigOption<T> option, Predicate<T> isValid, String range) {
    T value = config.get(option);
    if (!isValid.test(value)) {
      throw new IllegalConfigurationException(
          option.key() + " is " + value + ": choose a value " + range);
    }
    return value;
  }
}
