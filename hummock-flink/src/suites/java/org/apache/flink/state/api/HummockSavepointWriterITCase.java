package org.apache.flink.state.api;

import io.hummock.flink.suites.CountingStateBackend;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.junit.Test;

/**
 * Flink's own test of writing a savepoint, running a job on it, changing it and running a job on
 * that one.
 */
public class HummockSavepointWriterITCase extends SavepointWriterITCase {
  @Test
  public void testHummockStateBackend() throws Exception {
    // Its factory gives Hummock here.
    Configuration configuration =
        new Configuration().set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    testStateBootstrapAndModification(
        configuration, CountingStateBackend.of(configuration, getClass().getClassLoader()));
  }
}
