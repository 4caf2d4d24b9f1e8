package io.hummock.objectstore;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.hummock.bytes.Slice;
import io.hummock.metrics.Clock;
import io.hummock.objectstore.ObjectStore.Range;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads files that never change, by channels that stay open for the next read: opening a file costs
 * more than reading a block of it.
 *
 * <p>At most so many channels stay open, each until nobody has read it for a while, so that a file
 * which somebody else deletes gives its room back. Thread-safe.
 */
public final class OpenFiles implements Closeable {
  /** Twice as many as a gigabyte of tables of the default size has objects. */
  private static final int MAX_OPEN = 128;

  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Function<String, Path> resolver;
  private final Cache<String, OpenFile> files;

  /**
   * For as many files as one store should keep open.
   *
   * @param resolver finds the file of a name; may refuse a name
   */
  public OpenFiles(Function<String, Path> resolver) {
    this(resolver, MAX_OPEN, IDLE, Clock.SYSTEM);
  }

  /**
   * @param maxOpen how many channels stay open between reads
   * @param idle how long one stays open that nobody reads
   */
  OpenFiles(Function<String, Path> resolver, int maxOpen, Duration idle, Clock clock) {
    this.resolver = resolver;
    files =
        Caffeine.newBuilder()
            .maximumSize(maxOpen)
            .expireAfterAccess(idle)
            .ticker(clock::nanoTime)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .removalListener(
                (@Nullable String name, @Nullable OpenFile file, RemovalCause cause) -> {
                  if (file != null) {
                    file.release();
                  }
                })
            .build();
  }

  /**
   * Reads ranges of a file, each into a fresh array.
   *
   * @throws NoSuchFileException if it is not there, or is a directory
   * @throws EOFException if a range goes past its end
   * @throws ClosedByInterruptException if the calling thread is interrupted
   */
  public List<Slice> read(String name, List<Range> ranges) throws IOException {
    return withFile(
        name,
        file -> {
          List<Slice> slices = new ArrayList<>(ranges.size());
          for (Range range : ranges) {
            file.check(name, range.offset(), range.length());
            ByteBuffer bytes = ByteBuffer.allocate(range.length());
            file.read(name, range.offset(), bytes);
            slices.add(Slice.of(bytes.array()));
          }
          return slices;
        });
  }

  /**
   * Reads a range of a file; throws as {@link #read(String, List)} does.
   *
   * @param target filled from its position to its limit; best outside of the heap, where the
   *     operating system puts the bytes directly
   */
  public void read(String name, long offset, ByteBuffer target) throws IOException {
    int start = target.position();
    withFile(
        name,
        file -> {
          file.check(name, offset, target.limit() - start);
          target.position(start);
          file.read(name, offset, target);
          return target;
        });
  }

  /** Reads an open file. */
  private interface Reading<T> {
    T read(OpenFile file) throws IOException;
  }

  /** Reads again where the channel was closed meanwhile. */
  private <T> T withFile(String name, Reading<T> reading) throws IOException {
    while (true) {
      OpenFile file = open(name);
      try {
        return reading.read(file);
      } catch (ClosedByInterruptException e) {
        files.asMap().remove(name, file);
        throw e;
      } catch (ClosedChannelException e) {
        // Another thread was interrupted while it read, which closes the channel for all.
        files.asMap().remove(name, file);
      } finally {
        file.release();
      }
    }
  }

  /** Closes the channel of a file that is deleted or replaced, once its readers are done. */
  public void forget(String name) {
    files.invalidate(name);
  }

  /** How many channels stay open. */
  long count() {
    files.cleanUp();
    return files.estimatedSize();
  }

  /** Closes all channels, once their readers are done. */
  @Override
  public void close() {
    files.invalidateAll();
  }

  /** The file, retained for the caller. */
  private OpenFile open(String name) throws IOException {
    while (true) {
      OpenFile file;
      try {
        file = Objects.requireNonNull(files.get(name, key -> OpenFile.open(resolver.apply(key))));
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      if (file.retain()) {
        return file;
      }
    }
  }

  /** A channel, counted by references: the cache has the first. */
  private static final class OpenFile {
    private final FileChannel channel;
    private final long bytes;
    private final AtomicInteger references = new AtomicInteger(1);

    private OpenFile(FileChannel channel, long bytes) {
      this.channel = channel;
      this.bytes = bytes;
    }

    static OpenFile open(Path path) {
      try {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean opened = false;
        try {
          if (Files.isDirectory(path)) {
            throw new NoSuchFileException(path.toString(), null, "is a directory");
          }
          OpenFile file = new OpenFile(channel, channel.size());
          opened = true;
          return file;
        } finally {
          if (!opened) {
            channel.close();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    boolean retain() {
      return references.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
    }

    void release() {
      if (references.decrementAndGet() == 0) {
        try {
          channel.close();
        } catch (IOException e) {
          // Nothing was written by it.
        }
      }
    }

    /** Before memory is taken for what is not there. */
    void check(String name, long offset, int length) throws EOFException {
      if (offset > bytes - length) {
        throw new EOFException(
            "%s @%d: expected %d bytes, has %d".formatted(name, offset, length, bytes));
      }
    }

    void read(String name, long offset, ByteBuffer target) throws IOException {
      int start = target.position();
      while (target.hasRemaining()) {
        int read = target.position() - start;
        if (channel.read(target, offset + read) < 0) {
          throw new EOFException(
              "%s @%d: expected %d bytes, found %d"
                  .formatted(name, offset, target.limit() - start, read));
        }
      }
    }
  }
}
