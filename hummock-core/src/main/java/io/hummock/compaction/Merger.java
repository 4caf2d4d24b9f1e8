package io.hummock.compaction;

import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.iterator.CompactionFilter;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;

/**
 * Copies entries from an iterator into tables, and of each key only what somebody may still see:
 * the newest version, with its merge operands folded.
 *
 * <p>Not thread-safe.
 */
public final class Merger {
  /*
   * Readers pin tables, never epochs: whoever needs an older version of a key has the tables that
   * hold it. So the newest version is the only one that a new table needs:
   *
   *   put                                -> put
   *   tombstone                          -> tombstone, or nothing if nothing older lies deeper
   *   operands, then put or tombstone    -> put
   *   operands only                      -> operand, or put if nothing older lies deeper
   *
   * An operand that the filter drops is nothing: it hides nothing.
   * A put that the filter drops is a tombstone from then on: what is older may not reappear.
   */
  /** How many keys are copied between two questions whether to give up. */
  public static final int ENTRIES_BETWEEN_CHECKS = 256;

  private final OlderEntries older;
  private final CompactionFilter filter;
  private final TableWriter output;
  private final BooleanSupplier cancelled;
  private final long unknownExpiry;

  private final SliceBuilder key = new SliceBuilder();
  private final ValueLookup operands = new ValueLookup();

  /**
   * @param older what lies below the entries
   * @param filter sees every whole value
   * @param unknownExpiry when those expire that the filter does not know yet
   * @param output gets the entries
   * @param cancelled asked now and then whether to give up
   */
  public Merger(
      OlderEntries older,
      CompactionFilter filter,
      long unknownExpiry,
      TableWriter output,
      BooleanSupplier cancelled) {
    this.older = older;
    this.filter = filter.open();
    this.unknownExpiry = unknownExpiry;
    this.output = output;
    this.cancelled = cancelled;
  }

  /**
   * Copies everything.
   *
   * @param source all versions, ascending
   */
  public void copy(HummockIterator source) throws IOException {
    source.rewind();
    for (long count = 1; source.isValid(); count++) {
      if (count % ENTRIES_BETWEEN_CHECKS == 0 && cancelled.getAsBoolean()) {
        throw new InterruptedIOException("the store is being closed");
      }
      key.clear();
      key.write(source.key());
      if (source.kind() == ValueKind.MERGE) {
        fold(source);
      } else {
        write(source.epoch(), source.scanPrefixLength(), source.kind(), source.value());
      }
      while (isAtKey(source)) {
        source.next();
      }
    }
  }

  private void fold(HummockIterator source) throws IOException {
    long epoch = source.epoch();
    int scanPrefixLength = source.scanPrefixLength();
    operands.reset();
    do {
      Slice value = source.value();
      operands.add(source.kind(), value.array(), value.offset(), value.length());
      source.next();
    } while (!operands.isComplete() && isAtKey(source));
    boolean isWhole = operands.isComplete() || !older.mayHold(key.slice());
    write(epoch, scanPrefixLength, isWhole ? ValueKind.PUT : ValueKind.MERGE, operands.value());
  }

  private boolean isAtKey(HummockIterator source) {
    return source.isValid() && source.key().equals(key.slice());
  }

  private void write(long epoch, int scanPrefixLength, ValueKind kind, Slice value)
      throws IOException {
    switch (kind) {
      case PUT -> {
        Slice kept = filter.filter(key.slice(), value);
        if (kept == null) {
          writeTombstone(epoch, scanPrefixLength);
        } else {
          write(epoch, scanPrefixLength, kind, kept, expiry(kept));
        }
      }
      case MERGE -> {
        Slice kept = filter.filterOperand(key.slice(), value);
        if (kept != null) {
          write(epoch, scanPrefixLength, kind, kept, expiry(kept));
        }
      }
      case TOMBSTONE -> writeTombstone(epoch, scanPrefixLength);
    }
  }

  private void writeTombstone(long epoch, int scanPrefixLength) throws IOException {
    if (older.mayHold(key.slice())) {
      write(epoch, scanPrefixLength, ValueKind.TOMBSTONE, Slice.EMPTY, CompactionFilter.NEVER);
    }
  }

  private void write(long epoch, int scanPrefixLength, ValueKind kind, Slice value, long expiry)
      throws IOException {
    output.add(key.slice(), epoch, scanPrefixLength, kind, value, expiry);
  }

  private long expiry(Slice kept) {
    long expiry = filter.expiry(key.slice(), kept);
    return expiry == CompactionFilter.UNKNOWN ? unknownExpiry : expiry;
  }
}
