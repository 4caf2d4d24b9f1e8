package org.apache.flink.test.checkpointing;

import io.hummock.flink.suites.CountingStateBackend;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.BeforeEach;

/** Flink's own test of turning the changelog on and off, on Hummock each time. */
class HummockChangelogRecoverySwitchStateBackendITCase
    extends ChangelogRecoverySwitchStateBackendITCase {

  @Override
  @BeforeEach
  void setup() throws Exception {
    delegatedStateBackend =
        CountingStateBackend.of(new Configuration(), getClass().getClassLoader());
    super.setup();
  }
}
