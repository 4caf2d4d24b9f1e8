package io.hummock.version;

import io.hummock.bytes.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Tables in ascending key order that do not overlap: a lookup asks one of them. */
public final class Leveling implements Level {
  public static final Leveling EMPTY = new Leveling(List.of());

  private final List<TableFile> tables;
  private final long bytes;

  /**
   * @param tables in ascending order
   * @throws IllegalArgumentException if they overlap or are not in order
   */
  public Leveling(List<TableFile> tables) {
    this.tables = List.copyOf(tables);
    this.bytes = tables.stream().mapToLong(TableFile::bytes).sum();
    for (int i = 1; i < tables.size(); i++) {
      if (tables.get(i - 1).largest().compareTo(tables.get(i).smallest()) >= 0) {
        throw new IllegalArgumentException(tables.get(i - 1) + " stands before " + tables.get(i));
      }
    }
  }

  /** The tables in key order. */
  public static Leveling sorted(List<TableFile> tables) {
    List<TableFile> sorted = new ArrayList<>(tables);
    sorted.sort(Comparator.comparing(TableFile::smallest));
    return new Leveling(sorted);
  }

  /** The index of the first table that ends at or behind the key; their count if none does. */
  public int firstEndingAtOrAfter(Slice key) {
    int low = 0;
    int high = tables.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tables.get(middle).largest().compareTo(key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public List<TableFile> overlapping(Slice smallest, Slice largest) {
    int from = firstEndingAtOrAfter(smallest);
    int to = from;
    while (to < tables.size() && tables.get(to).smallest().compareTo(largest) <= 0) {
      to++;
    }
    return tables.subList(from, to);
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
