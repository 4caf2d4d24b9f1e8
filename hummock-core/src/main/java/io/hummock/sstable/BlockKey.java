package io.hummock.sstable;

/**
 * Names a block among all tables.
 *
 * @param table the number that the cache gave the table
 * @param ordinal the number of the block in the table; others than blocks have negative ones
 */
record BlockKey(long table, int ordinal) {
  @Override
  public int hashCode() {
    long mixed = (table * 0x9E37_79B9_7F4A_7C15L + ordinal) * 0xC2B2_AE3D_27D4_EB4FL;
    return (int) (mixed >>> 32);
  }
}
