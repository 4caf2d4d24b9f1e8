package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files below one directory, which need not be this machine's own.
 *
 * <p>An object is written under a temporary name beside its own, forced to the disk and moved: a
 * crash leaves at most a file of that temporary name, which no method shows. Directories come and
 * go with the objects in them. As everywhere in a file system, an object cannot lie below another.
 *
 * <p>Thread-safe, also between processes. A thread that is interrupted while it reads or writes
 * gets a {@link java.nio.channels.ClosedByInterruptException}.
 */
public final class LocalDirectoryObjectStore implements ObjectStore {
  /** No segment of an object's path begins so. */
  private static final String TEMPORARY = ".hummock-tmp-";

  private static final int BUFFER_BYTES = 64 << 10;

  /* A directory can be pruned by somebody else between making it and using it. */
  private static final int DIRECTORY_ATTEMPTS = 100;

  private final Path root;
  private final boolean sync;
  private final OpenFiles files = new OpenFiles(this::file);

  private LocalDirectoryObjectStore(Path root, boolean sync) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    this.sync = sync;
    Files.createDirectories(this.root);
  }

  /**
   * A store whose committed objects survive a power failure.
   *
   * @param root made if it is not there; never deleted
   */
  public static LocalDirectoryObjectStore durable(Path root) throws IOException {
    return new LocalDirectoryObjectStore(root, true);
  }

  /**
   * A store that leaves it to the operating system when bytes reach the disk: for what nobody needs
   * after a power failure.
   *
   * @param root made if it is not there; never deleted
   */
  public static LocalDirectoryObjectStore scratch(Path root) throws IOException {
    return new LocalDirectoryObjectStore(root, false);
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    return new Writer(path, file(path));
  }

  /** The slice is over a fresh array. */
  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    return read(path, List.of(new Range(offset, length))).get(0);
  }

  @Override
  public void read(String path, long offset, ByteBuffer target) throws IOException {
    try {
      files.read(path, offset, target);
    } catch (IOException e) {
      throw readFailure("read", path, file(path), e);
    }
  }

  /** Each slice is over a fresh array. */
  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    try {
      return files.read(path, ranges);
    } catch (IOException e) {
      throw readFailure("read", path, file(path), e);
    }
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    int slash = prefix.lastIndexOf('/');
    Path start = slash < 0 ? root : file(prefix.substring(0, slash));
    List<String> paths = new ArrayList<>();
    if (!Files.isDirectory(start)) {
      return paths;
    }
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String path = root.relativize(file).toString().replace(File.separatorChar, '/');
            if (path.startsWith(prefix) && !isTemporary(file)) {
              paths.add(path);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return gone(e);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : gone(e);
          }

          private FileVisitResult gone(IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    paths.sort(ObjectPath.ORDER);
    return paths;
  }

  /** Copies by a hard link where the file system has them: the bytes never change. */
  @Override
  public void copy(String from, String to) throws IOException {
    Path source = file(from);
    Path target = file(to);
    Path temporary = null;
    try {
      temporary = inDirectoryOf(target, name -> linkOrCopy(source, name));
      move(temporary, target);
    } catch (IOException e) {
      throw readFailure("copy to " + to + " from", from, source, e);
    } finally {
      // Moving a file onto another link to the same bytes leaves both names, by POSIX.
      if (temporary != null) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    paths.forEach(this::file);
    IOException failure = null;
    for (String path : paths) {
      Path file = file(path);
      try {
        if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) && Files.deleteIfExists(file)) {
          prune(file);
        }
      } catch (IOException e) {
        if (!isMissing(file, e)) {
          failure = first(failure, e);
        }
      }
      files.forget(path);
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    files.close();
  }

  @Override
  public String toString() {
    return "LocalDirectoryObjectStore(" + root + ")";
  }

  private Path file(String path) {
    ObjectPath.check(path);
    if (path.startsWith(TEMPORARY) || path.contains("/" + TEMPORARY)) {
      throw new IllegalArgumentException(
          "object path '" + path + "' has a segment that begins with " + TEMPORARY);
    }
    return root.resolve(path);
  }

  private static void linkOrCopy(Path source, Path target) throws IOException {
    try {
      Files.createLink(target, source);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.deleteIfExists(target);
      Files.copy(source, target);
      force(target, StandardOpenOption.WRITE);
    }
  }

  /** What makes a file of the name it is given. */
  private interface Maker {
    void make(Path name) throws IOException;
  }

  /** Makes a file of a temporary name in the directory of {@code target}, and the directory. */
  private Path inDirectoryOf(Path target, Maker maker) throws IOException {
    Path directory = parent(target);
    Path temporary = directory.resolve(TEMPORARY + UUID.randomUUID());
    for (int attempt = 1; ; attempt++) {
      makeDirectory(directory);
      try {
        maker.make(temporary);
        return temporary;
      } catch (NoSuchFileException e) {
        // The directory may have been deleted, and made again, by other threads.
        if (attempt == DIRECTORY_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /* The root is not made again: where it has gone, a disk has gone. */
  private void makeDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (directory.equals(root)) {
      throw new NotDirectoryException(root.toString());
    }
    Path parent = parent(directory);
    for (int attempt = 1; ; attempt++) {
      makeDirectory(parent);
      try {
        Files.createDirectory(directory);
        forceDirectory(parent);
        return;
      } catch (FileAlreadyExistsException e) {
        if (Files.isDirectory(directory)) {
          return;
        }
        // Another thread may have made it and deleted it again.
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS) || attempt == DIRECTORY_ATTEMPTS) {
          throw e;
        }
      } catch (NoSuchFileException e) {
        if (attempt == DIRECTORY_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void move(Path temporary, Path target) throws IOException {
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(parent(target));
  }

  /** Deletes the directories above a deleted file, up to the first that is still in use. */
  private void prune(Path file) {
    for (Path directory = parent(file); !directory.equals(root); directory = parent(directory)) {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException e) {
        return;
      } catch (IOException e) { // an empty directory harms nobody
        return;
      }
    }
  }

  private void forceDirectory(Path directory) throws IOException {
    if (sync && File.separatorChar == '/') { // Windows cannot open a directory, and need not
      try {
        force(directory, StandardOpenOption.READ);
      } catch (NoSuchFileException e) {
        // Pruned since, so there is nothing in it to keep.
      }
    }
  }

  private static void force(Path file, StandardOpenOption access) throws IOException {
    try (FileChannel channel = FileChannel.open(file, access)) {
      channel.force(true);
    }
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent());
  }

  private static boolean isTemporary(Path file) {
    return Objects.requireNonNull(file.getFileName()).toString().startsWith(TEMPORARY);
  }

  /** Whether it failed because there is no such object: below or above one there is none. */
  private boolean isMissing(Path file, IOException e) {
    if (e instanceof NoSuchFileException || Files.isDirectory(file)) {
      return true;
    }
    for (Path above = parent(file); above.startsWith(root); above = parent(above)) {
      if (Files.isRegularFile(above)) {
        return true;
      }
    }
    return false;
  }

  private IOException readFailure(String call, String path, Path file, IOException e) {
    return isMissing(file, e)
        ? new ObjectNotFoundException(path, e)
        : e instanceof ClosedByInterruptException || e instanceof EOFException
            ? e
            : failure(call, path, e);
  }

  private static IOException failure(String call, String path, IOException e) {
    return new IOException("cannot " + call + " " + path + ": " + e, e);
  }

  private static IOException first(@Nullable IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  private final class Writer implements ObjectWriter {
    private final String path;
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final OutputStream out;
    private long length;
    private boolean committed;
    private boolean ended;

    Writer(String path, Path target) throws IOException {
      this.path = path;
      this.target = target;
      FileChannel[] opened = new FileChannel[1];
      try {
        this.temporary =
            inDirectoryOf(
                target,
                name ->
                    opened[0] =
                        FileChannel.open(
                            name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
      } catch (IOException e) {
        throw failure("create", path, e);
      }
      this.channel = Objects.requireNonNull(opened[0]);
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    @Override
    public void write(Slice bytes) throws IOException {
      requireOpen();
      try {
        out.write(bytes.array(), bytes.offset(), bytes.length());
      } catch (IOException e) {
        throw failure("write", path, e);
      }
      length += bytes.length();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void commit() throws IOException {
      requireOpen();
      try {
        out.flush();
        if (sync) {
          channel.force(true);
        }
        channel.close();
        move(temporary, target);
      } catch (IOException e) {
        throw failure("commit", path, e);
      }
      committed = true;
      ended = true;
    }

    @Override
    public void close() throws IOException {
      ended = true;
      channel.close();
      if (!committed && Files.deleteIfExists(temporary)) {
        prune(temporary);
      }
    }

    private void requireOpen() {
      if (ended) {
        throw new IllegalStateException("writer of " + path + " has ended");
      }
    }
  }
}
