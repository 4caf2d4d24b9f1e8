package io.hummock.flink.switching;

import io.hummock.flink.HummockStateBackend;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.state.api.SavepointWriterITCase;
import org.junit.Test;

/**
 * Flink's own test of writing a savepoint, running a job on it, changing it and running a job on
 * that one.
 */
public class StateProcessorWriterTest extends SavepointWriterITCase {
  @Test
  public void testHummockStateBackend() throws Exception {
    testStateBootstrapAndModification(
        new Configuration().set(StateBackendOptions.STATE_BACKEND, "hummock"),
        new HummockStateBackend());
  }
}
