package io.hummock.flink.suites;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackendFactory;

/**
 * Hummock's state backend, which counts the keyed state backends that it makes.
 *
 * <p>Flink's suites name the peers, {@code rocksdb} and {@code forst}; the factories beside this
 * class bear the peers' names and make this backend instead. A green suite in which it made nothing
 * would prove nothing: {@link SuiteReport} reads the count before and after each test.
 */
public final class CountingStateBackend extends AbstractStateBackend
    implements ConfigurableStateBackend {

  private static final long serialVersionUID = 1L;

  /**
   * Factory class of the backend that stands in for the peers. Another one, such as {@code
   * org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory}, shows whether a test that
   * fails does so for its own reasons.
   */
  private static final String FACTORY =
      System.getProperty("hummock.suites.factory", "io.hummock.flink.HummockStateBackendFactory");

  private static final AtomicLong KEYED_BACKENDS = new AtomicLong();

  private final AbstractStateBackend backend;

  private CountingStateBackend(AbstractStateBackend backend) {
    this.backend = backend;
  }

  /** The keyed state backends made in this process so far. */
  static long keyedBackends() {
    return KEYED_BACKENDS.get();
  }

  /** As the factory of a peer would: a backend with the options of {@code config}. */
  public static CountingStateBackend of(ReadableConfig config, ClassLoader classLoader)
      throws IOException {
    try {
      StateBackendFactory<?> factory =
          Class.forName(FACTORY, true, classLoader)
              .asSubclass(StateBackendFactory.class)
              .getDeclaredConstructor()
              .newInstance();
      return new CountingStateBackend(
          (AbstractStateBackend) factory.createFromConfig(config, classLoader));
    } catch (ReflectiveOperationException e) {
      throw new IllegalConfigurationException("cannot make a " + FACTORY, e);
    }
  }

  @Override
  public CountingStateBackend configure(ReadableConfig config, ClassLoader classLoader) {
    return new CountingStateBackend(
        (AbstractStateBackend) ((ConfigurableStateBackend) backend).configure(config, classLoader));
  }

  @Override
  public <K> AbstractKeyedStateBackend<K> createKeyedStateBackend(
      KeyedStateBackendParameters<K> parameters) throws IOException {
    AbstractKeyedStateBackend<K> keyed = backend.createKeyedStateBackend(parameters);
    KEYED_BACKENDS.incrementAndGet();
    return keyed;
  }

  @Override
  public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters parameters)
      throws Exception {
    return backend.createOperatorStateBackend(parameters);
  }

  @Override
  public boolean useManagedMemory() {
    return backend.useManagedMemory();
  }

  @Override
  public boolean supportsNoClaimRestoreMode() {
    return backend.supportsNoClaimRestoreMode();
  }

  @Override
  public boolean supportsSavepointFormat(SavepointFormatType formatType) {
    return backend.supportsSavepointFormat(formatType);
  }
}
