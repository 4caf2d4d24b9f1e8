package io.hummock.flink.ownership;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Files in main memory for whole Flink, under {@code memory:/}. As in an object store a file
 * appears when its stream is closed, never changes, and a directory is a part of a name.
 */
final class MemoryFileSystem extends FileSystem {
  static final String SCHEME = "memory";

  /** All files of this JVM, by the path as {@link Path#toString} spells it. */
  private static final ConcurrentNavigableMap<String, byte[]> FILES = new ConcurrentSkipListMap<>();

  /** Told of each file that is written or deleted by this thread. */
  interface Listener {
    /** A file is complete; throwing makes its writer fail, and the file is not there. */
    void written(String path) throws IOException;

    void deleted(String path);
  }

  private static final ThreadLocal<Listener> LISTENER = new ThreadLocal<>();

  static void listen(Listener listener) {
    LISTENER.set(listener);
  }

  static boolean has(String path) {
    return FILES.containsKey(path);
  }

  /** The files below a directory. */
  static List<String> list(String directory) {
    return new ArrayList<>(below(directory).keySet());
  }

  /** Takes a whole directory away, and the listener of this thread. */
  static void clear(String directory) {
    LISTENER.remove();
    below(directory).clear();
  }

  private static NavigableMap<String, byte[]> below(String directory) {
    return FILES.subMap(directory + '/', true, directory + '0', false);
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(getUri());
  }

  @Override
  public Path getHomeDirectory() {
    return new Path(getUri());
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":/");
  }

  @Override
  public boolean isDistributedFS() {
    return true;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    byte[] bytes = FILES.get(path.toString());
    if (bytes != null) {
      return new Status(path, bytes.length);
    }
    if (below(path.toString()).isEmpty()) {
      throw new FileNotFoundException(path.toString());
    }
    return new Status(path, -1);
  }

  @Override
  public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
    return new BlockLocation[0];
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return open(path);
  }

  @Override
  public FSDataInputStream open(Path path) throws IOException {
    byte[] bytes = FILES.get(path.toString());
    if (bytes == null) {
      throw new FileNotFoundException(path.toString());
    }
    return new Input(bytes);
  }

  @Override
  public FileStatus[] listStatus(Path directory) {
    String prefix = directory.toString();
    TreeMap<String, FileStatus> children = new TreeMap<>();
    below(prefix)
        .forEach(
            (path, bytes) -> {
              int slash = path.indexOf('/', prefix.length() + 1);
              String child = slash < 0 ? path : path.substring(0, slash);
              children.put(child, new Status(new Path(child), slash < 0 ? bytes.length : -1));
            });
    return children.values().toArray(FileStatus[]::new);
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    boolean deleted = remove(path.toString());
    if (recursive) {
      for (String file : list(path.toString())) {
        deleted |= remove(file);
      }
    }
    return deleted;
  }

  private static boolean remove(String path) {
    boolean removed = FILES.remove(path) != null;
    Listener listener = LISTENER.get();
    if (removed && listener != null) {
      listener.deleted(path);
    }
    return removed;
  }

  @Override
  public boolean mkdirs(Path path) {
    return true;
  }

  @Override
  public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
    refuseToOverwrite(path.toString());
    return new Output(path.toString());
  }

  private static void refuseToOverwrite(String path) throws IOException {
    if (FILES.containsKey(path)) {
      throw new IOException(path + " is written twice");
    }
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw new UnsupportedOperationException("rename of " + from);
  }

  private record Status(Path path, long length) implements FileStatus {
    @Override
    public long getLen() {
      return Math.max(0, length);
    }

    @Override
    public long getBlockSize() {
      return getLen();
    }

    @Override
    public short getReplication() {
      return 1;
    }

    @Override
    public long getModificationTime() {
      return 1;
    }

    @Override
    public long getAccessTime() {
      return 1;
    }

    @Override
    public boolean isDir() {
      return length < 0;
    }

    @Override
    public Path getPath() {
      return path;
    }
  }

  private static final class Input extends FSDataInputStream {
    private final byte[] bytes;
    private int position;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void seek(long target) throws IOException {
      if (target > bytes.length) {
        throw new IOException("position " + target + " of " + bytes.length);
      }
      position = Math.toIntExact(target);
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public int read() {
      return position == bytes.length ? -1 : bytes[position++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (position == bytes.length) {
        return length == 0 ? 0 : -1;
      }
      int count = Math.min(length, bytes.length - position);
      System.arraycopy(bytes, position, into, offset, count);
      position += count;
      return count;
    }
  }

  private static final class Output extends FSDataOutputStream {
    private final String path;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean closed;

    Output(String path) {
      this.path = path;
    }

    @Override
    public long getPos() {
      return bytes.size();
    }

    @Override
    public void write(int value) {
      bytes.write(value);
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      bytes.write(from, offset, length);
    }

    @Override
    public void flush() {}

    @Override
    public void sync() {}

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      refuseToOverwrite(path);
      byte[] content = bytes.toByteArray();
      FILES.put(path, Arrays.copyOf(content, content.length));
      Listener listener = LISTENER.get();
      if (listener != null) {
        try {
          listener.written(path);
        } catch (IOException e) {
          FILES.remove(path);
          throw e;
        }
      }
    }
  }
}
