package io.hummock.flink.backend;

import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.state.OlderGenerations;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the entries of older schemas that nobody accesses, so that no schema stays for ever: some
 * whenever as many records have been processed, and some with each completed checkpoint. For the
 * task's thread.
 */
final class BackgroundMigration {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundMigration.class);

  /** One entry for each record; together, as a scan costs more to begin than to go on. */
  private static final int STEP = 512;

  private final RegisteredStates registered;
  private final Map<String, OlderGenerations> byName = new LinkedHashMap<>();
  private int records;

  BackgroundMigration(RegisteredStates registered) {
    this.registered = registered;
  }

  /** Takes on a state, in the place of what was known of it. */
  void add(String name, OlderGenerations older) {
    byName.put(name, older);
  }

  boolean isDone() {
    return byName.isEmpty();
  }

  /** To be called with each record, unless all is done. */
  void recordArrived() {
    if (++records >= STEP) {
      step();
    }
  }

  /** Moves some entries of one state. */
  void step() {
    records = 0;
    if (byName.isEmpty()) {
      return;
    }
    Map.Entry<String, OlderGenerations> first = byName.entrySet().iterator().next();
    OlderGenerations older = first.getValue();
    try {
      if (older.step(STEP)) {
        LOG.info("All values of {} are in its current schema.", older.state());
        registered.put(older.state().withoutOlder());
        byName.remove(first.getKey());
      }
    } catch (IOException e) {
      throw new FlinkRuntimeException("Failed to migrate values of " + older.state() + ".", e);
    }
  }
}
