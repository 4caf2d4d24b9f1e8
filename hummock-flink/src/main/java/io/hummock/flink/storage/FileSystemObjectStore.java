package io.hummock.flink.storage;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.objectstore.OpenFiles;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
 * Objects as files of Flink's file systems. A path is a whole URI with its scheme, spelled as
 * {@link Path#toString} does; any other spelling is refused.
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
  private static final int LIST_ATTEMPTS = 100;
  private static final int COPY_BUFFER_BYTES = 1 << 17;

  /** Files of this machine are read by channels that stay open. */
  private final OpenFiles localFiles = new OpenFiles(FileSystemObjectStore::localFile);

  @Override
  public ObjectWriter create(String path) throws IOException {
    Path file = file(path);
    return new Writer(fileSystem(file), file);
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    return read(path, List.of(new Range(offset, length))).get(0);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    if (path.startsWith("file:")) {
      return readLocal(path, ranges);
    }
    try (FSDataInputStream in = open(path)) {
      return StreamReader.read(in, path, ranges);
    } catch (EOFException | ObjectNotFoundException e) {
      throw e;
    } catch (IOException e) {
      // Some streams call a position past the end an invalid one.
      Path file = file(path);
      long bytes = fileSystem(file).getFileStatus(file).getLen();
      for (Range range : ranges) {
        if (range.offset() > bytes - range.length()) {
          throw StreamReader.pastTheEnd(path, range, Math.max(0, bytes - range.offset()));
        }
      }
      throw e;
    }
  }

  @Override
  public void read(String path, long offset, ByteBuffer target) throws IOException {
    if (!path.startsWith("file:")) {
      ObjectStore.super.read(path, offset, target);
      return;
    }
    try {
      localFiles.read(path, offset, target);
    } catch (FileSystemException e) {
      throw localFailure(path, e);
    }
  }

  private List<Slice> readLocal(String path, List<Range> ranges) throws IOException {
    try {
      return localFiles.read(path, ranges);
    } catch (FileSystemException e) {
      throw localFailure(path, e);
    }
  }

  private static IOException localFailure(String path, FileSystemException e) {
    return Files.isRegularFile(localFile(path)) ? e : new ObjectNotFoundException(path, e);
  }

  private static java.nio.file.Path localFile(String path) {
    return new File(file(path).getPath()).toPath();
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    int slash = prefix.lastIndexOf('/');
    List<String> paths = new ArrayList<>();
    Path directory = new Path(prefix.substring(0, slash + 1));
    collect(fileSystem(directory), directory, prefix, paths);
    paths.sort(Comparator.comparing(Slice::utf8));
    return paths;
  }

  @Override
  public void copy(String from, String to) throws IOException {
    file(to);
    try (FSDataInputStream in = open(from);
        ObjectWriter writer = create(to)) {
      StreamReader.copy(in, writer, new byte[COPY_BUFFER_BYTES]);
      writer.commit();
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    paths.forEach(FileSystemObjectStore::file);
    IOException first = null;
    for (String path : paths) {
      try {
        delete(file(path));
        localFiles.forget(path);
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
  public void close() {
    localFiles.close();
  }

  private static void delete(Path file) throws IOException {
    FileSystem files = fileSystem(file);
    boolean deleted = false;
    IOException failure = null;
    try {
      deleted = files.delete(file, false);
    } catch (IOException e) {
      failure = e;
    }
    if (!deleted && isFile(files, file)) {
      throw new IOException(file + " could not be deleted", failure);
    }
  }

  private static boolean isFile(FileSystem files, Path file) throws IOException {
    try {
      return !files.getFileStatus(file).isDir();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** Refuses what file systems would take for another path. */
  private static Path file(String path) {
    Path file = new Path(path);
    if (file.toUri().getScheme() == null || !file.toString().equals(path)) {
      throw new IllegalArgumentException("'" + path + "' is not spelled as " + file);
    }
    for (int i = 0; i < path.length(); i++) {
      if (Character.isISOControl(path.charAt(i)) || path.charAt(i) == '\\') {
        throw new IllegalArgumentException("'" + path + "' has a control character or a backslash");
      }
    }
    return file;
  }

  /** Whether renaming is one step and directories are more than a part of a name. */
  static boolean hasDirectories(FileSystem files) {
    return RENAMING.contains(files.getUri().getScheme());
  }

  private static FileSystem fileSystem(Path path) throws IOException {
    return FileSystem.getUnguardedFileSystem(path.toUri());
  }

  private static FSDataInputStream open(String path) throws IOException {
    Path file = file(path);
    FileSystem files = fileSystem(file);
    try {
      return files.open(file);
    } catch (FileNotFoundException | java.nio.file.NoSuchFileException e) {
      throw new ObjectNotFoundException(path, e);
    }
  }

  private static void collect(FileSystem files, Path directory, String prefix, List<String> into)
      throws IOException {
    FileStatus @Nullable [] children = children(files, directory);
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

  private static FileStatus @Nullable [] children(FileSystem files, Path directory)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return files.listStatus(directory);
      } catch (FileNotFoundException e) {
        // Either the directory is not there, or a file in it has gone while they were listed.
        if (!files.exists(directory)) {
          return null;
        }
        if (attempt == LIST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static final class Writer implements ObjectWriter {
    static final String TEMPORARY = ".tmp";

    /* Blocks are small: a local disk takes eight of them at once in a third of the time. */
    private static final int BUFFER_BYTES = 64 << 10;

    private final FileSystem files;
    private final Path target;
    private final Path written;
    private final boolean renames;
    private final FSDataOutputStream out;
    private final OutputStream buffered;
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
      buffered = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    @Override
    public void write(Slice bytes) throws IOException {
      requireOpen();
      buffered.write(bytes.array(), bytes.offset(), bytes.length());
      length += bytes.length();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void commit() throws IOException {
      requireOpen();
      buffered.flush();
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
        // Names are write-once: what is there already is what is to be there.
        if (!isFile(files, target) || files.getFileStatus(target).getLen() != length) {
          throw new IOException(written + " could not be renamed to " + target.getName());
        }
        files.delete(written, false);
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
