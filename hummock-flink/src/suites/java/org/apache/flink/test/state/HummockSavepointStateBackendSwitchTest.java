package org.apache.flink.test.state;

import io.hummock.flink.HummockConfigOptions;
import io.hummock.flink.HummockConfigOptions.TimerService;
import io.hummock.flink.suites.CountingStateBackend;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.test.state.BackendSwitchSpecs.BackendSwitchSpec;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's own test of a change of the backend by a canonical savepoint, from and to Hummock. */
@ExtendWith(ParameterizedTestExtension.class)
class HummockSavepointStateBackendSwitchTest extends SavepointStateBackendSwitchTestBase {

  HummockSavepointStateBackendSwitchTest(BackendSwitchSpec from, BackendSwitchSpec to) {
    super(from, to);
  }

  @Parameters(name = "from: {0} to: {1}")
  static Collection<BackendSwitchSpec[]> pairs() {
    List<BackendSwitchSpec> hummock =
        List.of(new Hummock(TimerService.HUMMOCK), new Hummock(TimerService.HEAP));
    List<BackendSwitchSpec> others =
        List.of(
            BackendSwitchSpecs.HEAP,
            BackendSwitchSpecs.ROCKS,
            BackendSwitchSpecs.ROCKS_HEAP_TIMERS);
    return Stream.of(pairs(hummock, others), pairs(others, hummock), pairs(hummock, hummock))
        .flatMap(pairs -> pairs)
        .toList();
  }

  private static Stream<BackendSwitchSpec[]> pairs(
      List<BackendSwitchSpec> from, List<BackendSwitchSpec> to) {
    return from.stream()
        .flatMap(one -> to.stream().map(other -> new BackendSwitchSpec[] {one, other}));
  }

  @SuppressWarnings("try") // a spec's close() throws what it likes
  private static final class Hummock implements BackendSwitchSpec {
    private final TimerService timers;
    private @Nullable MockEnvironment environment;

    Hummock(TimerService timers) {
      this.timers = timers;
    }

    @Override
    public CheckpointableKeyedStateBackend<String> createBackend(
        KeyGroupRange keyGroups, int numberOfKeyGroups, Collection<KeyedStateHandle> handles)
        throws Exception {
      close();
      environment = MockEnvironment.builder().build();
      environment.setCheckpointStorageAccess(
          new JobManagerCheckpointStorage().createCheckpointStorage(new JobID()));
      return CountingStateBackend.of(
              new Configuration().set(HummockConfigOptions.TIMER_SERVICE_FACTORY, timers),
              getClass().getClassLoader())
          .createKeyedStateBackend(
              new KeyedStateBackendParametersImpl<>(
                  environment,
                  new JobID(),
                  "operator",
                  StringSerializer.INSTANCE,
                  numberOfKeyGroups,
                  keyGroups,
                  new KvStateRegistry()
                      .createTaskRegistry(new JobID(), environment.getJobVertexId()),
                  TtlTimeProvider.DEFAULT,
                  new UnregisteredMetricsGroup(),
                  (name, value) -> {},
                  handles,
                  new CloseableRegistry(),
                  1.0));
    }

    @Override
    public void close() throws Exception {
      if (environment != null) {
        environment.close();
        environment = null;
      }
    }

    @Override
    public String toString() {
      return "HUMMOCK(" + timers + ")";
    }
  }
}
