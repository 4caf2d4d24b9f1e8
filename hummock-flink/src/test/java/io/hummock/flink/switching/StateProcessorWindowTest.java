package io.hummock.flink.switching;

import io.hummock.flink.HummockStateBackend;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.state.api.SavepointWindowReaderITCase;

/** Flink's own test of reading the state of windows by the State Processor API. */
public class StateProcessorWindowTest extends SavepointWindowReaderITCase<HummockStateBackend> {
  @Override
  protected Tuple2<Configuration, HummockStateBackend> getStateBackendTuple() {
    return Tuple2.of(
        new Configuration().set(StateBackendOptions.STATE_BACKEND, "hummock"),
        new HummockStateBackend());
  }
}
