package io.hummock.version;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.sstable.SstableInfo;
import java.util.List;
import java.util.UUID;

/**
 * A table as a version sees it: what it holds, where its objects lie, and which partitions of it
 * belong to the tree.
 *
 * <p>Immutable. Two of them may share their objects, with different clips.
 */
public final class TableFile {
  /*
   * The content's UUID (in the info, and in both objects) tells which entries these are; the file's
   * UUID tells which copy of them. A compaction replaces content, a copy replaces files.
   */
  private final SstableInfo info;
  private final UUID file;
  private final String dataPath;
  private final String metaPath;
  private final PartitionRange clip;
  private final Slice smallest;
  private final Slice largest;

  /**
   * @param info what is in the table
   * @param file the name of both objects, without {@code .sst} and {@code .meta}
   * @param dataPath where the {@code .sst} lies
   * @param metaPath where the {@code .meta} lies
   * @param clip the partitions that may be seen; some partition of the table is among them
   */
  public TableFile(
      SstableInfo info, UUID file, String dataPath, String metaPath, PartitionRange clip) {
    int first = KeySpace.partition(info.smallestKey());
    int last = KeySpace.partition(info.largestKey());
    if (!clip.intersects(new PartitionRange(first, last))) {
      throw new IllegalArgumentException(
          "table " + file + " of partitions " + first + " to " + last + ", clipped to " + clip);
    }
    this.info = info;
    this.file = file;
    this.dataPath = dataPath;
    this.metaPath = metaPath;
    this.clip = clip;
    this.smallest = clip.first() > first ? firstOf(clip.first()) : info.smallestKey();
    this.largest = clip.last() < last ? afterLastOf(clip.last()) : info.largestKey();
  }

  /** A table in a directory, all of it visible. */
  public static TableFile whole(SstableInfo info, String directory) {
    return new TableFile(
        info,
        info.id(),
        dataPath(directory, info.id()),
        metaPath(directory, info.id()),
        PartitionRange.ALL);
  }

  /** Where the {@code .sst} of a file lies in a directory. */
  public static String dataPath(String directory, UUID file) {
    return directory + "/" + SstableInfo.dataName(file);
  }

  /** Where the {@code .meta} of a file lies in a directory. */
  public static String metaPath(String directory, UUID file) {
    return directory + "/" + SstableInfo.metaName(file);
  }

  /* Keys have ten bytes or more, so shorter strings fit between those of two partitions. */

  private static Slice firstOf(int partition) {
    return Slice.of(new byte[] {(byte) (partition >>> 8), (byte) partition, 0});
  }

  private static Slice afterLastOf(int partition) {
    return new PartitionRange(partition + 1, partition + 1).lowerKey();
  }

  /** The same entries in another copy of the objects. */
  public TableFile in(UUID newFile, String newDataPath, String newMetaPath) {
    return new TableFile(info, newFile, newDataPath, newMetaPath, clip);
  }

  public SstableInfo info() {
    return info;
  }

  /** The UUID that both objects are named by. */
  public UUID file() {
    return file;
  }

  public String dataName() {
    return SstableInfo.dataName(file);
  }

  public String metaName() {
    return SstableInfo.metaName(file);
  }

  public String dataPath() {
    return dataPath;
  }

  public String metaPath() {
    return metaPath;
  }

  /** Both objects' paths. */
  public List<String> paths() {
    return List.of(dataPath, metaPath);
  }

  public PartitionRange clip() {
    return clip;
  }

  /** Whether keys of the table may be invisible. */
  public boolean isClipped() {
    return !smallest.equals(info.smallestKey()) || !largest.equals(info.largestKey());
  }

  /**
   * A lower bound of the visible keys, included: the first key or, where clipped, a string between
   * the keys of two partitions.
   */
  public Slice smallest() {
    return smallest;
  }

  /** An upper bound of the visible keys, included; see {@link #smallest}. */
  public Slice largest() {
    return largest;
  }

  /** The length of both objects, invisible parts included. */
  public long bytes() {
    return info.bytes();
  }

  /** Whether the key could be in the visible part. */
  public boolean covers(Slice key) {
    return smallest.compareTo(key) <= 0 && key.compareTo(largest) <= 0;
  }

  /** Whether a key between both bounds, included, could be in the visible part. */
  public boolean overlaps(Slice from, Slice to) {
    return smallest.compareTo(to) <= 0 && from.compareTo(largest) <= 0;
  }

  public boolean overlaps(TableFile other) {
    return overlaps(other.smallest, other.largest);
  }

  /** Which entries of the tree these are, in whatever copy. */
  public Content content() {
    return new Content(info.id(), clip);
  }

  @Override
  public String toString() {
    return file + " [" + smallest + ", " + largest + "]";
  }

  /**
   * What a version knows a table by.
   *
   * @param id the id of the entries
   * @param clip which of them
   */
  public record Content(UUID id, PartitionRange clip) {}
}
