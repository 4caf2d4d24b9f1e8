package io.hummock.flink.ownership;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** Lets something else happen before each call that changes what is stored. */
final class InterleavingObjectStore implements ObjectStore {
  /** What other threads may do in the middle of a call. */
  interface Interleaving {
    /**
     * Does something, or nothing.
     *
     * @param mayWait whether it may be what waits for flushes, as a flush does not
     */
    void run(boolean mayWait);
  }

  private final ObjectStore delegate;
  private final Interleaving interleaving;

  InterleavingObjectStore(ObjectStore delegate, Interleaving interleaving) {
    this.delegate = delegate;
    this.interleaving = interleaving;
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    interleaving.run(false);
    return delegate.create(path);
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    return delegate.read(path, offset, length);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    return delegate.read(path, ranges);
  }

  @Override
  public List<String> list(String prefix) {
    throw new AssertionError("the engine lists " + prefix);
  }

  @Override
  public void copy(String from, String to) throws IOException {
    interleaving.run(true);
    delegate.copy(from, to);
    interleaving.run(true);
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    interleaving.run(false);
    delegate.delete(paths);
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }
}
