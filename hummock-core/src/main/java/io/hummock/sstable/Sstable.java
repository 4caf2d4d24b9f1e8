package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.metrics.HummockMetrics.Cache;
import io.hummock.metrics.HummockMetrics.CacheResult;
import io.hummock.metrics.HummockMetrics.FilterResult;
import io.hummock.objectstore.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one table. Making one reads nothing; the {@code .meta} object is read when first needed, at
 * once if it is small, else piece by piece.
 *
 * <p>Thread-safe. A table that is closed gives up what it has in the cache and must not be read any
 * more, by its iterators neither.
 *
 * <p>Every read throws {@link CorruptionException} where the bytes are not those of this table,
 * {@link io.hummock.objectstore.ObjectNotFoundException} where an object is missing, and {@link
 * java.io.EOFException} where it is too short.
 */
public final class Sstable implements Closeable {
  /** After so many reads the store hears that copies nearby would pay, and then again and again. */
  private static final int READS_BEFORE_PREFETCH = 16;

  private static final int READS_BETWEEN_PREFETCHES = 64;

  private final SstableInfo info;
  private final BlockCache cache;
  private final HummockMetrics metrics;
  private final TableObject data;
  private final TableObject metadata;
  private final BlockReader reader;
  private final MetaReader meta;
  private final long table;

  /** Of the {@code .sst} object, for lookups and scans; races cost a little precision. */
  private int reads;

  /**
   * @param info what the manifest says of the table
   * @param dataPath the path of the {@code .sst} object
   * @param metaPath the path of the {@code .meta} object
   * @param origin the checkpoint that it was restored from, for messages; null if none
   * @param objects where both are
   * @param cache where blocks, filters and indexes are kept
   * @param metrics told of lookups in filters and cache
   */
  public Sstable(
      SstableInfo info,
      String dataPath,
      String metaPath,
      @Nullable String origin,
      ObjectStore objects,
      BlockCache cache,
      HummockMetrics metrics) {
    this.info = info;
    this.cache = cache;
    this.metrics = metrics;
    data = new TableObject(dataPath, origin, objects);
    metadata = new TableObject(metaPath, origin, objects);
    reader = new BlockReader(info, data);
    table = cache.newTable();
    meta = new MetaReader(info, metadata, cache, table);
  }

  public SstableInfo info() {
    return info;
  }

  /**
   * Adds the versions of a key, newest first, until the lookup is complete.
   *
   * @param key {@code key_space | user_key}
   * @param hash its {@link io.hummock.bytes.Hash#hash64}
   * @param into not complete yet
   */
  public void get(Slice key, long hash, ValueLookup into) throws IOException {
    LoadedMeta loaded = meta.load();
    SstableMeta root = loaded.root();
    int group = root.groupOf(key);
    if (group == root.groupCount) {
      return;
    }
    boolean filtered = root.probes > 0;
    if (filtered && !mayContain(loaded, group, hash)) {
      metrics.filterLookup(FilterResult.NEGATIVE);
      return;
    }
    boolean met = getFromBlocks(loaded, group, key, hash, into);
    if (filtered) {
      metrics.filterLookup(met ? FilterResult.TRUE_POSITIVE : FilterResult.FALSE_POSITIVE);
    }
  }

  private boolean getFromBlocks(
      LoadedMeta loaded, int group, Slice key, long hash, ValueLookup into) throws IOException {
    SstableMeta root = loaded.root();
    int ordinal;
    long start;
    long end;
    Section index = meta.index(loaded, group, true);
    try {
      int found = BlockIndex.find(index.memory(), key);
      if (found == root.blocks(group)) {
        return false;
      }
      ordinal = root.firstBlock(group) + found;
      start = BlockIndex.blockStart(index.memory(), found);
      end = BlockIndex.blockEnd(index.memory(), found);
    } finally {
      index.release();
    }
    Block block = block(loaded, ordinal, start, end);
    int result;
    try {
      result = block.get(key, hash, into);
    } finally {
      block.release();
    }
    if (result == Block.MET_LAST) {
      getFromNextBlocks(loaded, ordinal, key, hash, into);
    }
    return result != Block.ABSENT;
  }

  /** The versions of one key may go on in further blocks. */
  private void getFromNextBlocks(
      LoadedMeta loaded, int last, Slice key, long hash, ValueLookup into) throws IOException {
    int ordinal = last;
    int result = Block.MET_LAST;
    while (result == Block.MET_LAST
        && ordinal + 1 < loaded.root().blockCount
        && continuesAfter(loaded, ordinal, key)) {
      ordinal++;
      Block block = block(loaded, ordinal);
      try {
        result = block.get(key, hash, into);
      } finally {
        block.release();
      }
    }
  }

  /**
   * Whether there may be entries of a key, as far as its filter tells; false is certain.
   *
   * @param hash as of {@link #get}
   * @param reads what may be read for it: where that is not enough, there may be
   */
  public boolean mayContain(Slice key, long hash, FilterReads reads) throws IOException {
    LoadedMeta known = meta.loaded();
    if (known == null && !reads.areAllowed()) {
      return true;
    }
    LoadedMeta loaded = known != null ? known : reads.read(meta::load);
    SstableMeta root = loaded.root();
    int group = root.groupOf(key);
    if (group == root.groupCount) {
      return false;
    }
    if (root.probes == 0) {
      return true;
    }
    Section filter = meta.loadedFilter(loaded, group);
    if (filter == null && !reads.areAllowed()) {
      return true;
    }
    return mayContain(
        root, filter != null ? filter : reads.read(() -> meta.filter(loaded, group)), hash);
  }

  /**
   * Whether there may be entries of this scan prefix; false is certain.
   *
   * @param prefix the scan prefix, key space included
   * @param prefixHash its {@link io.hummock.bytes.Hash#hash64}
   */
  public boolean mayContainPrefix(Slice prefix, long prefixHash) throws IOException {
    if (prefix.compareTo(info.largestKey()) > 0) {
      return false;
    }
    LoadedMeta loaded = meta.load();
    SstableMeta root = loaded.root();
    int group = root.groupOf(prefix);
    if (group == root.groupCount) {
      return false;
    }
    if (root.probes == 0) {
      return true;
    }
    while (!mayContain(loaded, group, prefixHash)) {
      if (!root.continuesAfter(group, prefix)) {
        metrics.filterLookup(FilterResult.NEGATIVE);
        return false;
      }
      group++;
    }
    return true;
  }

  /**
   * An iterator over the entries in {@code clip}, as if there were no others. Reads ahead as it
   * goes, up to 256 KB, and keeps in the cache what it passes; holds no page while it stands.
   */
  public HummockIterator iterator(Direction direction, PartitionRange clip) {
    return new SstableIterator(this, direction, clip, false);
  }

  /** As a forward {@link #iterator}, but reads a megabyte at a time and keeps nothing. */
  public HummockIterator compactionIterator(PartitionRange clip) {
    return new SstableIterator(this, Direction.FORWARD, clip, true);
  }

  /**
   * Goes on with copies of both objects, its iterators too. What the cache has of the table stays.
   */
  public void moveTo(String dataPath, String metaPath) {
    data.moveTo(dataPath);
    metadata.moveTo(metaPath);
  }

  /** Drops what the cache has of the table. Closing twice is allowed. */
  @Override
  public void close() {
    meta.close();
  }

  /** Tells the store, now and then, that the table is read piece by piece. */
  void countRead() {
    if (++reads % READS_BETWEEN_PREFETCHES == READS_BEFORE_PREFETCH) {
      data.prefetch(info.dataBytes());
      metadata.prefetch(info.metaBytes());
    }
  }

  MetaReader meta() {
    return meta;
  }

  BlockReader reader() {
    return reader;
  }

  private boolean mayContain(LoadedMeta loaded, int group, long hash) throws IOException {
    return mayContain(loaded.root(), meta.filter(loaded, group), hash);
  }

  private static boolean mayContain(SstableMeta root, Section filter, long hash) {
    try {
      return BloomFilter.mayContain(filter.memory(), filter.length(), root.probes, hash);
    } finally {
      filter.release();
    }
  }

  /** Whether versions of {@code key} may go on behind a block. */
  boolean continuesAfter(LoadedMeta loaded, int ordinal, Slice key) throws IOException {
    int group = loaded.root().groupOf(ordinal);
    Section index = meta.index(loaded, group, true);
    try {
      return BlockIndex.continuesAfter(
          index.memory(), ordinal - loaded.root().firstBlock(group), key);
    } finally {
      index.release();
    }
  }

  /** A block from the cache if it is kept, retained for the caller; else null. */
  @Nullable Block cachedBlock(LoadedMeta loaded, int ordinal) {
    Block block = find(loaded, ordinal);
    metrics.cacheLookup(Cache.BLOCK, block != null ? CacheResult.HIT : CacheResult.MISS);
    return block;
  }

  private @Nullable Block find(LoadedMeta loaded, int ordinal) {
    int group = loaded.root().groupOf(ordinal);
    return cache.find(loaded.blocks(group), ordinal - loaded.root().firstBlock(group));
  }

  /** A block, from the cache or read into it, retained for the caller. */
  Block block(LoadedMeta loaded, int ordinal) throws IOException {
    int group = loaded.root().groupOf(ordinal);
    int place = ordinal - loaded.root().firstBlock(group);
    long start;
    long end;
    Section index = meta.index(loaded, group, true);
    try {
      start = BlockIndex.blockStart(index.memory(), place);
      end = BlockIndex.blockEnd(index.memory(), place);
    } finally {
      index.release();
    }
    return block(loaded, ordinal, start, end);
  }

  /** A block that lies from {@code start} to {@code end}, retained for the caller. */
  private Block block(LoadedMeta loaded, int ordinal, long start, long end) throws IOException {
    Block kept = cachedBlock(loaded, ordinal);
    while (kept == null) {
      BlockKey name = new BlockKey(table, ordinal);
      Block led = cache.flights().lead(name, () -> load(loaded, ordinal, start, end));
      kept = led != null ? led : find(loaded, ordinal);
    }
    return kept;
  }

  private Block load(LoadedMeta loaded, int ordinal, long start, long end) throws IOException {
    Block kept = find(loaded, ordinal);
    if (kept != null) {
      return kept;
    }
    countRead();
    int length = Math.toIntExact(end - start);
    if (start == SstableFormat.HEADER_BYTES) {
      // The header comes with it.
      return keep(loaded, ordinal, reader.verify(reader.read(start, length), start));
    }
    Page page = cache.allocate(length);
    BlockReader.Stored stored = null;
    try {
      stored = reader.read(page, start, length);
      if (stored.compressed()) {
        return keep(loaded, ordinal, stored);
      }
    } finally {
      if (stored == null || stored.compressed()) {
        page.release();
      }
    }
    return keep(loaded, ordinal, stored, page);
  }

  /** Puts a block that was read into the cache, and retains it for the caller. */
  Block keep(LoadedMeta loaded, int ordinal, BlockReader.Stored stored) throws IOException {
    Page page = cache.allocate(stored.rawLength());
    boolean written = false;
    try {
      stored.writeTo(page);
      written = true;
    } finally {
      if (!written) {
        page.release();
      }
    }
    return keep(loaded, ordinal, stored, page);
  }

  /**
   * @param page which begins with the uncompressed block; the block's from now on
   */
  private Block keep(LoadedMeta loaded, int ordinal, BlockReader.Stored stored, Page page)
      throws IOException {
    int group = loaded.root().groupOf(ordinal);
    Block block = null;
    try {
      block =
          new Block(
              page,
              stored.rawLength(),
              new BlockKey(table, ordinal),
              loaded.blocks(group),
              ordinal - loaded.root().firstBlock(group),
              reader.name(),
              stored.offset());
    } finally {
      if (block == null) {
        page.release();
      }
    }
    if (!loaded.isClosed()) {
      cache.keep(block);
      if (loaded.isClosed()) {
        cache.drop(block);
      }
    }
    return block;
  }
}
