package io.hummock.flink;

import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.StateBackendFactory;

/**
 * Makes the state backend from a configuration: {@code state.backend.type:
 * io.hummock.flink.HummockStateBackendFactory}.
 */
public class HummockStateBackendFactory implements StateBackendFactory<HummockStateBackend> {
  /** Flink makes a factory by this constructor. */
  public HummockStateBackendFactory() {}

  @Override
  public HummockStateBackend createFromConfig(ReadableConfig config, ClassLoader classLoader) {
    return new HummockStateBackend().configure(config, classLoader);
  }
}
