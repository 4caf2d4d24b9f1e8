package io.hummock.sstable;

import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.PartitionRange;
import io.hummock.testing.Entry;
import io.hummock.testing.IteratorContract;
import java.io.IOException;
import java.util.List;

/** An iterator over a whole table keeps the contract. */
class SstableIteratorTest extends IteratorContract {
  private int shape;

  @Override
  protected boolean canBeEmpty() {
    return false;
  }

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) throws IOException {
    shape++;
    SstableOptions options =
        new SstableOptions(256 << (shape % 6), 1 + shape % 20, shape % 3 * 5, shape % 2 == 0);
    TestTables tables = new TestTables(shape % 4 == 0 ? 0 : 64 << 10 << (shape % 5));
    return tables.open(tables.write(options, entries)).iterator(direction, PartitionRange.ALL);
  }
}
