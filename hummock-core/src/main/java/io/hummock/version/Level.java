package io.hummock.version;

import io.hummock.bytes.Slice;
import java.util.ArrayList;
import java.util.List;

/** The tables of one level, in the order of its kind. Immutable; checks its order when made. */
public sealed interface Level permits Tiering, Leveling {
  /** The tables; not to be changed. */
  List<TableFile> tables();

  /** The bytes of all tables. */
  long bytes();

  default boolean isEmpty() {
    return tables().isEmpty();
  }

  /** The tables that may have keys between both bounds, included, in this level's order. */
  default List<TableFile> overlapping(Slice smallest, Slice largest) {
    List<TableFile> found = new ArrayList<>();
    for (TableFile table : tables()) {
      if (table.overlaps(smallest, largest)) {
        found.add(table);
      }
    }
    return found;
  }
}
