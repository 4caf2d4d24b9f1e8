package io.hummock.memtable;

import io.hummock.bytes.Hash;
import io.hummock.bytes.PageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one epoch: of each key the value, the tombstone, or what is appended to what older
 * sources have.
 *
 * <p>One thread writes. Any thread reads, also while the writer writes: a value that is read is one
 * that was written, whole; an iterator shows each entry that was there when it was first
 * positioned, as it is when the iterator comes to it.
 *
 * <p>Counted by references, one of which its creator has; with the last its pages go back, and no
 * method but {@link #retain} may be called any more. An open iterator has a reference of its own.
 */
public final class MemTable {
  /*
   * Entries lie in an arena in the order in which their keys were first written. Points go by a
   * hash index over the keys. An entry whose scan prefix is shorter than its key also belongs to
   * the set of that prefix, which a second hash index finds; all entries belong to one more set.
   * The order of a set is made when an iterator asks for it (KeyOrders). Elements are in these sets
   * only, each write of a key as one more entry; the order has the newest.
   *
   * A new entry is complete before a set or an index names it, and every step that can fail for
   * lack of memory comes before the first that others can see.
   */
  private static final int MAX_FIRST_SLACK = 256;

  private static final VarHandle COUNT;
  private static final VarHandle LAST;
  private static final VarHandle REFERENCES;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      COUNT = lookup.findVarHandle(MemTable.class, "count", int.class);
      LAST = lookup.findVarHandle(MemTable.class, "last", long.class);
      REFERENCES = lookup.findVarHandle(MemTable.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long epoch;
  private final Arena arena;
  private final Entries entries;
  private final Keys keys;
  private final KeyOrders orders;
  private final ScanPrefixes prefixes;

  private int all;
  private int count;

  /* Hash fragment and reference of the entry that was written last: the next call often is for it. */
  @SuppressWarnings("UnusedVariable") // by LAST only
  private long last;

  private volatile boolean frozen;
  private volatile int references = 1;

  /**
   * @param pages where all memory comes from, from the first write on
   * @param epoch the epoch of everything that is written to it
   */
  public MemTable(PageAllocator pages, long epoch) {
    this.epoch = epoch;
    arena = new Arena(pages);
    entries = new Entries(arena);
    keys = new Keys(pages, entries.keys());
    orders = new KeyOrders(pages, arena, entries);
    prefixes = new ScanPrefixes(pages, orders);
  }

  public long epoch() {
    return epoch;
  }

  /**
   * Gives a key a value, in place if the key is there and the value fits.
   *
   * @param hash {@link Hash#hash64(Slice)} of the key
   * @param scanPrefixLength how many leading bytes of the key scans ask by; the key's length if it
   *     is only reached by its key
   * @return false if there is no memory for it, and nothing has changed
   */
  public boolean put(Slice key, long hash, int scanPrefixLength, Slice value) {
    return put(key, hash, scanPrefixLength, value, false);
  }

  /**
   * As {@link #put}, of a key that has no value in any older source either: deleted again before
   * the epoch is sealed, it is not met any more afterwards, not even as a tombstone.
   */
  public boolean putFirst(Slice key, long hash, int scanPrefixLength, Slice value) {
    return put(key, hash, scanPrefixLength, value, true);
  }

  private boolean put(Slice key, long hash, int scanPrefixLength, Slice value, boolean isFirst) {
    int entry = find(key, hash);
    if (entry != Arena.NONE) {
      return entries.put(entry, value);
    }
    int capacity = Arena.roundUp(value.length());
    return insert(key, hash, scanPrefixLength, ValueKind.PUT, value, isFirst, capacity);
  }

  /** Marks a key as having no value, whatever older sources say; see {@link #put}. */
  public boolean delete(Slice key, long hash, int scanPrefixLength) {
    int entry = find(key, hash);
    if (entry != Arena.NONE) {
      entries.delete(entry);
      return true;
    }
    return insert(key, hash, scanPrefixLength, ValueKind.TOMBSTONE, Slice.EMPTY, false, 0);
  }

  /**
   * Appends to a key's value, in time that does not depend on the value's length; see {@link #put}.
   *
   * @throws IllegalArgumentException if the bytes appended in this epoch exceed 256 MB
   */
  public boolean append(Slice key, long hash, int scanPrefixLength, Slice operand) {
    int entry = find(key, hash);
    if (entry != Arena.NONE) {
      return entries.append(entry, operand);
    }
    int length = operand.length();
    int capacity = Arena.roundUp(length + Math.min(length, MAX_FIRST_SLACK));
    return insert(key, hash, scanPrefixLength, ValueKind.MERGE, operand, false, capacity);
  }

  /**
   * Writes a key of a set that is only ever scanned: what is written last is what scans meet. It
   * goes into no index, so {@link #get} does not find it, and costs no look at what is there.
   *
   * @param scanPrefixLength less than the key's length
   * @param kind put, the value is empty, or tombstone
   * @param isFirst whether the key has no value in any older source: if it is deleted again before
   *     the epoch is sealed, it mostly is not met afterwards, not even as a tombstone
   * @return see {@link #put}
   */
  public boolean writeElement(Slice key, int scanPrefixLength, ValueKind kind, boolean isFirst) {
    assert !frozen : "written after the epoch was sealed";
    assert scanPrefixLength >= KeySpace.LENGTH && scanPrefixLength < key.length();
    if (count >= Entries.MAX_NUMBER || !makeSetOfAll()) {
      return false;
    }
    orders.expectElements();
    int entry = entries.createElement(key, scanPrefixLength, kind, isFirst, count + 1);
    if (!addToSets(entry, key, scanPrefixLength)) {
      return false;
    }
    COUNT.setRelease(this, count + 1);
    return true;
  }

  /**
   * Says that no older source has a value of a key that was appended to: its value is whole, and
   * when it is deleted before the epoch is sealed, it is not met any more, as after {@link
   * #putFirst}. Changes no answer.
   */
  public void setFirst(Slice key, long hash) {
    int entry = find(key, hash);
    if (entry != Arena.NONE) {
      entries.setFirst(entry);
    }
  }

  private int find(Slice key, long hash) {
    assert !frozen : "written after the epoch was sealed";
    int fragment = HashIndex.fragment(hash);
    int entry = findLast(key, fragment);
    if (entry == Arena.NONE) {
      entry = keys.find(fragment, key.array(), key.offset(), key.length());
      if (entry != Arena.NONE) {
        setLast(fragment, entry);
      }
    }
    return entry;
  }

  /** The entry that was written last, if it has this key. */
  private int findLast(Slice key, int fragment) {
    long written = (long) LAST.getAcquire(this);
    return (int) (written >>> 32) == fragment
            && (int) written != Arena.NONE
            && entries.keys().hasKey((int) written, key.array(), key.offset(), key.length())
        ? (int) written
        : Arena.NONE;
  }

  private void setLast(int fragment, int entry) {
    LAST.setRelease(this, ((long) fragment << 32) | (entry & 0xFFFF_FFFFL));
  }

  private boolean insert(
      Slice key,
      long hash,
      int scanPrefixLength,
      ValueKind kind,
      Slice value,
      boolean isFirst,
      int capacity) {
    assert scanPrefixLength >= KeySpace.LENGTH && scanPrefixLength <= key.length();
    int fragment = HashIndex.fragment(hash);
    if (!keys.reserve(fragment) || !makeSetOfAll()) {
      return false;
    }
    int entry = entries.create(key, scanPrefixLength, kind, value, isFirst, capacity);
    if (!addToSets(entry, key, scanPrefixLength)) {
      return false;
    }
    keys.add(fragment, entry);
    setLast(fragment, entry);
    COUNT.setRelease(this, count + 1);
    return true;
  }

  /**
   * Adds a new entry, none if there was no memory for it; undoes it where there is none for this.
   */
  private boolean addToSets(int entry, Slice key, int scanPrefixLength) {
    if (entry == Arena.NONE) {
      return false;
    }
    if (scanPrefixLength == key.length()) {
      entries.link(entry, orders.newest(all), Arena.NONE);
    } else if (!addToPrefix(entry, key, scanPrefixLength)) {
      entries.undo(entry);
      return false;
    }
    orders.add(all, entry);
    return true;
  }

  private boolean makeSetOfAll() {
    if (all == Arena.NONE) {
      int set = orders.createSet();
      if (set == Arena.NONE) {
        return false;
      }
      VarHandle.releaseFence();
      all = set;
    }
    return true;
  }

  private boolean addToPrefix(int entry, Slice key, int length) {
    int fragment = HashIndex.fragment(Hash.hash64(key.array(), key.offset(), length));
    int set = prefixes.find(fragment, key.array(), key.offset(), length);
    boolean isNew = set == Arena.NONE;
    if (isNew) {
      if (!prefixes.reserve(fragment)) {
        return false;
      }
      set = orders.createSet(key.array(), key.offset(), length);
      if (set == Arena.NONE) {
        return false;
      }
    }
    entries.link(entry, orders.newest(all), orders.newest(set));
    orders.add(set, entry);
    if (isNew) {
      prefixes.add(fragment, set);
    }
    return true;
  }

  /** Adds what this memtable has of a key, if anything, to a lookup that wants more. */
  public void get(Slice key, long hash, ValueLookup into) {
    int fragment = HashIndex.fragment(hash);
    int entry = findLast(key, fragment);
    if (entry == Arena.NONE) {
      entry = keys.find(fragment, key.array(), key.offset(), key.length());
    }
    if (entry != Arena.NONE) {
      entries.read(entry, into);
    }
  }

  /** The bytes of the pages that it has, also of those that are partly or no longer used. */
  public long bytes() {
    return arena.bytes() + keys.bytes() + prefixes.bytes() + orders.bytes();
  }

  /** How many entries it has: one of each key, but of elements one of each write. */
  public int count() {
    return (int) COUNT.getAcquire(this);
  }

  boolean isFrozen() {
    return frozen;
  }

  public boolean isEmpty() {
    return count() == 0;
  }

  /** Ends writing: afterwards nothing changes any more. */
  public void freeze() {
    frozen = true;
  }

  /**
   * All entries; of a frozen one without tombstones that surely hide nothing. Needs no memory of
   * the allocator, but keeps the order there if there is room.
   */
  public HummockIterator iterator(Direction direction) {
    return new MemTableIterator(this, entries, orders, all, false, direction);
  }

  /**
   * The entries that were written with exactly this scan prefix, shorter than their key; costs what
   * these cost, whatever else is in the memtable.
   *
   * @param hash {@link Hash#hash64(Slice)} of the prefix
   * @return null if there are none
   */
  public @Nullable HummockIterator prefixIterator(Slice prefix, long hash, Direction direction) {
    int fragment = HashIndex.fragment(hash);
    int set = prefixes.find(fragment, prefix.array(), prefix.offset(), prefix.length());
    return set == Arena.NONE
        ? null
        : new MemTableIterator(this, entries, orders, set, true, direction);
  }

  /** As {@link #prefixIterator(Slice, long, Direction)}, but never null. */
  public HummockIterator prefixIterator(Slice prefix, Direction direction) {
    HummockIterator iterator = prefixIterator(prefix, Hash.hash64(prefix), direction);
    return iterator != null
        ? iterator
        : new MemTableIterator(this, entries, orders, Arena.NONE, true, direction);
  }

  /** Takes a reference; false if the last one was already released. */
  public boolean retain() {
    while (true) {
      int now = references;
      if (now == 0) {
        return false;
      }
      if (REFERENCES.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives a reference back. */
  public void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException("memtable released once too often");
    }
    if (before == 1) {
      prefixes.release();
      keys.release();
      orders.release();
      arena.release();
    }
  }
}
