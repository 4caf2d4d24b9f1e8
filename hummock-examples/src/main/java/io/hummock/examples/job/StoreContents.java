package io.hummock.examples.job;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * The objects below a place at one moment, seen through Flink's file system of its scheme.
 *
 * @param objects all of them, in no particular order
 */
record StoreContents(List<StoredObject> objects) {
  /** One object and its size. */
  record StoredObject(String path, long bytes) {}

  StoreContents {
    objects = List.copyOf(objects);
  }

  /** Looks; what disappears meanwhile is left out. */
  static StoreContents of(URI place) throws IOException {
    FileSystem files = FileSystem.get(place);
    List<StoredObject> found = new ArrayList<>();
    Deque<Path> directories = new ArrayDeque<>(List.of(new Path(place)));
    while (!directories.isEmpty()) {
      for (FileStatus status : list(files, directories.pop())) {
        if (status.isDir()) {
          directories.push(status.getPath());
        } else {
          found.add(new StoredObject(status.getPath().toUri().toString(), status.getLen()));
        }
      }
    }
    return new StoreContents(found);
  }

  private static FileStatus[] list(FileSystem files, Path directory) throws IOException {
    try {
      FileStatus[] statuses = files.listStatus(directory);
      return statuses == null ? new FileStatus[0] : statuses;
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  /**
   * Writes an object and deletes it again.
   *
   * @throws IOException if the place cannot be written to
   */
  static void probe(URI place) throws IOException {
    Path path = new Path(new Path(place), "probe-" + UUID.randomUUID());
    FileSystem files = FileSystem.get(place);
    try (FSDataOutputStream out = files.create(path, FileSystem.WriteMode.NO_OVERWRITE)) {
      out.write("can be deleted".getBytes(StandardCharsets.UTF_8));
    }
    files.delete(path, false);
  }

  /** How many objects have names that end so. */
  long count(String suffix) {
    return objects.stream().filter(object -> object.path().endsWith(suffix)).count();
  }

  /** Their bytes in all. */
  long bytes(String suffix) {
    return objects.stream()
        .filter(object -> object.path().endsWith(suffix))
        .mapToLong(StoredObject::bytes)
        .sum();
  }

  @Override
  public String toString() {
    long others = objects.size() - count(".sst") - count(".meta");
    return "%d .sst (%s), %d .meta (%s), %d others (%s)"
        .formatted(
            count(".sst"),
            Report.bytes(bytes(".sst")),
            count(".meta"),
            Report.bytes(bytes(".meta")),
            others,
            Report.bytes(bytes("") - bytes(".sst") - bytes(".meta")));
  }
}
