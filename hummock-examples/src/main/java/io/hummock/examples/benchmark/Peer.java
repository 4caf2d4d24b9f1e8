package io.hummock.examples.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;

/** A state backend under measurement, and how it is set up. */
public enum Peer {
  /** Flink's heap backend. */
  HEAP("hashmap"),
  /** RocksDB as Flink ships it: no Bloom filters. */
  ROCKSDB("rocksdb"),
  /** RocksDB with Bloom filters and partitioned, pinned index and filter blocks. */
  ROCKSDB_TUNED("rocksdb"),
  /** ForSt by its synchronous API. */
  FORST("forst"),
  /** Hummock with its defaults. */
  HUMMOCK("hummock");

  private final String stateBackendType;

  Peer(String stateBackendType) {
    this.stateBackendType = stateBackendType;
  }

  /** The peer of a name as {@link #label} gives it. */
  public static Peer of(String label) {
    return Arrays.stream(values())
        .filter(peer -> peer.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no backend '"
                        + label
                        + "', take one of "
                        + Arrays.stream(values())
                            .map(Peer::label)
                            .collect(Collectors.joining(", "))));
  }

  /** The peers of labels separated by commas. */
  public static List<Peer> listOf(String labels) {
    return Arrays.stream(labels.split(",", -1)).map(Peer::of).toList();
  }

  /** The name in options and reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The Flink configuration that selects and tunes it. */
  public Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, stateBackendType);
    if (this == ROCKSDB_TUNED) {
      configuration.setString("state.backend.rocksdb.use-bloom-filter", "true");
      configuration.setString("state.backend.rocksdb.memory.partitioned-index-filters", "true");
    }
    return configuration;
  }
}
