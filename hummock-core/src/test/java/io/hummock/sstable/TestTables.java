package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectStore;
import io.hummock.testing.Entry;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** Writes and opens tables in main memory. */
final class TestTables {
  final ObjectStore objects;
  final HeapPageAllocator pages;
  final BlockCache cache;
  final HummockMetrics metrics;
  private long lastId;

  TestTables(long cacheBytes) {
    this(new InMemoryObjectStore(), cacheBytes, HummockMetrics.NONE);
  }

  TestTables(ObjectStore objects, long cacheBytes, HummockMetrics metrics) {
    this.objects = objects;
    this.metrics = metrics;
    pages = new HeapPageAllocator(Math.max(1, cacheBytes));
    cache = new BlockCache(pages, cacheBytes, metrics);
  }

  SstableBuilder builder(SstableOptions options) throws IOException {
    UUID id = new UUID(0x1122_3344_5566_7788L, ++lastId);
    return new SstableBuilder(
        options,
        objects,
        id,
        "data/" + SstableInfo.dataName(id),
        "meta/" + SstableInfo.metaName(id),
        Runnable::run);
  }

  SstableInfo write(SstableOptions options, List<Entry> entries) throws IOException {
    try (SstableBuilder builder = builder(options)) {
      for (Entry entry : entries) {
        builder.add(
            entry.key(), entry.epoch(), entry.scanPrefixLength(), entry.kind(), entry.value());
      }
      return builder.finish();
    }
  }

  Sstable open(SstableInfo info) {
    return open(info, dataPath(info), metaPath(info));
  }

  Sstable open(SstableInfo info, String dataPath, String metaPath) {
    return new Sstable(info, dataPath, metaPath, null, objects, cache, metrics);
  }

  static String dataPath(SstableInfo info) {
    return "data/" + info.dataName();
  }

  static String metaPath(SstableInfo info) {
    return "meta/" + info.metaName();
  }

  /** The bytes of a block of these entries. */
  static Slice block(List<Entry> entries, int restartInterval, long baseEpoch) {
    BlockBuilder builder = new BlockBuilder(restartInterval);
    Slice last = Slice.EMPTY;
    for (Entry entry : entries) {
      builder.add(
          entry.key(),
          Hash.hash64(entry.key()),
          !entry.key().equals(last),
          entry.epoch() - baseEpoch,
          entry.scanPrefixLength(),
          entry.kind(),
          entry.value());
      last = entry.key();
    }
    return builder.finish().copy();
  }

  /** A footer as {@code footer}, with the checksums of these sections. */
  static SstableFooter withChecksums(SstableFooter footer, byte[] sections) {
    Slice all = Slice.of(sections);
    int directory = footer.directoryLength();
    int partitions = footer.partitionsLength();
    return new SstableFooter(
        footer.id(),
        footer.dataBytes(),
        footer.directoryOffset(),
        directory,
        Checksum.crc32c(all.slice(0, directory)),
        partitions,
        Checksum.crc32c(all.slice(directory, partitions)),
        footer.propertiesLength(),
        Checksum.crc32c(all.from(directory + partitions)));
  }
}
