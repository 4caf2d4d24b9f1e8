package io.hummock.flink.orphans;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tables that no retained checkpoint names, and deletes them when told to.
 *
 * <pre>
 * --checkpoints URI      a job's checkpoint directory, or the directory above: what is searched
 * --also URI             where more checkpoints or savepoints lie; any number of times
 * --older-than DURATION  younger objects are left out; default 1 h
 * --delete               delete what is found
 * </pre>
 *
 * <p>Lists first and reads checkpoints afterwards, so that a checkpoint that completes meanwhile
 * counts. An object that no checkpoint names yet is told from an orphan by its age alone: the age
 * has to be more than the time between checkpoints and that of a checkpoint. A job that was started
 * from a checkpoint of another goes on using the other's tables; so of a directory that has a job's
 * id for a name, the checkpoints of the sibling jobs are read too.
 *
 * <p>Only {@code <uuid>.sst} and {@code <uuid>.meta} below {@code shared/hummock} are looked at.
 */
public final class Orphans {
  private static final Pattern TABLE =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.(sst|meta)");
  private static final Pattern JOB_ID = Pattern.compile("[0-9a-f]{32}");
  private static final String METADATA = "_metadata";
  private static final String USAGE =
      "usage: --checkpoints URI [--also URI]... [--older-than DURATION] [--delete]";

  /**
   * An object that no checkpoint names.
   *
   * @param bytes its length
   */
  record Orphan(Path path, long bytes) {}

  private final Path checkpoints;
  private final List<Path> alsoIn;
  private final Duration age;
  private final boolean delete;

  private Orphans(Path checkpoints, List<Path> alsoIn, Duration age, boolean delete) {
    this.checkpoints = checkpoints;
    this.alsoIn = alsoIn;
    this.age = age;
    this.delete = delete;
  }

  /**
   * Runs with Flink's configuration and file system plugins, from where {@code FLINK_CONF_DIR} and
   * {@code FLINK_PLUGINS_DIR} say.
   */
  public static void main(String[] arguments) throws IOException {
    Orphans orphans = of(List.of(arguments));
    Configuration configuration = GlobalConfiguration.loadConfiguration();
    FileSystem.initialize(
        configuration, PluginUtils.createPluginManagerFromRootFolder(configuration));
    orphans.run(System.currentTimeMillis(), System.out);
  }

  /**
   * A run with these arguments.
   *
   * @throws IllegalArgumentException if they are not those of the class comment
   */
  static Orphans of(List<String> arguments) {
    @Nullable Path checkpoints = null;
    List<Path> also = new ArrayList<>();
    Duration age = Duration.ofHours(1);
    boolean delete = false;
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i);
      if (name.equals("--delete")) {
        delete = true;
        continue;
      }
      if (++i == arguments.size()) {
        throw new IllegalArgumentException(name + " needs a value, or is unknown; " + USAGE);
      }
      String value = arguments.get(i);
      switch (name) {
        case "--checkpoints" -> checkpoints = new Path(value);
        case "--also" -> also.add(new Path(value));
        case "--older-than" -> age = TimeUtils.parseDuration(value);
        default -> throw new IllegalArgumentException(name + " is unknown; " + USAGE);
      }
    }
    if (checkpoints == null) {
      throw new IllegalArgumentException(USAGE);
    }
    return new Orphans(checkpoints, also, age, delete);
  }

  /**
   * Finds, prints and, if told to, deletes.
   *
   * @param now milliseconds since 1970
   * @return the orphans, by path
   * @throws IOException if a directory or a checkpoint cannot be read, or if there is no checkpoint
   *     at all and orphans would be deleted: nothing is deleted then; or if deleting fails
   */
  List<Orphan> run(long now, PrintStream out) throws IOException {
    List<FileStatus> tables = new ArrayList<>();
    listTables(checkpoints, false, tables);
    ReferencedFiles referenced = new ReferencedFiles();
    int read = readCheckpoints(referenced);

    long youngest = now - age.toMillis();
    List<Orphan> orphans = new ArrayList<>();
    long bytes = 0;
    for (FileStatus table : tables) {
      // A store that does not know the time says 0 or less.
      long modified = table.getModificationTime();
      if (modified > 0 && modified <= youngest && !referenced.contains(table.getPath().getName())) {
        orphans.add(new Orphan(table.getPath(), table.getLen()));
        bytes += table.getLen();
        out.println(table.getLen() + "\t" + table.getPath());
      }
    }
    out.printf(
        "%d of %d objects, %d bytes, are named by none of %d checkpoints%n",
        orphans.size(), tables.size(), bytes, read);
    if (delete && !orphans.isEmpty()) {
      if (read == 0) {
        throw new IOException("no checkpoint was found, so nothing is deleted");
      }
      for (Orphan orphan : orphans) {
        orphan.path().getFileSystem().delete(orphan.path(), false);
      }
      out.println("deleted");
    }
    return orphans;
  }

  /* While a directory is listed, a job may complete a checkpoint and delete the one before, so that
   * neither is seen. It does so in this order, so another listing sees the new one: the last listing
   * has to bring nothing new. */
  private int readCheckpoints(ReferencedFiles referenced) throws IOException {
    Set<String> read = new TreeSet<>();
    while (true) {
      Set<String> found = new TreeSet<>();
      findCheckpoints(checkpoints, found);
      Path above = checkpoints.getParent();
      if (above != null && JOB_ID.matcher(checkpoints.getName()).matches()) {
        findCheckpoints(above, found);
      }
      for (Path directory : alsoIn) {
        findCheckpoints(directory, found);
      }
      found.removeAll(read);
      if (found.isEmpty()) {
        return read.size();
      }
      for (String directory : found) {
        readCheckpoint(new Path(directory), referenced);
      }
      read.addAll(found);
    }
  }

  private static void readCheckpoint(Path directory, ReferencedFiles referenced)
      throws IOException {
    Path metadata = new Path(directory, METADATA);
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(metadata.getFileSystem().open(metadata), 1 << 16))) {
      referenced.add(
          Checkpoints.loadCheckpointMetadata(
              in, Orphans.class.getClassLoader(), directory.toString()));
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          metadata + " cannot be read, so no orphan can be told; nothing is deleted", e);
    }
  }

  private static void listTables(Path directory, boolean inHummock, List<FileStatus> tables)
      throws IOException {
    for (FileStatus status : list(directory)) {
      Path path = status.getPath();
      if (status.isDir()) {
        listTables(path, inHummock || isHummock(path), tables);
      } else if (inHummock && TABLE.matcher(path.getName()).matches()) {
        tables.add(status);
      }
    }
  }

  private static void findCheckpoints(Path directory, Set<String> found) throws IOException {
    for (FileStatus status : list(directory)) {
      Path path = status.getPath();
      if (status.isDir()) {
        if (!isHummock(path)) {
          findCheckpoints(path, found);
        }
      } else if (path.getName().equals(METADATA)) {
        found.add(directory.toString());
      }
    }
  }

  /** Whether it is a directory {@code shared/hummock}, which has tables and no checkpoints. */
  private static boolean isHummock(Path directory) {
    Path above = directory.getParent();
    return directory.getName().equals("hummock")
        && above != null
        && above.getName().equals("shared");
  }

  private static FileStatus[] list(Path directory) throws IOException {
    FileStatus @Nullable [] found = directory.getFileSystem().listStatus(directory);
    if (found == null) {
      throw new FileNotFoundException(directory + " is not there, or went while it was listed");
    }
    return found;
  }
}
