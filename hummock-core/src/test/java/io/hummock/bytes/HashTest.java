package io.hummock.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HashTest {
  /** Part of the file format: XXH3 with seed 0, of which the empty string's is published. */
  @Test
  void staysWhatItIs() {
    assertThat(Hash.hash64(Slice.EMPTY)).isEqualTo(0x2D06800538D394C2L);
  }

  @Test
  void dependsOnTheBytesOnly() {
    Slice bytes = Slice.utf8("..some bytes of a key..");
    Slice part = bytes.slice(2, 19);
    long hash = Hash.hash64(part);
    assertThat(Hash.hash64(part.copy())).isEqualTo(hash);
    assertThat(Hash.hash64(bytes.array(), 2, 19)).isEqualTo(hash);
    assertThat(Hash.hash64("some bytes of a key")).isEqualTo(hash);
    assertThat(Hash.hash64(bytes)).isNotEqualTo(hash);
  }
}
