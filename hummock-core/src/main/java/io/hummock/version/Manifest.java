package io.hummock.version;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.sstable.SstableInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What a checkpoint says of itself: its id, the epoch sealed for it, and its tables by level. It
 * names files, never places.
 *
 * <pre>
 * magic         8 bytes  "HMKMNFT\n"
 * format        4 bytes  2, little endian
 * checkpoint    8 bytes  the caller's id, little endian
 * sealedEpoch   varint
 * nextEpoch     varint   above every epoch in the tables
 * levels        varint   level 0 included
 * per level:
 *   tables      varint
 *   per table:
 *     file      16 bytes the UUID that the objects are named by, two longs, little endian
 *     clip      varint first partition | varint last partition
 *     info               see {@link SstableInfo}
 * checksum      4 bytes  CRC32C of all before it, little endian
 * </pre>
 *
 * @param checkpoint the caller's id
 * @param sealedEpoch the epoch sealed for it: the newest that it may hold
 * @param nextEpoch where a tree that is restored from it goes on
 * @param levels the tables of each level, level 0 first
 */
public record Manifest(
    long checkpoint, long sealedEpoch, long nextEpoch, List<List<Entry>> levels) {
  private static final long MAGIC = 0x0A54_464E_4D4B_4D48L; // "HMKMNFT\n"
  private static final int FORMAT = 2;
  private static final int FORMAT_WITHOUT_EXPIRY = 1;
  private static final int HEADER = Long.BYTES + Integer.BYTES;
  private static final int MAX_LEVELS = 64;

  public Manifest {
    if (sealedEpoch < 0 || nextEpoch <= sealedEpoch) {
      throw new IllegalArgumentException("epoch " + sealedEpoch + ", next epoch " + nextEpoch);
    }
    if (levels.isEmpty() || levels.size() > MAX_LEVELS) {
      throw new IllegalArgumentException(levels.size() + " levels");
    }
    for (List<Entry> level : levels) {
      for (Entry entry : level) {
        if (entry.info.largestEpoch() > sealedEpoch) {
          throw new IllegalArgumentException(
              "table %s of epoch %d, but epoch %d was sealed"
                  .formatted(entry.file, entry.info.largestEpoch(), sealedEpoch));
        }
      }
    }
    levels = levels.stream().map(List::copyOf).toList();
  }

  /**
   * A table of a manifest.
   *
   * @param file the UUID that its objects are named by
   * @param clip the partitions that may be seen
   * @param info what is in it
   */
  public record Entry(UUID file, PartitionRange clip, SstableInfo info) {
    private Entry(TableFile table) {
      this(table.file(), table.clip(), table.info());
    }

    public String dataName() {
      return SstableInfo.dataName(file);
    }

    public String metaName() {
      return SstableInfo.metaName(file);
    }
  }

  /** The manifest of a version. */
  public static Manifest of(long checkpoint, long sealedEpoch, Version version) {
    List<List<Entry>> levels = new ArrayList<>();
    for (int i = 0; i < version.levels(); i++) {
      levels.add(version.level(i).tables().stream().map(Entry::new).toList());
    }
    return new Manifest(checkpoint, sealedEpoch, sealedEpoch + 1, levels);
  }

  /** The bytes above. */
  public Slice encode() {
    SliceBuilder out = new SliceBuilder(1024);
    out.writeLong(MAGIC).writeInt(FORMAT).writeLong(checkpoint);
    out.writeVarint(sealedEpoch).writeVarint(nextEpoch).writeVarint(levels.size());
    for (List<Entry> level : levels) {
      out.writeVarint(level.size());
      for (Entry entry : level) {
        out.writeLong(entry.file.getMostSignificantBits())
            .writeLong(entry.file.getLeastSignificantBits())
            .writeVarint(entry.clip.first())
            .writeVarint(entry.clip.last());
        entry.info.encode(out);
      }
    }
    out.writeInt(Checksum.crc32c(out.slice()));
    return Slice.of(out.toByteArray());
  }

  /**
   * Reads a manifest; nothing in it is trusted.
   *
   * @param object what to call it in messages
   */
  public static Manifest decode(Slice bytes, String object) throws CorruptionException {
    SliceReader header = new SliceReader(bytes, object, 0);
    if (header.remaining() < HEADER + Integer.BYTES) {
      throw header.corrupt("a manifest", "only " + header.remaining() + " bytes");
    }
    long magic = header.readLong();
    if (magic != MAGIC) {
      throw new CorruptionException(object, 0, "the magic of a manifest", "%016x".formatted(magic));
    }
    int format = header.readInt();
    if (format != FORMAT && format != FORMAT_WITHOUT_EXPIRY) {
      throw new CorruptionException(
          object,
          Long.BYTES,
          "manifest format " + FORMAT + " or " + FORMAT_WITHOUT_EXPIRY,
          Integer.toString(format));
    }
    int end = bytes.length() - Integer.BYTES;
    int checksum = new SliceReader(bytes.from(end), object, end).readInt();
    Checksum.verify(bytes.slice(0, end), checksum, object, 0);
    SliceReader in = new SliceReader(bytes.slice(HEADER, end - HEADER), object, HEADER);
    try {
      Manifest manifest = decodeBody(in, format == FORMAT);
      if (in.remaining() > 0) {
        throw in.corrupt("the checksum", in.remaining() + " more bytes");
      }
      return manifest;
    } catch (IllegalArgumentException e) {
      throw in.corrupt("a manifest", String.valueOf(e.getMessage()), e);
    }
  }

  private static Manifest decodeBody(SliceReader in, boolean hasExpiry) throws CorruptionException {
    long checkpoint = in.readLong();
    long sealedEpoch = in.readVarint();
    long nextEpoch = in.readVarint();
    int levelCount = in.readVarint(MAX_LEVELS, "a number of levels");
    List<List<Entry>> levels = new ArrayList<>();
    for (int i = 0; i < levelCount; i++) {
      int count = in.readVarint(Integer.MAX_VALUE, "a number of tables");
      List<Entry> level = new ArrayList<>();
      for (int j = 0; j < count; j++) {
        UUID file = new UUID(in.readLong(), in.readLong());
        int first = in.readVarint(KeySpace.MAX_PARTITION, "a first partition");
        int last = in.readVarint(KeySpace.MAX_PARTITION, "a last partition");
        level.add(
            new Entry(file, new PartitionRange(first, last), SstableInfo.decode(in, hasExpiry)));
      }
      levels.add(level);
    }
    return new Manifest(checkpoint, sealedEpoch, nextEpoch, levels);
  }
}
