package io.hummock.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ChecksumTest {
  /** The check value of the CRC catalogue for CRC-32C. */
  private static final int CHECK = 0xE3069283;

  private final Slice digits = Slice.utf8("x123456789y").slice(1, 9);

  @Test
  void isCrc32c() {
    assertThat(Checksum.crc32c(digits)).isEqualTo(CHECK);
  }

  @Test
  void ofABufferIsThatOfItsBytesAndDoesNotMoveIt() {
    for (ByteBuffer buffer : new ByteBuffer[] {ByteBuffer.allocate(11), directBuffer()}) {
      buffer.put(1, digits.array(), digits.offset(), digits.length());
      buffer.position(1).limit(10);
      assertThat(Checksum.crc32c(buffer)).isEqualTo(CHECK);
      assertThat(buffer.position()).isEqualTo(1);
    }
  }

  private static ByteBuffer directBuffer() {
    return ByteBuffer.allocateDirect(11);
  }

  @Test
  void aDifferenceIsReportedWithItsPlaceAndBothValues() throws CorruptionException {
    Checksum.verify(digits, CHECK, "00.sst", 42);
    assertThatThrownBy(() -> Checksum.verify(digits, 1, "00.sst", 42))
        .isInstanceOf(CorruptionException.class)
        .hasMessage("00.sst @42: expected checksum 1, found e3069283");
  }
}
