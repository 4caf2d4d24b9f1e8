package io.hummock.testing;

import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import java.util.List;

/** The contract holds for the iterator that other tests are built on. */
class EntryListIteratorTest extends IteratorContract {
  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) {
    return new EntryListIterator(entries, direction);
  }
}
