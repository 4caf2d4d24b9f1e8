package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.lz4.Lz4Decompressor;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockCompressorTest {
  private static final Slice TEXT = Slice.utf8("a block of words that are the same ".repeat(100));
  private static final Slice NOISE = noise();

  private final BlockCompressor compressor = new BlockCompressor();
  private final SliceBuilder target = new SliceBuilder();

  private boolean compresses(Slice block) {
    target.clear();
    boolean compressed = compressor.compress(block, target);
    assertThat(target.length() > 0).isEqualTo(compressed);
    return compressed;
  }

  private static Slice noise() {
    byte[] bytes = new byte[4096];
    new Random(7).nextBytes(bytes);
    return Slice.of(bytes);
  }

  @Test
  void allBlocksThatShrinkAreCompressed() {
    for (int i = 0; i < 100; i++) {
      assertThat(compresses(TEXT)).isTrue();
      byte[] raw = new byte[TEXT.length()];
      int length =
          new Lz4Decompressor().decompress(target.array(), 0, target.length(), raw, 0, raw.length);
      assertThat(Slice.of(raw, 0, length)).isEqualTo(TEXT);
    }
  }

  @Test
  void blocksThatDoNotShrinkAreLeftAsTheyAre() {
    for (int i = 0; i < 100; i++) {
      assertThat(compresses(NOISE)).isFalse();
    }
  }

  @Test
  void afterEachBlockThatDidNotShrinkTwiceAsManyAreNotTried() {
    for (int skipped : new int[] {1, 3, 7, 15, 31, 31, 31}) {
      assertThat(compresses(NOISE)).isFalse();
      for (int i = 0; i < skipped; i++) {
        assertThat(compresses(TEXT)).as("%s of %s", i, skipped).isFalse();
      }
    }
    assertThat(compresses(TEXT)).isTrue();
    assertThat(compresses(NOISE)).isFalse();
    assertThat(compresses(TEXT)).as("the first after one that shrank").isFalse();
    assertThat(compresses(TEXT)).isTrue();
  }
}
