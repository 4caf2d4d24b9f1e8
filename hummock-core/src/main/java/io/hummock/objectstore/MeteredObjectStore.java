package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import io.hummock.metrics.HummockMetrics;
import io.hummock.metrics.HummockMetrics.StoreCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * Reports every call of another store. A writer's calls are one {@link StoreCall#PUT}, reported
 * when it ends by a commit or by an error, with the time spent inside of the store; reading many
 * ranges is one {@link StoreCall#READ}.
 */
public final class MeteredObjectStore implements ObjectStore {
  private final ObjectStore store;
  private final HummockMetrics metrics;
  private final Clock clock;

  /**
   * @param store does the work; closed with this one
   */
  public MeteredObjectStore(ObjectStore store, HummockMetrics metrics, Clock clock) {
    this.store = store;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    long start = clock.nanoTime();
    boolean done = false;
    try {
      ObjectWriter writer = store.create(path);
      done = true;
      return new Writer(writer);
    } finally {
      report(StoreCall.CREATE, done, 0, clock.nanoTime() - start);
    }
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    long start = clock.nanoTime();
    boolean done = false;
    try {
      Slice bytes = store.read(path, offset, length);
      done = true;
      return bytes;
    } finally {
      report(StoreCall.READ, done, length, clock.nanoTime() - start);
    }
  }

  @Override
  public void read(String path, long offset, ByteBuffer target) throws IOException {
    long start = clock.nanoTime();
    int length = target.remaining();
    boolean done = false;
    try {
      store.read(path, offset, target);
      done = true;
    } finally {
      report(StoreCall.READ, done, length, clock.nanoTime() - start);
    }
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    long start = clock.nanoTime();
    long bytes = 0;
    boolean done = false;
    try {
      List<Slice> slices = store.read(path, ranges);
      for (Slice slice : slices) {
        bytes += slice.length();
      }
      done = true;
      return slices;
    } finally {
      report(StoreCall.READ, done, bytes, clock.nanoTime() - start);
    }
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    long start = clock.nanoTime();
    boolean done = false;
    try {
      List<String> paths = store.list(prefix);
      done = true;
      return paths;
    } finally {
      report(StoreCall.LIST, done, 0, clock.nanoTime() - start);
    }
  }

  @Override
  public void copy(String from, String to) throws IOException {
    long start = clock.nanoTime();
    boolean done = false;
    try {
      store.copy(from, to);
      done = true;
    } finally {
      report(StoreCall.COPY, done, 0, clock.nanoTime() - start);
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    long start = clock.nanoTime();
    boolean done = false;
    try {
      store.delete(paths);
      done = true;
    } finally {
      report(StoreCall.DELETE, done, 0, clock.nanoTime() - start);
    }
  }

  @Override
  public void distrust(String path) {
    store.distrust(path);
  }

  @Override
  public void prefetch(String path, long bytes) {
    store.prefetch(path, bytes);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  private void report(StoreCall call, boolean done, long bytes, long nanos) {
    if (done) {
      metrics.storeCall(call, bytes, nanos);
    } else {
      metrics.storeError(call, nanos);
    }
  }

  private final class Writer implements ObjectWriter {
    private final ObjectWriter writer;
    private long nanos;
    private boolean reported;

    Writer(ObjectWriter writer) {
      this.writer = writer;
    }

    @Override
    public void write(Slice bytes) throws IOException {
      long start = clock.nanoTime();
      boolean done = false;
      try {
        writer.write(bytes);
        done = true;
      } finally {
        end(start, !done, false);
      }
    }

    @Override
    public long length() {
      return writer.length();
    }

    @Override
    public void commit() throws IOException {
      long start = clock.nanoTime();
      boolean done = false;
      try {
        writer.commit();
        done = true;
      } finally {
        end(start, !done, done);
      }
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }

    private void end(long start, boolean failed, boolean committed) {
      nanos += clock.nanoTime() - start;
      if ((failed || committed) && !reported) {
        reported = true;
        report(StoreCall.PUT, committed, writer.length(), nanos);
      }
    }
  }
}
