package io.hummock.flink;

import io.hummock.flink.storage.S3Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process says about its configuration: keys that have no effect, and the configuration in
 * effect. Each thing once, however many subtasks have it. Never a value of a key that is not an
 * option, since it may be a misplaced secret.
 *
 * <p>Thread-safe.
 */
final class ConfigurationNotes {
  /** The one of this process. */
  static final ConfigurationNotes PROCESS;

  static {
    Logger log = LoggerFactory.getLogger(ConfigurationNotes.class);
    PROCESS = new ConfigurationNotes(log::warn, log::info);
  }

  private static final List<String> OTHERS =
      List.of("state.backend.rocksdb.", "state.backend.forst.");

  /** Options of RocksDB and ForSt whose like has another name here, or none and a reason. */
  private static final Map<String, String> LIKE =
      Map.ofEntries(
          Map.entry("block.cache-size", "set memory.write-buffer-ratio"),
          Map.entry("checkpoint.transfer.thread.num", "set s3.connection.max"),
          Map.entry("executor.read-io-parallelism", "set thread.num"),
          Map.entry("executor.write-io-parallelism", "set thread.num"),
          Map.entry("local-dir", "set cache.dir"),
          Map.entry("localdir", "set cache.dir"),
          Map.entry("memory.fixed-per-tm", "set memory.fixed-per-slot"),
          Map.entry("primary-dir", "tables lie below execution.checkpointing.dir"),
          Map.entry("use-bloom-filter", "always on, see bloom-filter.bits-per-key"),
          Map.entry("writebuffer.count", "set memory.write-buffer-ratio"),
          Map.entry("writebuffer.size", "set memory.write-buffer-ratio"));

  private static final int REMEMBERED = 10_000;

  private final Consumer<String> warnings;
  private final Consumer<String> infos;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /**
   * @param warnings gets lines about keys that are mistakes
   * @param infos gets the other lines
   */
  ConfigurationNotes(Consumer<String> warnings, Consumer<String> infos) {
    this.warnings = warnings;
    this.infos = infos;
  }

  /** The configuration that is in effect, in words without secrets. */
  void effective(String text) {
    say(infos, text);
  }

  /** Says which keys of Hummock and of other state backends have no effect. */
  void check(ReadableConfig config) {
    Set<String> options = options();
    List<String> foreign = new ArrayList<>();
    for (String key : new TreeSet<>(config.toMap().keySet())) {
      if (key.startsWith(HummockConfigOptions.PREFIX) && !options.contains(key)) {
        say(warnings, unknown(key, options));
      }
      for (String prefix : OTHERS) {
        if (key.startsWith(prefix)) {
          foreign.add(key + " (" + instead(key.substring(prefix.length()), options) + ")");
        }
      }
    }
    if (!foreign.isEmpty()) {
      say(
          infos,
          "Options of other state backends have no effect on Hummock: "
              + String.join(", ", foreign)
              + ". docs/configuration.md has Hummock's own.");
    }
  }

  private void say(Consumer<String> log, String text) {
    if (said.size() < REMEMBERED && said.add(text)) {
      log.accept(text);
    }
  }

  /** All keys below Hummock's prefix. */
  private static Set<String> options() {
    Set<String> keys = new TreeSet<>();
    for (ConfigOption<?> option : HummockConfigOptions.all()) {
      keys.add(option.key());
    }
    for (S3Key key : S3Key.values()) {
      key.names().forEach(name -> keys.add(S3Key.HUMMOCK + name));
    }
    return keys;
  }

  private static String unknown(String key, Set<String> options) {
    Optional<String> nearest =
        options.stream()
            .min(Comparator.comparingInt(option -> distance(key, option)))
            .filter(option -> distance(key, option) <= key.length() / 4);
    return key
        + " is no option of Hummock and has no effect"
        + nearest.map(option -> ": did you mean " + option + "? Rename it").orElse(": remove it")
        + ". docs/configuration.md has all options.";
  }

  private static String instead(String name, Set<String> options) {
    if (options.contains(HummockConfigOptions.PREFIX + name)) {
      return "set " + HummockConfigOptions.PREFIX + name;
    }
    if (name.startsWith("metrics.")) {
      return "metrics are on, see docs/metrics.md";
    }
    @Nullable String like = LIKE.get(name);
    if (like == null) {
      return "nothing like it";
    }
    return like.startsWith("set ") && !like.startsWith("set s3.")
        ? "set " + HummockConfigOptions.PREFIX + like.substring(4)
        : like;
  }

  /** How many characters have to be inserted, deleted or replaced (V. I. Levenshtein, 1965). */
  static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
