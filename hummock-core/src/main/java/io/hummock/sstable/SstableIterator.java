package io.hummock.sstable;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the entries of a table that lie in a range of partitions.
 *
 * <p>Takes one block at a time into the heap: out of the cache, or out of a window of adjacent
 * blocks that it read at once. The window begins at one block and doubles with each read in
 * sequence.
 */
final class SstableIterator implements HummockIterator {
  private static final int MAX_WINDOW_BYTES = 256 << 10;
  private static final int COMPACTION_WINDOW_BYTES = 1 << 20;

  private final Sstable table;
  private final Direction direction;
  private final PartitionRange clip;
  private final boolean forCompaction;
  private final Slice lower;
  private final @Nullable Slice upper;
  private final BlockIterator entries;
  private final BlockWindow window;

  private @Nullable LoadedMeta loaded;
  private int firstBlock;
  private int lastBlock = -1;

  /** The block that {@code entries} is on; -1 if none. */
  private int current = -1;

  /** Whether it is on a part of that block only. */
  private boolean isPart;

  private boolean valid;

  SstableIterator(Sstable table, Direction direction, PartitionRange clip, boolean forCompaction) {
    this.table = table;
    this.direction = direction;
    this.clip = clip;
    this.forCompaction = forCompaction;
    lower = clip.lowerKey();
    upper =
        clip.last() == KeySpace.MAX_PARTITION
            ? null
            : new PartitionRange(clip.last() + 1, clip.last() + 1).lowerKey();
    entries = new BlockIterator(direction);
    window =
        new BlockWindow(
            table, direction, forCompaction ? COMPACTION_WINDOW_BYTES : MAX_WINDOW_BYTES);
  }

  @Override
  public void rewind() throws IOException {
    valid = false;
    LoadedMeta meta = load();
    if (lastBlock < firstBlock) {
      return;
    }
    if (direction == Direction.FORWARD) {
      open(meta, firstBlock);
      if (meta.root().startsBlock(clip)) {
        entries.rewind();
      } else {
        entries.seek(FullKey.first(lower));
      }
    } else {
      open(meta, lastBlock);
      if (upper == null) {
        entries.rewind();
      } else {
        entries.seek(FullKey.first(upper));
      }
    }
    settle(meta);
  }

  @Override
  public void seek(FullKey target) throws IOException {
    valid = false;
    LoadedMeta meta = load();
    Slice key = target.key();
    boolean beforeClip = key.compareTo(lower) < 0;
    boolean behindClip = upper != null && key.compareTo(upper) >= 0;
    if (direction == Direction.FORWARD ? beforeClip : behindClip) {
      rewind();
    } else if (!beforeClip && !behindClip && firstBlock <= lastBlock) {
      int found = find(meta, key);
      if (direction == Direction.FORWARD) {
        seekForward(meta, Math.max(found, firstBlock), target);
      } else {
        seekBackward(meta, Math.min(found, lastBlock), target);
      }
    }
  }

  @Override
  public void next() throws IOException {
    assert valid;
    valid = false;
    entries.next();
    if (entries.isValid()) {
      valid = isWithinClip();
    } else {
      settle(load());
    }
  }

  @Override
  public int nextKey() throws IOException {
    if (direction == Direction.BACKWARD) {
      return HummockIterator.super.nextKey();
    }
    int passed = 0;
    do {
      next();
      passed++;
    } while (valid && entries.isSameKey());
    return passed;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public Slice key() {
    assert valid;
    return entries.key();
  }

  @Override
  public long epoch() {
    assert valid;
    return entries.epoch();
  }

  @Override
  public int scanPrefixLength() {
    assert valid;
    return entries.scanPrefixLength();
  }

  @Override
  public ValueKind kind() {
    assert valid;
    return entries.kind();
  }

  @Override
  public Slice value() {
    assert valid;
    return entries.value();
  }

  @Override
  public void close() {
    valid = false;
    current = -1;
    window.clear();
  }

  private LoadedMeta load() throws IOException {
    LoadedMeta meta = loaded;
    if (meta == null) {
      meta = table.meta().load();
      int first = meta.root().firstBlock(clip);
      if (first >= 0) {
        firstBlock = first;
        lastBlock = meta.root().lastBlock(clip);
      }
      loaded = meta;
    }
    return meta;
  }

  /** The first block whose fence is greater than {@code key}; the block count if none is. */
  private int find(LoadedMeta meta, Slice key) throws IOException {
    SstableMeta root = meta.root();
    int group = root.groupOf(key);
    if (group == root.groupCount) {
      return root.blockCount;
    }
    Section index = table.meta().index(meta, group, !forCompaction);
    try {
      return root.firstBlock(group) + BlockIndex.find(index.memory(), key);
    } finally {
      index.release();
    }
  }

  private void seekForward(LoadedMeta meta, int found, FullKey target) throws IOException {
    int block = found;
    if (block > lastBlock) {
      return;
    }
    if (forCompaction || (block == current && !isPart)) {
      open(meta, block);
    } else {
      openPart(meta, block, target.key());
    }
    entries.seek(target);
    // Newer versions of the key may fill this block and others behind it.
    while (!entries.isValid() && (hasNextPart() || block < lastBlock)) {
      if (hasNextPart()) {
        openNextPart(meta);
      } else {
        open(meta, ++block);
      }
      entries.seek(target);
    }
    settle(meta);
  }

  /* Versions of the key may go on in further blocks, and older ones stand there: as long as a
   * block's fence says so, the next one is tried as well. */
  private void seekBackward(LoadedMeta meta, int found, FullKey target) throws IOException {
    int block = found;
    if (block < firstBlock) {
      return;
    }
    open(meta, block);
    entries.seek(target);
    while (entries.isValid()
        && block < lastBlock
        && table.continuesAfter(meta, block, target.key())) {
      open(meta, block + 1);
      entries.seek(target);
      if (!entries.isValid()) {
        open(meta, block);
        entries.seek(target);
        break;
      }
      block++;
    }
    settle(meta);
  }

  /** Goes on to further blocks until there is an entry, and ends where the clip does. */
  private void settle(LoadedMeta meta) throws IOException {
    boolean forward = direction == Direction.FORWARD;
    while (!entries.isValid()) {
      if (hasNextPart()) {
        openNextPart(meta);
        entries.rewind();
        continue;
      }
      if (forward ? current >= lastBlock : current <= firstBlock) {
        return;
      }
      open(meta, forward ? current + 1 : current - 1);
      entries.rewind();
    }
    valid = isWithinClip();
  }

  /** Only the last block in this direction may go on behind the clip. */
  private boolean isWithinClip() {
    return direction == Direction.FORWARD
        ? current < lastBlock || upper == null || entries.key().compareTo(upper) < 0
        : current > firstBlock || entries.key().compareTo(lower) >= 0;
  }

  private void openPart(LoadedMeta meta, int block, Slice key) throws IOException {
    current = -1;
    enterPart(meta, block, window.readPart(meta, block, key));
  }

  private boolean hasNextPart() {
    return isPart && window.hasNextPart();
  }

  private void openNextPart(LoadedMeta meta) throws IOException {
    int block = current;
    current = -1;
    enterPart(meta, block, window.readNextPart(meta, block));
  }

  private void enterPart(LoadedMeta meta, int block, Slice bytes) {
    entries.openPart(
        bytes, window.partFrom(), meta.root().baseEpoch, table.reader().name(), window.offset());
    current = block;
    isPart = true;
  }

  private void open(LoadedMeta meta, int block) throws IOException {
    if (block == current && !isPart) {
      return;
    }
    current = -1;
    isPart = false;
    Slice bytes =
        forCompaction
            ? window.read(meta, block, lastBlock)
            : window.readThroughCache(meta, block, firstBlock, lastBlock);
    entries.open(bytes, meta.root().baseEpoch, table.reader().name(), window.offset());
    current = block;
  }
}
