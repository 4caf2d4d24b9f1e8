package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import io.hummock.iterator.CompactionFilter;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import java.util.UUID;

/**
 * What is known of a table without reading it. Encoded, it stands in the manifest:
 *
 * <pre>
 * id            16 bytes   the UUID: most significant long, then least, each little endian
 * dataBytes     varint
 * metaBytes     varint
 * metaChecksum  4 bytes    the footer's checksum in the .meta object, little endian
 * smallestKey   varint length | bytes
 * largestKey    varint length | bytes
 * smallestEpoch varint
 * epochs        varint     largestEpoch - smallestEpoch
 * entryCount    varint
 * tombstones    varint
 * merges        varint
 * expiresAt     varint     0 for never, else 1 + the time
 * </pre>
 *
 * @param id the name that both objects carry inside
 * @param dataBytes the length of the {@code .sst} object
 * @param metaBytes the length of the {@code .meta} object
 * @param metaChecksum the checksum in the footer of the {@code .meta} object, which covers the
 *     checksums of all its sections
 * @param smallestKey the first key, included; not to be changed
 * @param largestKey the last key, included; not to be changed
 * @param smallestEpoch the oldest epoch of an entry
 * @param largestEpoch the newest epoch of an entry
 * @param entryCount the number of entries, those counted next included
 * @param tombstoneCount the number of tombstones
 * @param mergeCount the number of merge operands
 * @param expiresAt when half of its bytes will have expired, on the clock of the compaction filter
 *     that was there when it was written, not negative; {@link CompactionFilter#NEVER} if less than
 *     half ever will
 */
public record SstableInfo(
    UUID id,
    long dataBytes,
    long metaBytes,
    int metaChecksum,
    Slice smallestKey,
    Slice largestKey,
    long smallestEpoch,
    long largestEpoch,
    long entryCount,
    long tombstoneCount,
    long mergeCount,
    long expiresAt) {
  public SstableInfo {
    if (dataBytes <= 0 || metaBytes <= 0) {
      throw new IllegalArgumentException(
          id + ": lengths of " + dataBytes + " and " + metaBytes + " bytes");
    }
    if (smallestKey.length() < KeySpace.LENGTH
        || largestKey.length() < KeySpace.LENGTH
        || smallestKey.length() > FullKey.MAX_KEY_LENGTH
        || largestKey.length() > FullKey.MAX_KEY_LENGTH
        || smallestKey.compareTo(largestKey) > 0) {
      throw new IllegalArgumentException(id + ": keys " + smallestKey + " to " + largestKey);
    }
    if (smallestEpoch < 0 || smallestEpoch > largestEpoch) {
      throw new IllegalArgumentException(id + ": epochs " + smallestEpoch + " to " + largestEpoch);
    }
    if (tombstoneCount < 0
        || mergeCount < 0
        || entryCount < 1
        || tombstoneCount > entryCount
        || mergeCount > entryCount - tombstoneCount) {
      throw new IllegalArgumentException(
          "%s: %d entries, %d tombstones, %d merge operands"
              .formatted(id, entryCount, tombstoneCount, mergeCount));
    }
    if (expiresAt < 0) {
      throw new IllegalArgumentException(id + ": expires at " + expiresAt);
    }
  }

  /** The same table, of which is known when half of it expires: at once if that is negative. */
  public SstableInfo expiringAt(long time) {
    return new SstableInfo(
        id,
        dataBytes,
        metaBytes,
        metaChecksum,
        smallestKey,
        largestKey,
        smallestEpoch,
        largestEpoch,
        entryCount,
        tombstoneCount,
        mergeCount,
        Math.max(0, time));
  }

  /** The bytes of both objects. */
  public long bytes() {
    return dataBytes + metaBytes;
  }

  /** The name of the data object of a table called {@code id}. */
  public static String dataName(UUID id) {
    return id + ".sst";
  }

  /** The name of the meta object of a table called {@code id}. */
  public static String metaName(UUID id) {
    return id + ".meta";
  }

  public String dataName() {
    return dataName(id);
  }

  public String metaName() {
    return metaName(id);
  }

  /** Writes the layout above. */
  public void encode(SliceBuilder out) {
    out.writeLong(id.getMostSignificantBits())
        .writeLong(id.getLeastSignificantBits())
        .writeVarint(dataBytes)
        .writeVarint(metaBytes)
        .writeInt(metaChecksum)
        .writeLengthPrefixed(smallestKey)
        .writeLengthPrefixed(largestKey)
        .writeVarint(smallestEpoch)
        .writeVarint(largestEpoch - smallestEpoch)
        .writeVarint(entryCount)
        .writeVarint(tombstoneCount)
        .writeVarint(mergeCount)
        .writeVarint(expiresAt == CompactionFilter.NEVER ? 0 : expiresAt + 1);
  }

  /**
   * Reads what {@link #encode} wrote; the keys are copies.
   *
   * @param hasExpiry false for the first format of manifests, which has no {@code expiresAt}
   */
  public static SstableInfo decode(SliceReader in, boolean hasExpiry) throws CorruptionException {
    UUID id = new UUID(in.readLong(), in.readLong());
    long dataBytes = in.readVarint();
    long metaBytes = in.readVarint();
    int metaChecksum = in.readInt();
    Slice smallestKey = in.readLengthPrefixed(FullKey.MAX_KEY_LENGTH, "a smallest key").copy();
    Slice largestKey = in.readLengthPrefixed(FullKey.MAX_KEY_LENGTH, "a largest key").copy();
    long smallestEpoch = in.readVarint();
    long largestEpoch = smallestEpoch + in.readVarint();
    long entryCount = in.readVarint();
    long tombstoneCount = in.readVarint();
    long mergeCount = in.readVarint();
    long expiry = hasExpiry ? in.readVarint() : 0;
    try {
      return new SstableInfo(
          id,
          dataBytes,
          metaBytes,
          metaChecksum,
          smallestKey,
          largestKey,
          smallestEpoch,
          largestEpoch,
          entryCount,
          tombstoneCount,
          mergeCount,
          expiry == 0 ? CompactionFilter.NEVER : expiry - 1);
    } catch (IllegalArgumentException e) {
      throw in.corrupt("the description of a table", String.valueOf(e.getMessage()), e);
    }
  }
}
