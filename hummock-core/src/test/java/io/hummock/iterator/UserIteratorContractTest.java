package io.hummock.iterator;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;
import io.hummock.testing.Entry;
import io.hummock.testing.EntryListIterator;
import io.hummock.testing.IteratorContract;
import java.io.IOException;
import java.util.List;

/** The verbs of {@link UserIterator} keep the contract, over keys that have a value. */
class UserIteratorContractTest extends IteratorContract {
  @Override
  protected Content content() {
    return Content.VALUES;
  }

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) {
    return new Adapter(
        new UserIterator(
            new EntryListIterator(entries, direction), EPOCH, Slice.EMPTY, null, direction),
        direction);
  }

  /** Gives each key the one epoch that the entries have. */
  private record Adapter(UserIterator user, Direction direction) implements HummockIterator {
    @Override
    public void rewind() throws IOException {
      user.rewind();
    }

    @Override
    public void seek(FullKey target) throws IOException {
      user.seek(target.key());
      boolean targetIsPastTheKeysOnlyVersion =
          direction.order(Long.compare(target.epoch(), EPOCH)) < 0;
      if (user.isValid() && user.key().equals(target.key()) && targetIsPastTheKeysOnlyVersion) {
        user.next();
      }
    }

    @Override
    public void next() throws IOException {
      user.next();
    }

    @Override
    public boolean isValid() {
      return user.isValid();
    }

    @Override
    public Slice key() {
      return user.key();
    }

    @Override
    public long epoch() {
      return EPOCH;
    }

    @Override
    public int scanPrefixLength() {
      return user.scanPrefixLength();
    }

    @Override
    public ValueKind kind() {
      return ValueKind.PUT;
    }

    @Override
    public Slice value() {
      return user.value();
    }

    @Override
    public void close() throws IOException {
      user.close();
    }
  }
}
