package io.hummock.flink.storage;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/**
 * All objects that a keyed backend can meet, each under one path: the URI of its file, spelled as
 * {@link Path#toString} does, which is also what Flink writes into a checkpoint's metadata. The
 * scheme says which store has it. What a checkpoint holds without a file of its own, as bytes in
 * its metadata or as a part of a file, gets a path {@code handle:<uuid>} that is valid in this
 * store only, and can be read and copied from.
 */
public final class UriObjectStore implements ObjectStore {
  /** Opens the store of a scheme when its first path is met. */
  public interface Routes {
    /** The way to the objects of a scheme. */
    Route open(String scheme) throws IOException;

    /**
     * Finds out whether objects can be read and written there, where that is not known anyway.
     *
     * @param location the path as its store has it
     * @throws IOException saying what is wrong
     */
    default void verify(String scheme, String location) throws IOException {}

    /** Gives back what the routes have in common; called when their stores are closed. */
    default void close() {}
  }

  /**
   * The store of a scheme.
   *
   * @param objects closed with the routing store
   * @param wholeUri whether it takes whole URIs as paths; else what follows the scheme, the colon
   *     and the slashes
   */
  public record Route(ObjectStore objects, boolean wholeUri) {}

  private static final String HANDLE = "handle";
  private static final int COPY_BUFFER_BYTES = 1 << 20;

  private final Routes opener;
  private final ConcurrentMap<String, StreamStateHandle> handles = new ConcurrentHashMap<>();

  // Guarded by itself.
  private final Map<String, Route> routes = new HashMap<>();

  public UriObjectStore(Routes opener) {
    this.opener = opener;
  }

  /** The path of a handle's bytes. */
  public String pathOf(StreamStateHandle handle) {
    if (handle instanceof FileStateHandle file) {
      return pathOf(file.getFilePath());
    }
    String path = HANDLE + ':' + UUID.randomUUID();
    handles.put(path, handle);
    return path;
  }

  /** The path of a file. */
  public static String pathOf(Path file) {
    if (file.toUri().getScheme() != null) {
      return file.toString();
    }
    URI defaultScheme = FileSystem.getDefaultFsUri();
    return new Path(defaultScheme.getScheme(), defaultScheme.getAuthority(), file.toUri().getPath())
        .toString();
  }

  /**
   * A handle of Flink's own for a path: that which {@link #pathOf} gave it for, or a plain one of a
   * file.
   */
  public StreamStateHandle handleOf(String path, long bytes) {
    if (isHandle(path)) {
      StreamStateHandle handle = handles.get(path);
      if (handle == null) {
        throw new IllegalArgumentException(path + " is not of this store");
      }
      return handle;
    }
    return new FileStateHandle(new Path(path), bytes);
  }

  /** Whether a path stands for a handle without a file of its own. */
  public static boolean isHandle(String path) {
    return path.startsWith(HANDLE + ':');
  }

  /**
   * Finds out at start whether objects can be read and written below a directory.
   *
   * @throws IOException saying which option is wrong
   */
  public void verifyAccess(String directory) throws IOException {
    String location = target(directory).path();
    opener.verify(directory.substring(0, directory.indexOf(':')), location);
  }

  /**
   * Finds out whether this process knows how to reach an object, without asking for it.
   *
   * @throws IOException if there is no store or file system for its scheme
   */
  public void checkReachable(String path) throws IOException {
    if (!isHandle(path)) {
      Target target = target(path);
      if (target.path().equals(path)) {
        FileSystem.getUnguardedFileSystem(new Path(path).toUri());
      }
    }
  }

  @Override
  public ObjectWriter create(String path) throws IOException {
    if (isHandle(path)) {
      throw new IllegalArgumentException(path + " can only be read");
    }
    Target target = target(path);
    return target.objects().create(target.path());
  }

  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    if (isHandle(path)) {
      return read(path, List.of(new Range(offset, length))).get(0);
    }
    Target target = target(path);
    return target.objects().read(target.path(), offset, length);
  }

  @Override
  public void read(String path, long offset, ByteBuffer target) throws IOException {
    if (isHandle(path)) {
      ObjectStore.super.read(path, offset, target);
      return;
    }
    Target place = target(path);
    place.objects().read(place.path(), offset, target);
  }

  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    if (isHandle(path)) {
      try (FSDataInputStream in = open(path)) {
        return StreamReader.read(in, path, ranges);
      }
    }
    Target target = target(path);
    return target.objects().read(target.path(), ranges);
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    Target target = target(prefix);
    String head = prefix.substring(0, prefix.length() - target.path().length());
    List<String> paths = new ArrayList<>();
    for (String path : target.objects().list(target.path())) {
      paths.add(head + path);
    }
    return paths;
  }

  /** By the store itself where both paths are of the same one, else through this process. */
  @Override
  public void copy(String from, String to) throws IOException {
    Target target = target(to);
    if (isHandle(from)) {
      try (FSDataInputStream in = open(from);
          ObjectWriter writer = target.objects().create(target.path())) {
        StreamReader.copy(in, writer, new byte[COPY_BUFFER_BYTES]);
        writer.commit();
      }
      return;
    }
    Target source = target(from);
    if (source.objects() == target.objects()) {
      target.objects().copy(source.path(), target.path());
    } else {
      copyThroughThisProcess(source, target);
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    Map<ObjectStore, List<String>> byStore = new LinkedHashMap<>();
    for (String path : paths) {
      if (isHandle(path)) {
        handles.remove(path);
      } else {
        Target target = target(path);
        byStore.computeIfAbsent(target.objects(), store -> new ArrayList<>()).add(target.path());
      }
    }
    IOException first = null;
    for (Map.Entry<ObjectStore, List<String>> ofStore : byStore.entrySet()) {
      try {
        ofStore.getKey().delete(ofStore.getValue());
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
  public void distrust(String path) {
    if (!isHandle(path)) {
      try {
        Target target = target(path);
        target.objects().distrust(target.path());
      } catch (IOException e) {
        // Whatever was read came from a store that is open, so this path has none.
      }
    }
  }

  @Override
  public void prefetch(String path, long bytes) {
    if (!isHandle(path)) {
      try {
        Target target = target(path);
        target.objects().prefetch(target.path(), bytes);
      } catch (IOException e) {
        // As for distrust.
      }
    }
  }

  @Override
  public void close() throws IOException {
    Set<ObjectStore> open = Collections.newSetFromMap(new IdentityHashMap<>());
    synchronized (routes) {
      routes.values().forEach(route -> open.add(route.objects()));
      routes.clear();
    }
    handles.clear();
    IOException first = null;
    for (ObjectStore store : open) {
      try {
        store.close();
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    opener.close();
    if (first != null) {
      throw first;
    }
  }

  private FSDataInputStream open(String path) throws IOException {
    StreamStateHandle handle = handles.get(path);
    if (handle == null) {
      throw new ObjectNotFoundException(path);
    }
    return handle.openInputStream();
  }

  /** Nothing tells an object's length, so the last pieces are found by halving. */
  private static void copyThroughThisProcess(Target source, Target target) throws IOException {
    try (ObjectWriter writer = target.objects().create(target.path())) {
      int length = COPY_BUFFER_BYTES;
      while (length > 0) {
        try {
          writer.write(source.objects().read(source.path(), writer.length(), length));
        } catch (EOFException e) {
          length /= 2;
        }
      }
      writer.commit();
    }
  }

  private record Target(ObjectStore objects, String path) {}

  private Target target(String path) throws IOException {
    int colon = path.indexOf(':');
    int slash = path.indexOf('/');
    if (colon <= 0 || (slash >= 0 && slash < colon)) {
      throw new IllegalArgumentException("'" + path + "' has no scheme");
    }
    Route route = route(path.substring(0, colon));
    if (route.wholeUri()) {
      return new Target(route.objects(), path);
    }
    int start = colon + 1;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    return new Target(route.objects(), path.substring(start));
  }

  private Route route(String scheme) throws IOException {
    synchronized (routes) {
      Route route = routes.get(scheme);
      if (route == null) {
        route = opener.open(scheme);
        routes.put(scheme, route);
      }
      return route;
    }
  }
}
