package io.hummock.version;

import static io.hummock.version.TestTables.clipped;
import static io.hummock.version.TestTables.expiring;
import static io.hummock.version.TestTables.key;
import static io.hummock.version.TestTables.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private final Version version =
      Version.empty(3)
          .apply(VersionDelta.add(0, List.of(table(1, 4, "a", "c", 1), table(2, 4, "d", "e", 2))))
          .apply(
              VersionDelta.add(
                  2,
                  List.of(
                      clipped(expiring(table(3, 2, key(1, "a"), key(9, "b"), 3), 1_000), 2, 5))));
  private final Manifest manifest = Manifest.of(42, 6, version);

  @Test
  void readsWhatItWrote() throws CorruptionException {
    assertThat(Manifest.decode(manifest.encode(), "m")).isEqualTo(manifest);
    assertThat(manifest.nextEpoch()).isEqualTo(7);
    Manifest empty = Manifest.of(-1, 0, Version.empty(2));
    assertThat(Manifest.decode(empty.encode(), "m")).isEqualTo(empty);
  }

  /** By docs/format.md, not by the code above. */
  @Test
  void liesInBytesAsDocumented() {
    Slice bytes = manifest.encode();
    ByteBuffer in = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[8];
    in.get(magic);
    assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("HMKMNFT\n");
    assertThat(in.getInt()).isEqualTo(2);
    assertThat(in.getLong()).isEqualTo(42);
    assertThat(varint(in)).as("sealed epoch").isEqualTo(6);
    assertThat(varint(in)).as("next epoch").isEqualTo(7);
    assertThat(varint(in)).as("levels").isEqualTo(3);
    assertThat(varint(in)).as("tables of level 0").isEqualTo(2);
    checkTable(in, 1, 0, 65535, 1024, key("a"), key("c"), 4);
    checkTable(in, 2, 0, 65535, 2048, key("d"), key("e"), 4);
    assertThat(varint(in)).as("tables of level 1").isZero();
    assertThat(varint(in)).as("tables of level 2").isEqualTo(1);
    checkTable(in, 3, 2, 5, 3072, key(1, "a"), key(9, "b"), 2);
    int checksum = in.getInt();
    assertThat(in.hasRemaining()).isFalse();
    assertThat(checksum).isEqualTo(Checksum.crc32c(bytes.slice(0, bytes.length() - 4)));
  }

  private static void checkTable(
      ByteBuffer in,
      long number,
      int first,
      int last,
      long dataBytes,
      Slice smallest,
      Slice largest,
      long epoch) {
    assertThat(new UUID(in.getLong(), in.getLong())).as("file").isEqualTo(new UUID(0, number));
    assertThat(varint(in)).as("first partition").isEqualTo(first);
    assertThat(varint(in)).as("last partition").isEqualTo(last);
    assertThat(new UUID(in.getLong(), in.getLong())).as("id").isEqualTo(new UUID(0, number));
    assertThat(varint(in)).as("data bytes").isEqualTo(dataBytes);
    assertThat(varint(in)).as("meta bytes").isEqualTo(1);
    assertThat(in.getInt()).as("meta checksum").isEqualTo(77);
    assertThat(bytes(in)).as("smallest key").isEqualTo(smallest);
    assertThat(bytes(in)).as("largest key").isEqualTo(largest);
    assertThat(varint(in)).as("smallest epoch").isEqualTo(epoch);
    assertThat(varint(in)).as("epochs").isZero();
    assertThat(varint(in)).as("entries").isEqualTo(100);
    assertThat(varint(in)).as("tombstones").isZero();
    assertThat(varint(in)).as("merge operands").isZero();
    assertThat(varint(in)).as("expiry").isEqualTo(number == 3 ? 1_001 : 0);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static Slice bytes(ByteBuffer in) {
    byte[] bytes = new byte[(int) varint(in)];
    in.get(bytes);
    return Slice.of(bytes);
  }

  @Test
  void everyFlippedBitIsFound() {
    byte[] bytes = manifest.encode().toByteArray();
    for (int i = 0; i < bytes.length * 8; i++) {
      bytes[i / 8] ^= (byte) (1 << i % 8);
      assertThatThrownBy(() -> Manifest.decode(Slice.of(bytes), "m-1"))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("m-1");
      bytes[i / 8] ^= (byte) (1 << i % 8);
    }
  }

  @Test
  void everyTruncationIsFound() {
    Slice bytes = manifest.encode();
    for (int i = 0; i < bytes.length(); i++) {
      Slice cut = bytes.slice(0, i);
      assertThatThrownBy(() -> Manifest.decode(cut, "m-1")).isInstanceOf(CorruptionException.class);
    }
  }

  /** With the checksum put right, so that only the contents tell. */
  @Test
  void everyFlippedBitBehindARightChecksumIsReadOrRefused() {
    Slice encoded = manifest.encode();
    byte[] bytes = encoded.slice(0, encoded.length() - 4).toByteArray();
    int refused = 0;
    for (int i = 0; i < bytes.length * 8; i++) {
      bytes[i / 8] ^= (byte) (1 << i % 8);
      SliceBuilder out = new SliceBuilder().write(Slice.of(bytes));
      out.writeInt(Checksum.crc32c(out.slice()));
      try {
        Manifest.decode(out.slice(), "m-1");
      } catch (CorruptionException expected) {
        refused++;
      }
      bytes[i / 8] ^= (byte) (1 << i % 8);
    }
    assertThat(refused).isGreaterThan(bytes.length);
  }

  @Test
  void aNewerFormatIsNamed() {
    byte[] bytes = manifest.encode().toByteArray();
    bytes[8] = 3;
    assertThatThrownBy(() -> Manifest.decode(Slice.of(bytes), "m-1"))
        .isInstanceOf(CorruptionException.class)
        .hasMessage("m-1 @8: expected manifest format 2 or 1, found 3");
  }

  /** It ends where the number of merge operands does. */
  @Test
  void theFirstFormatIsReadAndNothingInItExpires() throws CorruptionException {
    Version one = Version.empty(2).apply(VersionDelta.add(1, List.of(table(1, 4, "a", "c", 1))));
    Manifest written = Manifest.of(42, 6, one);
    Slice encoded = written.encode();
    byte[] bytes = encoded.slice(0, encoded.length() - 4 - 1).toByteArray();
    bytes[8] = 1;
    SliceBuilder out = new SliceBuilder().write(Slice.of(bytes));
    out.writeInt(Checksum.crc32c(out.slice()));
    assertThat(Manifest.decode(out.slice(), "m")).isEqualTo(written);
  }

  @Test
  void aTableNewerThanTheSealedEpochIsRefused() {
    assertThatThrownBy(() -> Manifest.of(1, 3, version))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
