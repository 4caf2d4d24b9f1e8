package io.hummock.testing;

import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fails, delays or tears the n-th call of another store, and counts calls.
 *
 * <p>Each {@link ObjectStore} method is a call, and so are {@link ObjectWriter#write} and {@link
 * ObjectWriter#commit}; closing is not, and always reaches the store below. A recovery test first
 * runs its work once to learn the number of {@link #calls()}, then once for every <em>n</em> with
 * {@link #failCall(long, Mode)}.
 *
 * <p>Thread-safe.
 */
public final class FaultyObjectStore implements ObjectStore {
  /** How a call goes wrong. */
  public enum Mode {
    /** The call fails and has changed nothing. */
    ERROR_BEFORE,
    /** The call fails though it has done its work. */
    ERROR_AFTER_EFFECT,
    /** The call waits for its time limit and fails, and has changed nothing. */
    TIMEOUT,
    /**
     * The connection breaks in the middle: a read or a writer's call throws {@link EOFException}
     * without effect; of many paths to delete the first half are gone.
     */
    SHORT_BODY
  }

  /** What a call asks for. */
  public enum Call {
    CREATE,
    WRITE,
    COMMIT,
    READ,
    LIST,
    COPY,
    DELETE
  }

  /** How long a call of {@link Mode#TIMEOUT} waits on the clock. */
  public static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final ObjectStore delegate;
  private final Clock clock;

  // Guarded by this.
  private final Map<Call, Long> counts = new EnumMap<>(Call.class);
  private @Nullable Fault fault;
  private long delayNanos;
  private long failures;

  /**
   * @param delegate does the work; closed with this store
   * @param clock what delays and time-outs wait on
   */
  public FaultyObjectStore(ObjectStore delegate, Clock clock) {
    this.delegate = delegate;
    this.clock = clock;
  }

  /** The {@code n}-th call from now fails, counted from 1; those before and after it do not. */
  public void failCall(long n, Mode mode) {
    arm(null, n, n, mode);
  }

  /** The {@code n}-th call of one kind from now fails, counted from 1. */
  public void failCall(Call call, long n, Mode mode) {
    arm(call, n, n, mode);
  }

  /** The {@code n}-th call from now fails, counted from 1, and so does each one after it. */
  public void failFromCall(long n, Mode mode) {
    arm(null, n, Long.MAX_VALUE, mode);
  }

  /** The {@code n}-th call of one kind from now fails, and so does each such call after it. */
  public void failFromCall(Call call, long n, Mode mode) {
    arm(call, n, Long.MAX_VALUE, mode);
  }

  /** From now on each call waits so long on the clock before it begins. */
  public synchronized void delayCalls(long nanos) {
    delayNanos = nanos;
  }

  /** From now on calls neither fail nor wait. */
  public synchronized void disarm() {
    fault = null;
    delayNanos = 0;
  }

  /** The calls so far, failed ones included. */
  public synchronized long calls() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The calls of one kind so far, failed ones included. */
  public synchronized long calls(Call call) {
    return counts.getOrDefault(call, 0L);
  }

  /** The calls that failed because this store was told to fail them. */
  public synchronized long failures() {
    return failures;
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    Mode mode = begin(Call.CREATE, path);
    ObjectWriter writer = delegate.create(path);
    if (mode == Mode.ERROR_AFTER_EFFECT) {
      writer.close();
      throw failed(Call.CREATE, path);
    }
    return new Writer(path, writer);
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    Mode mode = begin(Call.READ, path);
    Slice bytes = delegate.read(path, offset, length);
    end(mode, Call.READ, path);
    return bytes;
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    Mode mode = begin(Call.READ, path);
    List<Slice> slices = delegate.read(path, ranges);
    end(mode, Call.READ, path);
    return slices;
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    Mode mode = begin(Call.LIST, prefix);
    List<String> paths = delegate.list(prefix);
    end(mode, Call.LIST, prefix);
    return paths;
  }

  @Override
  public void copy(String from, String to) throws IOException {
    Mode mode = begin(Call.COPY, from);
    delegate.copy(from, to);
    end(mode, Call.COPY, from);
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    String name = String.join(",", paths);
    Mode mode = next(Call.DELETE);
    if (mode == Mode.SHORT_BODY) {
      List<String> all = new ArrayList<>(paths);
      delegate.delete(all.subList(0, (all.size() + 1) / 2));
    }
    failBefore(mode, Call.DELETE, name);
    delegate.delete(paths);
    end(mode, Call.DELETE, name);
  }

  /** Not counted: it asks nothing of the store. */
  @Override
  public void distrust(String path) {
    delegate.distrust(path);
  }

  @Override
  public void prefetch(String path, long bytes) {
    delegate.prefetch(path, bytes);
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }

  private synchronized void arm(@Nullable Call call, long first, long last, Mode mode) {
    if (first < 1) {
      throw new IllegalArgumentException("call " + first + " is counted from 1");
    }
    long done = call == null ? calls() : calls(call);
    fault =
        new Fault(
            call,
            done + first,
            last == Long.MAX_VALUE ? last : done + last,
            Objects.requireNonNull(mode));
  }

  private @Nullable Mode begin(Call call, String path) throws IOException {
    Mode mode = next(call);
    failBefore(mode, call, path);
    return mode;
  }

  /** Counts a call, waits if it shall wait, and says how it fails. */
  private @Nullable Mode next(Call call) throws IOException {
    Mode mode = null;
    long delay;
    synchronized (this) {
      long ofKind = counts.merge(call, 1L, Long::sum);
      Fault armed = fault;
      if (armed != null && (armed.call == null || armed.call == call)) {
        long n = armed.call == null ? calls() : ofKind;
        if (n >= armed.first && n <= armed.last) {
          mode = armed.mode;
          failures++;
        }
      }
      delay = delayNanos;
    }
    if (delay > 0) {
      clock.sleep(delay);
    }
    return mode;
  }

  private void failBefore(@Nullable Mode mode, Call call, String path) throws IOException {
    if (mode == null) {
      return;
    }
    switch (mode) {
      case ERROR_BEFORE -> throw new IOException("injected failure before " + call + " of " + path);
      case TIMEOUT -> {
        clock.sleep(TIMEOUT_NANOS);
        throw new SocketTimeoutException("injected time-out of " + call + " of " + path);
      }
      case SHORT_BODY -> throw new EOFException("injected short body of " + call + " of " + path);
      case ERROR_AFTER_EFFECT -> {}
    }
  }

  private static void end(@Nullable Mode mode, Call call, String path) throws IOException {
    if (mode == Mode.ERROR_AFTER_EFFECT) {
      throw failed(call, path);
    }
  }

  private static IOException failed(Call call, String path) {
    return new IOException("injected failure after " + call + " of " + path);
  }

  /** Which calls fail: from the {@code first} to the {@code last} of one kind, or of all. */
  private record Fault(@Nullable Call call, long first, long last, Mode mode) {}

  private final class Writer implements ObjectWriter {
    private final String path;
    private final ObjectWriter writer;

    Writer(String path, ObjectWriter writer) {
      this.path = path;
      this.writer = writer;
    }

    @Override
    public void write(Slice bytes) throws IOException {
      Mode mode = begin(Call.WRITE, path);
      writer.write(bytes);
      end(mode, Call.WRITE, path);
    }

    @Override
    public long length() {
      return writer.length();
    }

    @Override
    public void commit() throws IOException {
      Mode mode = begin(Call.COMMIT, path);
      writer.commit();
      end(mode, Call.COMMIT, path);
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }
}
