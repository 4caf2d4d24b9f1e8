package io.hummock.version;

import io.hummock.bytes.Slice;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.sstable.SstableInfo;
import java.util.UUID;

/** Tables that are not there, for tests of versions. */
public final class TestTables {
  private static final long KB = 1 << 10;

  private TestTables() {}

  /** The key of a text in partition 0. */
  public static Slice key(String text) {
    return key(0, text);
  }

  public static Slice key(int partition, String text) {
    return new KeySpace(partition, 7).key(Slice.utf8(text));
  }

  /** A table called {@code number}, of one epoch and some KB, whose keys go from one to another. */
  public static TableFile table(int number, long epoch, Slice smallest, Slice largest, long size) {
    return TableFile.whole(info(number, epoch, smallest, largest, size), "dir");
  }

  /** A table in partition 0. */
  public static TableFile table(
      int number, long epoch, String smallest, String largest, long size) {
    return table(number, epoch, key(smallest), key(largest), size);
  }

  /** A table in partition 0, of several epochs. */
  public static TableFile table(
      int number,
      long smallestEpoch,
      long largestEpoch,
      String smallest,
      String largest,
      long size) {
    return TableFile.whole(
        info(number, smallestEpoch, largestEpoch, key(smallest), key(largest), size), "dir");
  }

  public static SstableInfo info(int number, long epoch, Slice smallest, Slice largest, long size) {
    return info(number, epoch, epoch, smallest, largest, size);
  }

  private static SstableInfo info(
      int number, long smallestEpoch, long largestEpoch, Slice smallest, Slice largest, long size) {
    return new SstableInfo(
        new UUID(0, number),
        size * KB,
        1,
        77,
        smallest,
        largest,
        smallestEpoch,
        largestEpoch,
        100,
        0,
        0,
        CompactionFilter.NEVER);
  }

  /** The same table, half of which expires at some time. */
  public static TableFile expiring(TableFile table, long time) {
    return new TableFile(
        table.info().expiringAt(time),
        table.file(),
        table.dataPath(),
        table.metaPath(),
        table.clip());
  }

  /** What of a table may be seen in some partitions. */
  public static TableFile clipped(TableFile table, int first, int last) {
    return new TableFile(
        table.info(),
        table.file(),
        table.dataPath(),
        table.metaPath(),
        new PartitionRange(first, last));
  }
}
