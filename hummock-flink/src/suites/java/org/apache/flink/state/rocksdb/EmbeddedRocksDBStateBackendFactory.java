package org.apache.flink.state.rocksdb;

import io.hummock.flink.suites.CountingStateBackend;
import java.io.IOException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.StateBackendFactory;

/** Hummock under the name by which Flink finds {@code state.backend.type: rocksdb}. */
public final class EmbeddedRocksDBStateBackendFactory
    implements StateBackendFactory<CountingStateBackend> {

  @Override
  public CountingStateBackend createFromConfig(ReadableConfig config, ClassLoader classLoader)
      throws IOException {
    return CountingStateBackend.of(config, classLoader);
  }
}
