import io.hummock.flink.HummockStateBackendFactory;

/**
 * The short name of the state backend: Flink takes a value of {@code state.backend.type} that it
 * does not know for the name of a factory class, so that {@code hummock} is this one.
 */
@SuppressWarnings("DefaultPackage") // the name that users write
public final class hummock extends HummockStateBackendFactory {
  /** Flink makes a factory by this constructor. */
  public hummock() {}
}
