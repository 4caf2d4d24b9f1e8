package io.hummock.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.testing.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What {@link SliceBuilder} writes {@link SliceReader} reads, and nothing else. */
class SliceReaderTest {
  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  private interface Read {
    void from(SliceReader reader) throws CorruptionException;
  }

  @Test
  void readsWhatWasWrittenAndRefusesEveryTruncation() throws CorruptionException {
    for (int round = 0; round < 200; round++) {
      SliceBuilder out = new SliceBuilder(random.nextInt(3));
      List<Read> reads = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        reads.add(write(out));
      }
      Slice bytes = out.slice();
      SliceReader whole = new SliceReader(bytes, "object", 0);
      for (Read read : reads) {
        read.from(whole);
      }
      assertThat(whole.remaining()).isZero();
      int length = random.nextInt(bytes.length());
      SliceReader truncated = new SliceReader(bytes.slice(0, length), "object", 100);
      assertThatThrownBy(
              () -> {
                for (Read read : reads) {
                  read.from(truncated);
                }
              })
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("object @");
    }
  }

  private Read write(SliceBuilder out) {
    long number = random.nextLong() >>> random.nextInt(64);
    byte[] bytes = new byte[random.nextInt(50)];
    random.nextBytes(bytes);
    Slice slice = Slice.of(bytes);
    switch (random.nextInt(7)) {
      case 0 -> {
        out.writeByte((int) number);
        return in -> assertThat(in.readUnsignedByte()).isEqualTo((int) number & 0xFF);
      }
      case 1 -> {
        out.writeInt((int) number);
        return in -> assertThat(in.readInt()).isEqualTo((int) number);
      }
      case 2 -> {
        out.writeLong(number);
        return in -> assertThat(in.readLong()).isEqualTo(number);
      }
      case 3 -> {
        out.writeVarint(number);
        return in -> assertThat(in.readVarint()).isEqualTo(number);
      }
      case 4 -> {
        out.writeLengthPrefixed(slice);
        return in -> assertThat(in.readLengthPrefixed(50, "bytes")).isEqualTo(slice);
      }
      case 5 -> {
        out.write(ByteBuffer.wrap(bytes), 0, bytes.length).writeByte(7);
        return in -> {
          assertThat(in.readSlice(bytes.length)).isEqualTo(slice);
          assertThat(in.readUnsignedByte()).isEqualTo(7);
        };
      }
      default -> {
        out.writeVarint((int) number & 0xFFFF);
        return in -> assertThat(in.readVarint(0xFFFF, "number")).isEqualTo((int) number & 0xFFFF);
      }
    }
  }

  @Test
  void numbersAreLittleEndianAndVarintsHaveTheirLowBitsFirst() {
    SliceBuilder out = new SliceBuilder();
    out.writeInt(0x01020304).writeLong(0x0102030405060708L).writeVarint(300).writeVarint(127);
    assertThat(out.slice()).hasToString("04030201" + "0807060504030201" + "ac02" + "7f");
    out.clear();
    assertThat(out.writeVarint(-1).slice()).hasToString("ffffffffffffffffff01");
  }

  @Test
  void refusesLengthsBeyondTheirLimitBeforeItReads() {
    Slice bytes = new SliceBuilder().writeVarint(1L << 40).slice();
    assertThatThrownBy(() -> new SliceReader(bytes, "o", 5).readLengthPrefixed(1000, "key"))
        .isInstanceOf(CorruptionException.class)
        .hasMessage("o @11: expected key of at most 1000, found 1099511627776");
    Slice negative = new SliceBuilder().writeVarint(-1).slice();
    assertThatThrownBy(() -> new SliceReader(negative, "o", 0).readVarint(10, "count"))
        .isInstanceOf(CorruptionException.class);
    assertThatThrownBy(() -> new SliceReader(bytes, "o", 0).readSlice(-1))
        .isInstanceOf(CorruptionException.class);
  }

  @Test
  void refusesAVarintThatDoesNotEnd() {
    byte[] bytes = new byte[11];
    Arrays.fill(bytes, (byte) 0x80);
    assertThatThrownBy(() -> new SliceReader(Slice.of(bytes), "o", 0).readVarint())
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("a varint of at most 10 bytes");
  }

  @Test
  void aBuilderShortensAndGoesOn() {
    SliceBuilder out = new SliceBuilder();
    out.writeInt(1).writeInt(2);
    out.truncate(4);
    out.writeByte(9);
    assertThat(out.slice()).hasToString("0100000009");
    assertThatThrownBy(() -> out.truncate(6)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
