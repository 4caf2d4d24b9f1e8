package io.hummock.version;

import io.hummock.bytes.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Tables that may overlap, newest first: a lookup asks one after the other.
 *
 * <p>Each holds the entries of one flush, hence of one epoch, or of several in a row. Tables that
 * have epochs in common do not overlap.
 */
public final class Tiering implements Level {
  public static final Tiering EMPTY = new Tiering(List.of());

  private final List<TableFile> tables;
  private final long bytes;
  private final int depth;

  /**
   * @param tables newest first
   * @throws IllegalArgumentException if an older table stands before a newer one, or two of one
   *     epoch overlap
   */
  public Tiering(List<TableFile> tables) {
    this.tables = List.copyOf(tables);
    this.bytes = tables.stream().mapToLong(TableFile::bytes).sum();
    checkOrder();
    this.depth = computeDepth();
  }

  /** The tables in the order of their epochs, newest first. */
  public static Tiering sorted(List<TableFile> tables) {
    List<TableFile> sorted = new ArrayList<>(tables);
    sorted.sort(Comparator.comparingLong((TableFile t) -> t.info().largestEpoch()).reversed());
    return new Tiering(sorted);
  }

  private void checkOrder() {
    for (int i = 0; i < tables.size(); i++) {
      TableFile newer = tables.get(i);
      for (int j = i + 1; j < tables.size(); j++) {
        TableFile older = tables.get(j);
        if (older.info().largestEpoch() > newer.info().largestEpoch()) {
          throw new IllegalArgumentException(newer + " stands before the newer " + older);
        }
        if (older.info().largestEpoch() < newer.info().smallestEpoch()) {
          break; // and so is everything behind it
        }
        if (older.overlaps(newer)) {
          throw new IllegalArgumentException(newer + " overlaps " + older + " of the same epoch");
        }
      }
    }
  }

  private int computeDepth() {
    int deepest = 0;
    for (TableFile table : tables) {
      deepest = Math.max(deepest, depthAt(table.smallest()));
    }
    return deepest;
  }

  /** How many tables may hold the key. */
  public int depthAt(Slice key) {
    int count = 0;
    for (TableFile table : tables) {
      if (table.covers(key)) {
        count++;
      }
    }
    return count;
  }

  /** The largest number of tables that may hold one key: what a lookup has to ask at worst. */
  public int depth() {
    return depth;
  }

  @Override
  public List<TableFile> tables() {
    return tables;
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
