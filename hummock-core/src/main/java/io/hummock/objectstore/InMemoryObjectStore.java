package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Objects in main memory, for tests and for trying things out.
 *
 * <p>It holds its users to the rule that names are write-once: committing other bytes to a name
 * that is taken throws {@link IllegalStateException}. Objects outlive {@link #close}, so that a
 * test can open again what it closed.
 */
public final class InMemoryObjectStore implements ObjectStore {
  private final ConcurrentNavigableMap<String, byte[]> objects =
      new ConcurrentSkipListMap<>(ObjectPath.ORDER);

  @Override
  public ObjectWriter create(String path) {
    return new Writer(ObjectPath.check(path));
  }

  /** The slice is over a fresh array. */
  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    Range range = new Range(offset, length);
    byte[] object = find(path);
    if (range.offset() > object.length - range.length()) {
      throw new EOFException(
          path + " @" + offset + ": expected " + length + " bytes, has " + object.length);
    }
    return Slice.of(Arrays.copyOfRange(object, (int) offset, (int) offset + length));
  }

  @Override
  public List<String> list(String prefix) {
    List<String> paths = new ArrayList<>();
    for (String path : objects.tailMap(prefix).keySet()) {
      if (!path.startsWith(prefix)) {
        break;
      }
      paths.add(path);
    }
    return paths;
  }

  @Override
  public void copy(String from, String to) throws IOException {
    put(ObjectPath.check(to), find(from));
  }

  @Override
  public void delete(Collection<String> paths) {
    paths.forEach(ObjectPath::check);
    paths.forEach(objects::remove);
  }

  /** The bytes of all objects together. */
  public long bytes() {
    return objects.values().stream().mapToLong(object -> object.length).sum();
  }

  @Override
  public void close() {}

  private byte[] find(String path) throws ObjectNotFoundException {
    byte[] object = objects.get(ObjectPath.check(path));
    if (object == null) {
      throw new ObjectNotFoundException(path);
    }
    return object;
  }

  private void put(String path, byte[] bytes) {
    byte[] before = objects.putIfAbsent(path, bytes);
    if (before != null && !Arrays.equals(before, bytes)) {
      throw new IllegalStateException("object " + path + " exists already with other bytes");
    }
  }

  private final class Writer implements ObjectWriter {
    private final String path;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean ended;

    Writer(String path) {
      this.path = path;
    }

    @Override
    public void write(Slice slice) {
      requireOpen();
      bytes.write(slice.array(), slice.offset(), slice.length());
    }

    @Override
    public long length() {
      return bytes.size();
    }

    @Override
    public void commit() {
      requireOpen();
      put(path, bytes.toByteArray());
      ended = true;
    }

    @Override
    public void close() {
      ended = true;
    }

    private void requireOpen() {
      if (ended) {
        throw new IllegalStateException("writer of " + path + " has ended");
      }
    }
  }
}
