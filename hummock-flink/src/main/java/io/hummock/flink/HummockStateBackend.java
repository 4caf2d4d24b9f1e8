package io.hummock.flink;

import io.hummock.flink.backend.HummockKeyedStateBackend;
import io.hummock.flink.backend.HummockKeyedStateBackendBuilder;
import io.hummock.flink.backend.HummockSettings;
import io.hummock.flink.storage.FlinkRoutes;
import io.hummock.flink.storage.FlinkRoutes.LocalCache;
import io.hummock.flink.storage.Placement;
import io.hummock.flink.storage.S3Settings;
import io.hummock.flink.storage.UriObjectStore;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.S3Options;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.AbstractManagedMemoryStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.jspecify.annotations.Nullable;

/**
 * A state backend whose keyed state is a log-structured merge-tree on object storage.
 *
 * <p>Flink makes this object in the client, in the JobManager and in every task, and sends it by
 * Java serialisation: it holds settings and nothing else. Operator state is Flink's own.
 */
public class HummockStateBackend extends AbstractManagedMemoryStateBackend
    implements ConfigurableStateBackend {
  private static final long serialVersionUID = 1L;

  private final HummockSettings settings;
  private final @Nullable String cacheDirectory;
  private final long cacheBytes;

  /** All options in words, for the log. */
  private final String effective;

  /** A backend with the default of every option. */
  public HummockStateBackend() {
    this(new Configuration());
  }

  private HummockStateBackend(ReadableConfig config) {
    settings = HummockConfigOptions.settings(config);
    cacheDirectory = config.getOptional(HummockConfigOptions.CACHE_DIRECTORY).orElse(null);
    cacheBytes = HummockConfigOptions.cacheBytes(config);
    effective = HummockConfigOptions.effective(config);
  }

  private HummockStateBackend(HummockStateBackend original, ReadableConfig config) {
    this(config);
    latencyTrackingConfigBuilder = original.latencyTrackingConfigBuilder.configure(config);
    sizeTrackingConfigBuilder = original.sizeTrackingConfigBuilder.configure(config);
  }

  /** A copy of this backend with the options of a configuration. */
  @Override
  public HummockStateBackend configure(ReadableConfig config, ClassLoader classLoader) {
    ConfigurationNotes.PROCESS.check(config);
    return new HummockStateBackend(this, config);
  }

  @Override
  public boolean supportsNoClaimRestoreMode() {
    return true;
  }

  @Override
  public boolean supportsSavepointFormat(SavepointFormatType formatType) {
    return true;
  }

  @Override
  public <K> HummockKeyedStateBackend<K> createKeyedStateBackend(
      KeyedStateBackendParameters<K> parameters) throws IOException {
    return new HummockKeyedStateBackendBuilder<>(
            parameters,
            settings,
            metrics -> place(parameters, metrics),
            latencyTrackingConfigBuilder.setMetricGroup(parameters.getMetricGroup()).build(),
            sizeTrackingConfigBuilder.setMetricGroup(parameters.getMetricGroup()).build(),
            getCompressionDecorator(parameters.getEnv().getExecutionConfig()))
        .build();
  }

  private Placement place(KeyedStateBackendParameters<?> parameters, HummockMetrics metrics)
      throws IOException {
    Environment task = parameters.getEnv();
    S3Options s3Options =
        S3Settings.read(
            List.of(task.getJobConfiguration(), task.getTaskManagerInfo().getConfiguration()));
    ConfigurationNotes.PROCESS.effective(
        "Hummock runs with " + effective + "; where S3 is used, with " + s3Options + ".");
    UUID attempt = UUID.randomUUID();
    File cache =
        cacheDirectory != null
            ? new File(cacheDirectory)
            : task.getIOManager().getSpillingDirectories()[0];
    FlinkRoutes routes =
        new FlinkRoutes(
            s3Options,
            new LocalCache(cache.toPath().resolve("hummock-cache-" + attempt), cacheBytes),
            metrics);
    return Placement.of(
        task, parameters.getOperatorIdentifier(), attempt, List.of(), new UriObjectStore(routes));
  }

  @Override
  public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters parameters)
      throws Exception {
    boolean asynchronousSnapshots = true;
    return new DefaultOperatorStateBackendBuilder(
            parameters.getEnv().getUserCodeClassLoader().asClassLoader(),
            parameters.getEnv().getExecutionConfig(),
            asynchronousSnapshots,
            parameters.getStateHandles(),
            parameters.getCancelStreamRegistry())
        .build();
  }
}
