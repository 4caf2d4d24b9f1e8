package io.hummock.sstable;

/** Names a block in the cache. Mutable, so that a thread can look up without making one. */
final class BlockKey {
  private long table;
  private int ordinal;

  BlockKey() {}

  BlockKey(long table, int ordinal) {
    set(table, ordinal);
  }

  /** Only for a key that is in no map. */
  void set(long newTable, int newOrdinal) {
    table = newTable;
    ordinal = newOrdinal;
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof BlockKey other && other.table == table && other.ordinal == ordinal;
  }

  @Override
  public int hashCode() {
    long mixed = (table * 0x9E37_79B9_7F4A_7C15L + ordinal) * 0xC2B2_AE3D_27D4_EB4FL;
    return (int) (mixed >>> 32);
  }
}
