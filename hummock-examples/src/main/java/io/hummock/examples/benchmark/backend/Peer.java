package io.hummock.examples.benchmark.backend;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;

/**
 * A state backend under measurement, and how it is set up. Named on a command line by {@code heap},
 * {@code rocksdb} (as Flink ships it), {@code rocksdb-tuned} (Bloom filters, partitioned index and
 * filters), {@code forst}, {@code hummock}, or the class name of a factory; options of Flink may
 * follow, as in {@code hummock+state.backend.hummock.block.blocksize=4kb}.
 *
 * @param label the name in options and reports, options included
 * @param type the value of {@code state.backend.type}
 * @param options further options of Flink
 */
public record Peer(String label, String type, Map<String, String> options) {
  /** The names that exist, for messages. */
  public static final String NAMES = "heap, rocksdb, rocksdb-tuned, forst, hummock";

  /** The name of the backend that the others are compared with. */
  public static final String HUMMOCK = "hummock";

  public Peer {
    options = Map.copyOf(options);
  }

  /**
   * The peer of a label.
   *
   * @throws IllegalArgumentException if there is none; the message says which there are
   */
  public static Peer of(String label) {
    String[] parts = label.split("\\+", -1);
    Map<String, String> options = new LinkedHashMap<>();
    String type =
        switch (parts[0]) {
          case "heap" -> "hashmap";
          case "rocksdb", "forst", HUMMOCK -> parts[0];
          case "rocksdb-tuned" -> {
            options.put("state.backend.rocksdb.use-bloom-filter", "true");
            options.put("state.backend.rocksdb.memory.partitioned-index-filters", "true");
            yield "rocksdb";
          }
          default -> {
            if (parts[0].indexOf('.') < 0) {
              throw new IllegalArgumentException(
                  "no backend '"
                      + parts[0]
                      + "'; take one of "
                      + NAMES
                      + ", or the class name of a state backend's factory");
            }
            yield parts[0];
          }
        };
    for (String option : Arrays.asList(parts).subList(1, parts.length)) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            label + ": '" + option + "' is no option; write backend+key=value");
      }
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return new Peer(label, type, options);
  }

  /** The peers of labels. */
  public static List<Peer> listOf(List<String> labels) {
    return labels.stream().map(Peer::of).toList();
  }

  /** Whether it is Hummock, with whatever options. */
  public boolean isHummock() {
    return type.equals(HUMMOCK);
  }

  /** The Flink configuration that selects and tunes it, with incremental checkpoints. */
  public Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, type);
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    options.forEach(configuration::setString);
    return configuration;
  }
}
