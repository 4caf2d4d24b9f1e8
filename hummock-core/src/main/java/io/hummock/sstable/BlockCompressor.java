package io.hummock.sstable;

import io.airlift.compress.lz4.Lz4Compressor;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;

/**
 * Compresses the blocks of a table by LZ4, where that pays.
 *
 * <p>Blocks that follow each other are much alike. So after one that did not shrink enough some are
 * not tried: 1, then 3, 7 and so on up to {@value #MAX_SKIPPED}; one that shrinks starts over.
 * (What LZ4 itself does with the bytes of a block.) Data that does not compress costs next to
 * nothing so.
 *
 * <p>Not thread-safe.
 */
final class BlockCompressor {
  /** The most blocks in a row that are left as they are without a try. */
  static final int MAX_SKIPPED = 31;

  private final Lz4Compressor lz4 = new Lz4Compressor();
  private int toSkip;
  private int skippedLast;

  /**
   * Appends a block compressed, if that saves at least an eighth.
   *
   * @param target empty; stays empty where the answer is no
   * @return whether it was compressed
   */
  boolean compress(Slice raw, SliceBuilder target) {
    if (toSkip > 0) {
      toSkip--;
      return false;
    }
    int most = lz4.maxCompressedLength(raw.length());
    target.reserve(most);
    int length = lz4.compress(raw.array(), raw.offset(), raw.length(), target.array(), 0, most);
    if (length > raw.length() - raw.length() / 8) {
      toSkip = Math.min(2 * skippedLast + 1, MAX_SKIPPED);
      skippedLast = toSkip;
      target.clear();
      return false;
    }
    skippedLast = 0;
    target.truncate(length);
    return true;
  }
}
