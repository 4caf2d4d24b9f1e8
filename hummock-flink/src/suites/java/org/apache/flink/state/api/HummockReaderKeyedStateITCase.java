package org.apache.flink.state.api;

import io.hummock.flink.suites.CountingStateBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;

/** Flink's own test of reading keyed state and timers by the State Processor API. */
public class HummockReaderKeyedStateITCase
    extends SavepointReaderKeyedStateITCase<CountingStateBackend> {
  @Override
  protected Tuple2<Configuration, CountingStateBackend> getStateBackendTuple() {
    // Its factory gives Hummock here.
    Configuration configuration =
        new Configuration().set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    try {
      return Tuple2.of(
          configuration, CountingStateBackend.of(configuration, getClass().getClassLoader()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
