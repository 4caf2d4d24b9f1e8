package io.hummock.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.testing.Entry;
import io.hummock.testing.IteratorContract;
import io.hummock.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The contract over a memtable whose order was asked for several times while it grew. */
class MemTableIteratorTest extends IteratorContract {
  private final Random random = new Random(Seeds.base());

  @Override
  protected Content content() {
    return Content.ONE_EPOCH;
  }

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) {
    MemTable table = new MemTable(new HeapPageAllocator(1 << 30), EPOCH);
    List<Entry> shuffled = new ArrayList<>(entries);
    Collections.shuffle(shuffled, random);
    for (Entry entry : shuffled) {
      write(table, entry);
      if (random.nextInt(Math.max(1, table.count() / 4)) == 0) {
        try (MemTableIterator early = (MemTableIterator) table.iterator(Direction.FORWARD)) {
          early.rewind();
          early.seek(FullKey.first(entry.key()));
          assertThat(early.key()).isEqualTo(entry.key());
        }
      }
    }
    HummockIterator iterator = table.iterator(direction);
    // The iterator has a reference of its own.
    table.release();
    return iterator;
  }

  private static void write(MemTable table, Entry entry) {
    Slice key = entry.key();
    long hash = Hash.hash64(key);
    boolean written =
        switch (entry.kind()) {
          case PUT -> table.put(key, hash, entry.scanPrefixLength(), entry.value());
          case TOMBSTONE -> table.delete(key, hash, entry.scanPrefixLength());
          case MERGE -> table.append(key, hash, entry.scanPrefixLength(), entry.value());
        };
    assertThat(written).isTrue();
  }
}
