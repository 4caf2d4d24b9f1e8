package io.hummock.flink.storage;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files of Flink's file systems. A path is a whole URI, as {@link Path#toString} spells
 * it.
 *
 * <p>Where a file system renames in one step, an object is written under a temporary name ({@code
 * <name>.<uuid>.tmp}), synced and renamed. Elsewhere (object stores, where renaming is copying and
 * a file appears when its stream is closed) it is written in place, and its length is checked when
 * it is committed.
 *
 * <p>Streams are opened on the file systems themselves, not on the guarded ones that close what a
 * task's thread leaves open: other threads go on with them.
 */
public final class FileSystemObjectStore implements ObjectStore {
  private static final Set<String> RENAMING = Set.of("file", "hdfs", "viewfs", "webhdfs");
  private static final int COPY_BUFFER_BYTES = 1 << 17;

  @Override
  public ObjectWriter create(String path) throws IOException {
    Path file = new Path(path);
    return new Writer(fileSystem(file), file);
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    return read(path, List.of(new Range(offset, length))).get(0);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    try (FSDataInputStream in = open(path)) {
      return StreamReader.read(in, path, ranges);
    }
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    int slash = prefix.lastIndexOf('/');
    List<String> paths = new ArrayList<>();
    Path directory = new Path(prefix.substring(0, slash + 1));
    collect(fileSystem(directory), directory, prefix, paths);
    paths.sort(null);
    return paths;
  }

  @Override
  public void copy(String from, String to) throws IOException {
    try (FSDataInputStream in = open(from);
        ObjectWriter writer = create(to)) {
      StreamReader.copy(in, writer, new byte[COPY_BUFFER_BYTES]);
      writer.commit();
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    IOException first = null;
    for (String path : paths) {
      try {
        Path file = new Path(path);
        FileSystem files = fileSystem(file);
        if (!files.delete(file, false) && files.exists(file)) {
          throw new IOException(path + " could not be deleted");
        }
      } catch (FileNotFoundException e) {
        // Then there is nothing to delete.
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void close() {}

  /** Whether renaming is one step and directories are more than a part of a name. */
  static boolean hasDirectories(FileSystem files) {
    return RENAMING.contains(files.getUri().getScheme());
  }

  private static FileSystem fileSystem(Path path) throws IOException {
    return FileSystem.getUnguardedFileSystem(path.toUri());
  }

  private static FSDataInputStream open(String path) throws IOException {
    Path file = new Path(path);
    FileSystem files = fileSystem(file);
    try {
      return files.open(file);
    } catch (FileNotFoundException | java.nio.file.NoSuchFileException e) {
      throw new ObjectNotFoundException(path, e);
    }
  }

  private static void collect(FileSystem files, Path directory, String prefix, List<String> into)
      throws IOException {
    FileStatus @Nullable [] children;
    try {
      children = files.listStatus(directory);
    } catch (FileNotFoundException e) {
      return;
    }
    if (children == null) {
      return;
    }
    for (FileStatus child : children) {
      String path = child.getPath().toString();
      if (child.isDir()) {
        if (path.startsWith(prefix) || prefix.startsWith(path + '/')) {
          collect(files, child.getPath(), prefix, into);
        }
      } else if (path.startsWith(prefix) && !path.endsWith(Writer.TEMPORARY)) {
        into.add(path);
      }
    }
  }

  private static final class Writer implements ObjectWriter {
    static final String TEMPORARY = ".tmp";

    private final FileSystem files;
    private final Path target;
    private final Path written;
    private final boolean renames;
    private final FSDataOutputStream out;
    private long length;
    private boolean streamClosed;
    private boolean ended;

    Writer(FileSystem files, Path target) throws IOException {
      this.files = files;
      this.target = target;
      renames = hasDirectories(files);
      written =
          renames
              ? new Path(target.getParent(), target.getName() + '.' + UUID.randomUUID() + TEMPORARY)
              : target;
      out = files.create(written, WriteMode.NO_OVERWRITE);
    }

    @Override
    public void write(Slice bytes) throws IOException {
      requireOpen();
      out.write(bytes.array(), bytes.offset(), bytes.length());
      length += bytes.length();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void commit() throws IOException {
      requireOpen();
      if (renames) {
        out.sync();
      }
      streamClosed = true;
      out.close();
      long found = files.getFileStatus(written).getLen();
      if (found != length) {
        throw new IOException(
            written + ": wrote " + length + " bytes, the file system has " + found);
      }
      if (renames && !files.rename(written, target)) {
        throw new IOException(written + " could not be renamed to " + target.getName());
      }
      ended = true;
    }

    @Override
    public void close() throws IOException {
      if (ended) {
        return;
      }
      ended = true;
      try {
        if (!streamClosed) {
          streamClosed = true;
          out.close();
        }
      } finally {
        files.delete(written, false);
      }
    }

    private void requireOpen() {
      if (streamClosed || ended) {
        throw new IllegalStateException("writer of " + target + " is closed");
      }
    }
  }
}
