package io.hummock.sstable;

/**
 * How a table is written. The reader needs none of it: what it must know stands in the table.
 *
 * @param blockBytes the most that a block of several entries takes, uncompressed; 256 B to 1 MB
 * @param restartInterval every how many entries a block has a key in full; 1 to 1024
 * @param bloomBitsPerKey the size of the Bloom filters; 0 for none, at most 24
 * @param compressed whether blocks are compressed where that saves something
 */
public record SstableOptions(
    int blockBytes, int restartInterval, int bloomBitsPerKey, boolean compressed) {
  public SstableOptions {
    check("blockBytes", blockBytes, 256, 1 << 20);
    check("restartInterval", restartInterval, 1, 1024);
    check("bloomBitsPerKey", bloomBitsPerKey, 0, 24);
  }

  private static void check(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must lie between " + min + " and " + max);
    }
  }
}
