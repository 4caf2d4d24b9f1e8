package io.hummock.flink.backend;

import io.hummock.HummockStore;
import io.hummock.flink.encoding.CompactionFilters;
import io.hummock.flink.encoding.RegisteredStates;
import io.hummock.flink.metrics.SnapshotMetrics;
import io.hummock.flink.snapshot.HummockSnapshotStrategy;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.HeapPriorityQueuesManager;
import org.apache.flink.runtime.state.InternalKeyContext;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a backend, opened and restored.
 *
 * @param keySerializer as restored state has reconfigured it
 * @param cancellation closed with the backend, cancels snapshots
 * @param filters what compaction drops, by state
 * @param snapshotMetrics of checkpoints and savepoints
 * @param heapTimers null where timers are in the tree
 */
record OpenedBackend<K>(
    HummockStore store,
    RegisteredStates registered,
    TypeSerializer<K> keySerializer,
    InternalKeyContext<K> keyContext,
    CloseableRegistry cancellation,
    HummockSnapshotStrategy<K> snapshots,
    CompactionFilters filters,
    SnapshotMetrics snapshotMetrics,
    @Nullable HeapPriorityQueuesManager heapTimers,
    BackendResources resources) {}
