package org.apache.flink.runtime.state.ttl;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.HummockStateBackend;
import java.time.Duration;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.TestTemplate;

/**
 * Flink's own contract of time to live. It lies in Flink's package, since one test looks into the
 * heap backend's tables and has to be put in another way.
 */
abstract class HummockTtlStateTestBase extends TtlStateTestBase {
  private static final int KEYS = 1_000;

  @Override
  protected boolean incrementalCleanupSupported() {
    return true;
  }

  /** As Flink's, but counts the entries of the tree. */
  @Override
  @TestTemplate
  void testIncrementalCleanupWholeState() throws Exception {
    initTest(
        StateTtlConfig.newBuilder(Duration.ofMillis(TTL)).cleanupIncrementally(5, true).build());
    timeProvider.time = 0;
    for (int i = 0; i < KEYS; i++) {
      sbetc.setCurrentKey(Integer.toString(i));
      ctx().update(ctx().updateEmpty);
    }
    assertThat(entries()).isGreaterThanOrEqualTo(KEYS);
    timeProvider.time = 120;
    for (int i = 0; i < KEYS; i++) {
      sbetc.setCurrentKey(Integer.toString(i));
    }
    assertThat(entries()).isZero();
  }

  private int entries() {
    AbstractKeyedStateBackend<String> backend =
        sbetc.<AbstractKeyedStateBackend<String>>getKeyedStateBackend();
    return backend.numKeyValueStateEntries();
  }

  /** Hands out snapshots as the JobManager gets them. */
  abstract static class Context extends StateBackendTestContext {
    Context(TtlTimeProvider timeProvider) {
      super(timeProvider);
    }

    @Override
    protected StateBackend createStateBackend() {
      return new HummockStateBackend();
    }

    @Override
    public KeyedStateHandle takeSnapshot() throws Exception {
      return InstantiationUtil.clone(super.takeSnapshot());
    }
  }
}
