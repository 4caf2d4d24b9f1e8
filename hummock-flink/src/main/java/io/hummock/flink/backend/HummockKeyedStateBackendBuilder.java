package io.hummock.flink.backend;

import io.hummock.HummockEnvironment;
import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.flink.encoding.CompactionFilters;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.memory.SlotMemory;
import io.hummock.flink.metrics.RestoreMetrics;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.metrics.TreeGauges;
import io.hummock.flink.restore.HummockRestore;
import io.hummock.flink.restore.RestoredBackend;
import io.hummock.flink.snapshot.HummockSnapshotStrategy;
import io.hummock.flink.storage.Placement;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.MeteredObjectStore;
import io.hummock.objectstore.ObjectStore;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.execution.CancelTaskException;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.HeapPriorityQueuesManager;
import org.apache.flink.runtime.state.InternalKeyContextImpl;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StateBackend.KeyedStateBackendParameters;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSetFactory;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the keyed state backend of one subtask, from nothing or from what is to be restored. For
 * the task's thread.
 */
public final class HummockKeyedStateBackendBuilder<K> {
  private static final Logger LOG = LoggerFactory.getLogger(HummockKeyedStateBackendBuilder.class);
  private static final int HEAP_TIMERS_CAPACITY = 128;

  /** The name of the group of all metrics, in that of the operator. */
  private static final String METRIC_GROUP = "hummock";

  /** Opens the place of the tree's objects. */
  public interface PlacementOpener {
    /**
     * Opens it.
     *
     * @param metrics told of requests and of the local cache
     */
    Placement open(HummockMetrics metrics) throws Exception;
  }

  private final KeyedStateBackendParameters<K> parameters;
  private final HummockSettings settings;
  private final PlacementOpener placementOpener;
  private final LatencyTrackingStateConfig latencyTracking;
  private final SizeTrackingStateConfig sizeTracking;
  private final StreamCompressionDecorator compression;

  /* What a failure closes, the last first. */
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /**
   * @param placementOpener called once; the placement is closed with the backend
   * @param compression of canonical savepoints
   */
  public HummockKeyedStateBackendBuilder(
      KeyedStateBackendParameters<K> parameters,
      HummockSettings settings,
      PlacementOpener placementOpener,
      LatencyTrackingStateConfig latencyTracking,
      SizeTrackingStateConfig sizeTracking,
      StreamCompressionDecorator compression) {
    this.parameters = parameters;
    this.settings = settings;
    this.placementOpener = placementOpener;
    this.latencyTracking = latencyTracking;
    this.sizeTracking = sizeTracking;
    this.compression = compression;
  }

  KeyedStateBackendParameters<K> parameters() {
    return parameters;
  }

  HummockSettings settings() {
    return settings;
  }

  ClassLoader classLoader() {
    return parameters.getEnv().getUserCodeClassLoader().asClassLoader();
  }

  ExecutionConfig executionConfig() {
    return parameters.getEnv().getExecutionConfig();
  }

  LatencyTrackingStateConfig latencyTracking() {
    return latencyTracking;
  }

  SizeTrackingStateConfig sizeTracking() {
    return sizeTracking;
  }

  StreamCompressionDecorator compression() {
    return compression;
  }

  /**
   * Opens the backend; whatever a failure leaves open is closed.
   *
   * @throws BackendBuildingException if it cannot be opened or restored; its cause says why
   */
  public HummockKeyedStateBackend<K> build() throws BackendBuildingException {
    try {
      return open();
    } catch (Exception e) {
      opened.forEach(IOUtils::closeQuietly);
      if (parameters.getCancelStreamRegistry().isClosed()) {
        throw new BackendBuildingException("Task was cancelled", new CancelTaskException(e));
      }
      throw new BackendBuildingException(
          "The keyed state of " + parameters.getOperatorIdentifier() + " could not be opened.", e);
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.push(resource);
    return resource;
  }

  private HummockKeyedStateBackend<K> open() throws Exception {
    String name = parameters.getOperatorIdentifier();
    Environment task = parameters.getEnv();
    KeyGroupRange keyGroups = parameters.getKeyGroupRange();
    OpaqueMemoryResource<SlotMemory> lease =
        opened(
            settings
                .memory()
                .acquire(task.getMemoryManager(), parameters.getManagedMemoryFraction()));
    SlotMemory.BackendPages pages = opened(lease.getResourceHandle().open());
    MetricGroup group = parameters.getMetricGroup().addGroup(METRIC_GROUP);
    HummockMetrics metrics = new BackendMetrics(group, Clock.SYSTEM);
    Placement placement = opened(placementOpener.open(metrics));
    BackgroundThreads threads = opened(new BackgroundThreads(name, settings.threads()));
    HummockOptions options = placement.fit(settings.treeOptions(pages.limit()));
    CompactionFilters filters =
        new CompactionFilters(parameters.getTtlTimeProvider()::currentTimestamp);
    ObjectStore objects = new MeteredObjectStore(placement.objects(), metrics, Clock.SYSTEM);
    HummockEnvironment environment =
        new HummockEnvironment(
            objects,
            placement.directory(),
            pages,
            threads.flushes(),
            threads.compactions(),
            Clock.SYSTEM,
            new SecureRandom(),
            metrics,
            filters);
    StateSerializerProvider<K> keySerializer =
        StateSerializerProvider.fromNewRegisteredSerializer(parameters.getKeySerializer());
    RestoredBackend restored =
        new HummockRestore<>(
                options,
                environment,
                placement.objects(),
                keyGroups,
                parameters.getNumberOfKeyGroups(),
                keySerializer,
                classLoader(),
                parameters.getCancelStreamRegistry(),
                new RestoreMetrics(
                    group,
                    name,
                    Clock.SYSTEM,
                    parameters.getCustomInitializationMetrics(),
                    LOG::info))
            .restore(parameters.getStateHandles());
    HummockStore store = opened(restored.store());
    opened(new TreeGauges(group, Clock.SYSTEM)).open(store);
    SnapshotMetrics snapshots = new SnapshotMetrics(group, name, Clock.SYSTEM, LOG::info);
    pages.onShortage(() -> threads.executeUnlessClosed(store::trimMemory));
    RegisteredStates registered = new RegisteredStates();
    restored.states().forEach(registered::put);
    LOG.info(
        "Opened the keyed state of {} for {} in {}, with {} bytes of memory.",
        name,
        keyGroups,
        placement.directory(),
        pages.limit());
    LOG.debug("The tree of {} has {}.", name, options);
    return new HummockKeyedStateBackend<>(
        this,
        new OpenedBackend<>(
            store,
            registered,
            keySerializer.currentSchemaSerializer(),
            new InternalKeyContextImpl<>(keyGroups, parameters.getNumberOfKeyGroups()),
            new CloseableRegistry(),
            new HummockSnapshotStrategy<>(
                store::checkpoint,
                placement,
                keySerializer.currentSchemaSerializer(),
                keyGroups,
                parameters.getNumberOfKeyGroups(),
                threads.transfers(),
                restored.copiesRestored(),
                snapshots),
            filters,
            snapshots,
            heapTimers(),
            new BackendResources(name, new ArrayList<>(opened))));
  }

  private @Nullable HeapPriorityQueuesManager heapTimers() {
    KeyGroupRange keyGroups = parameters.getKeyGroupRange();
    int numberOfKeyGroups = parameters.getNumberOfKeyGroups();
    return settings.heapTimers()
        ? new HeapPriorityQueuesManager(
            new HashMap<>(),
            new HeapPriorityQueueSetFactory(keyGroups, numberOfKeyGroups, HEAP_TIMERS_CAPACITY),
            keyGroups,
            numberOfKeyGroups)
        : null;
  }
}
