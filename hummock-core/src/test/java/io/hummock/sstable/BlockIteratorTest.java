package io.hummock.sstable;

import io.hummock.bytes.CorruptionException;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.testing.Entry;
import io.hummock.testing.IteratorContract;
import java.util.List;

/** An iterator over one block keeps the contract. */
class BlockIteratorTest extends IteratorContract {
  private int restartInterval = 1;

  @Override
  protected boolean canBeEmpty() {
    return false;
  }

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction)
      throws CorruptionException {
    restartInterval = restartInterval % 17 + 1; // each block another
    BlockIterator iterator = new BlockIterator(direction);
    iterator.open(TestTables.block(entries, restartInterval, 7), 7, "test block", 0);
    return iterator;
  }
}
