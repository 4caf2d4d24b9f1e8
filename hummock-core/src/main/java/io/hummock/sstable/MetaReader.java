package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code .meta} object of one table: all of it at once if it is small, else its end, and
 * of each group filter and index together when one of them is first asked for. Thread-safe.
 */
final class MetaReader {
  /** A {@code .meta} of up to so many bytes is read at once; of a larger one its end. */
  private static final int TAIL_BYTES = 256 << 10;

  /** The ordinal that stands for the object's end among the loads of the cache. */
  private static final int ROOT = Integer.MIN_VALUE;

  private final SstableInfo info;
  private final TableObject object;
  private final BlockCache cache;
  private final long table;
  private volatile @Nullable LoadedMeta loaded;
  private volatile boolean closed;

  MetaReader(SstableInfo info, TableObject object, BlockCache cache, long table) {
    this.info = info;
    this.object = object;
    this.cache = cache;
    this.table = table;
  }

  /** The object's last sections; read by the first call. */
  LoadedMeta load() throws IOException {
    LoadedMeta now = loaded;
    while (now == null) {
      if (closed) {
        throw new IllegalStateException("table " + info.id() + " is closed");
      }
      cache.flights().lead(new BlockKey(table, ROOT), this::loadRoot);
      now = loaded;
    }
    return now;
  }

  /** What {@link #load} would give without reading anything; else null. */
  @Nullable LoadedMeta loaded() {
    return loaded;
  }

  /** What {@link #filter} would give without reading anything; else null. */
  @Nullable Section loadedFilter(LoadedMeta from, int group) {
    return retained(from.filters().get(group));
  }

  /** The filter of a group, retained for the caller. */
  Section filter(LoadedMeta from, int group) throws IOException {
    Section kept = retained(from.filters().get(group));
    return kept != null ? kept : load(from, group, from.filters(), true);
  }

  /** The index of a group, retained for the caller; {@code keep} if it is to stay in the cache. */
  Section index(LoadedMeta from, int group, boolean keep) throws IOException {
    Section kept = retained(from.indexes().get(group));
    return kept != null ? kept : load(from, group, from.indexes(), keep);
  }

  /** Drops what the cache has of the table. */
  void close() {
    LoadedMeta last;
    synchronized (this) {
      closed = true;
      last = loaded;
      loaded = null;
    }
    if (last != null) {
      last.close(cache);
      cache.sections().charge(-last.heapBytes());
    }
  }

  private static @Nullable Section retained(@Nullable Section section) {
    if (section == null || !section.retain()) {
      return null;
    }
    section.touch();
    return section;
  }

  private LoadedMeta loadRoot() throws IOException {
    LoadedMeta now = loaded;
    if (now != null) {
      return now;
    }
    int length = (int) Math.min(info.metaBytes(), TAIL_BYTES);
    try {
      now = readRoot(length);
    } catch (CorruptionException e) {
      object.distrust();
      now = readRoot(length);
    }
    return now;
  }

  private LoadedMeta readRoot(int length) throws IOException {
    cache.metrics().metaLoaded();
    long start = info.metaBytes() - length;
    if (length < SstableFormat.FOOTER_BYTES) {
      throw new CorruptionException(
          object.name(),
          0,
          "at least " + SstableFormat.FOOTER_BYTES + " bytes",
          Integer.toString(length));
    }
    Slice tail = object.read(start, length);
    SstableFooter footer =
        SstableFooter.read(tail.from(length - SstableFormat.FOOTER_BYTES), info, object.name());
    long before = footer.directoryOffset() - start;
    Slice sections =
        before >= 0
            ? tail.slice((int) before, footer.sectionsLength())
            : object.read(footer.directoryOffset(), footer.sectionsLength());
    LoadedMeta fresh = new LoadedMeta(SstableMeta.decode(footer, sections, info, object.name()));
    boolean opened = false;
    try {
      for (int group = 0; start == 0 && group < fresh.root().groupCount; group++) {
        keepAll(fresh, group, tail);
      }
      publish(fresh);
      opened = true;
    } finally {
      if (!opened) {
        fresh.close(cache);
      }
    }
    return fresh;
  }

  private synchronized void publish(LoadedMeta fresh) {
    if (closed) {
      throw new IllegalStateException("table " + info.id() + " is closed");
    }
    loaded = fresh;
    cache.sections().charge(fresh.heapBytes());
  }

  /** Keeps a group's sections of an object that was read whole. */
  private void keepAll(LoadedMeta from, int group, Slice object) throws IOException {
    SstableMeta root = from.root();
    if (root.probes > 0) {
      Slice bytes = object.slice((int) root.starts[group], root.filterLengths[group]);
      section(from, group, from.filters(), bytes, true).release();
    }
    Slice bytes = object.slice((int) root.indexStart(group), root.indexLength(group));
    section(from, group, from.indexes(), bytes, true).release();
  }

  private Section load(
      LoadedMeta from, int group, AtomicReferenceArray<Section> wanted, boolean keep)
      throws IOException {
    Section kept = null;
    while (kept == null) {
      Section led =
          cache
              .flights()
              .lead(new BlockKey(table, -1 - group), () -> read(from, group, wanted, keep));
      kept = led != null ? led : retained(wanted.get(group));
    }
    return kept;
  }

  /** Reads filter and index of a group together, unless only one of them is missing. */
  private Section read(
      LoadedMeta from, int group, AtomicReferenceArray<Section> wanted, boolean keep)
      throws IOException {
    Section kept = retained(wanted.get(group));
    if (kept != null) {
      return kept;
    }
    SstableMeta root = from.root();
    AtomicReferenceArray<Section> other =
        wanted == from.filters() ? from.indexes() : from.filters();
    cache.metrics().metaLoaded();
    boolean both = keep && root.probes > 0 && other.get(group) == null;
    try {
      return both ? readBoth(from, group, wanted) : readOne(from, group, wanted, keep);
    } catch (CorruptionException e) {
      object.distrust();
      return both ? readBoth(from, group, wanted) : readOne(from, group, wanted, keep);
    }
  }

  private Section readBoth(LoadedMeta from, int group, AtomicReferenceArray<Section> wanted)
      throws IOException {
    SstableMeta root = from.root();
    Slice bytes = object.read(root.starts[group], root.groupLength(group));
    int filterLength = root.filterLengths[group];
    Section filter = section(from, group, from.filters(), bytes.slice(0, filterLength), true);
    Section index;
    try {
      index = section(from, group, from.indexes(), bytes.from(filterLength), true);
    } catch (IOException e) {
      filter.release();
      throw e;
    }
    boolean wantsFilter = wanted == from.filters();
    (wantsFilter ? index : filter).release();
    return wantsFilter ? filter : index;
  }

  private Section readOne(
      LoadedMeta from, int group, AtomicReferenceArray<Section> wanted, boolean keep)
      throws IOException {
    SstableMeta root = from.root();
    Slice bytes =
        wanted == from.filters()
            ? object.read(root.starts[group], root.filterLengths[group])
            : object.read(root.indexStart(group), root.indexLength(group));
    return section(from, group, wanted, bytes, keep);
  }

  /** Verifies a section and puts it into a page, retained for the caller. */
  private Section section(
      LoadedMeta from, int group, AtomicReferenceArray<Section> slots, Slice bytes, boolean keep)
      throws IOException {
    SstableMeta root = from.root();
    boolean isFilter = slots == from.filters();
    long offset = isFilter ? root.starts[group] : root.indexStart(group);
    int checksum = isFilter ? root.filterChecksums[group] : root.indexChecksums[group];
    Checksum.verify(bytes, checksum, object.name(), offset);
    if (!isFilter) {
      BlockIndex.check(bytes, root.blocks(group), info.dataBytes(), object.name(), offset);
    }
    Page page = cache.allocate(bytes.length());
    page.memory().put(0, bytes.array(), bytes.offset(), bytes.length());
    Section section = new Section(page, bytes.length(), slots, group);
    if (keep && slots.get(group) == null && !cache.isTransient(page)) {
      cache.sections().keep(section);
      if (from.isClosed()) {
        cache.sections().drop(section);
      }
    }
    return section;
  }
}
