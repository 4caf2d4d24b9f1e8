package org.apache.flink.test.checkpointing;

import io.hummock.flink.suites.CountingStateBackend;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.BeforeEach;

/**
 * Flink's own test of restoring from the changelog, with and without what was materialized, on
 * Hummock each time.
 */
class HummockChangelogRecoveryITCase extends ChangelogRecoveryITCase {

  @Override
  @BeforeEach
  void setup() throws Exception {
    delegatedStateBackend =
        CountingStateBackend.of(new Configuration(), getClass().getClassLoader());
    super.setup();
  }
}
