package io.hummock.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.testing.Seeds;
import java.util.Comparator;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FullKeyTest {
  private record Parts(KeySpace space, Slice userKey, long epoch) {
    FullKey fullKey() {
      return new FullKey(space.key(userKey), epoch);
    }
  }

  private static final Comparator<Parts> ORDER =
      Comparator.<Parts>comparingInt(parts -> parts.space().partition())
          .thenComparing((left, right) -> unsigned(left.space().id(), right.space().id()))
          .thenComparing(Parts::userKey)
          .thenComparing(Comparator.comparingLong(Parts::epoch).reversed());

  private static int unsigned(long left, long right) {
    return Long.compareUnsigned(left, right);
  }

  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  @Test
  void sortsByKeySpaceThenUserKeyThenEpochNewestFirst() {
    for (int i = 0; i < 50_000; i++) {
      Parts left = parts();
      Parts right = parts();
      int expected = Integer.signum(ORDER.compare(left, right));
      assertThat(Integer.signum(left.fullKey().compareTo(right.fullKey()))).isEqualTo(expected);
      assertThat(Integer.signum(left.space().compareTo(right.space())))
          .isEqualTo(Integer.signum(left.space().encode().compareTo(right.space().encode())));
    }
  }

  @Test
  void firstAndLastEncloseTheVersionsOfTheirKeyOnly() {
    for (int i = 0; i < 10_000; i++) {
      Parts parts = parts();
      FullKey version = parts.fullKey();
      assertThat(FullKey.first(version.key())).isLessThanOrEqualTo(version);
      assertThat(FullKey.last(version.key())).isGreaterThanOrEqualTo(version);
      FullKey other = parts().fullKey();
      if (other.key().compareTo(version.key()) > 0) {
        assertThat(FullKey.last(version.key())).isLessThan(FullKey.first(other.key()));
      }
    }
  }

  private Parts parts() {
    KeySpace space =
        new KeySpace(random.nextInt(2) * KeySpace.MAX_PARTITION, random.nextInt(3) - 1L);
    byte[] userKey = new byte[random.nextInt(4)];
    for (int i = 0; i < userKey.length; i++) {
      userKey[i] = (byte) (random.nextInt(3) - 1);
    }
    return new Parts(space, Slice.of(userKey), random.nextInt(3));
  }

  @Test
  void aKeySpaceIsReadBackFromEveryKeyInIt() throws CorruptionException {
    for (int i = 0; i < 1000; i++) {
      KeySpace space = new KeySpace(random.nextInt(1 << 16), random.nextLong());
      Slice key = space.key(Slice.utf8("user key"));
      assertThat(key.length()).isEqualTo(KeySpace.LENGTH + 8);
      assertThat(KeySpace.of(key)).isEqualTo(space);
      assertThat(KeySpace.partition(key)).isEqualTo(space.partition());
      assertThat(key.startsWith(space.encode())).isTrue();
    }
  }

  @Test
  void aKeySpaceIsTenBytesBigEndian() {
    assertThat(new KeySpace(0x0102, 0x030405060708090AL).encode())
        .hasToString("0102030405060708090a");
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new FullKey(Slice.EMPTY, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KeySpace(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KeySpace(1 << 16, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> KeySpace.of(Slice.of(new byte[9])))
        .isInstanceOf(CorruptionException.class);
    assertThatThrownBy(() -> new PartitionRange(2, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PartitionRange(0, 1 << 16))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void partitionRangesAnswerLikeSetsOfPartitions() {
    for (int i = 0; i < 10_000; i++) {
      PartitionRange one = range();
      PartitionRange other = range();
      boolean intersects = false;
      boolean contains = true;
      for (int partition = 0; partition < 10; partition++) {
        boolean inOther = other.contains(partition);
        intersects |= one.contains(partition) && inOther;
        contains &= one.contains(partition) || !inOther;
      }
      assertThat(one.intersects(other)).isEqualTo(intersects);
      assertThat(one.contains(other)).isEqualTo(contains);
      if (intersects) {
        PartitionRange both = one.intersection(other);
        for (int partition = 0; partition < 10; partition++) {
          assertThat(both.contains(partition))
              .isEqualTo(one.contains(partition) && other.contains(partition));
        }
      }
    }
    assertThat(PartitionRange.ALL.contains(new KeySpace(0xFFFF, -1).encode())).isTrue();
    assertThat(new PartitionRange(0x0102, 0x0103).lowerKey()).hasToString("0102");
  }

  private PartitionRange range() {
    int first = random.nextInt(10);
    return new PartitionRange(first, first + random.nextInt(10 - first));
  }

  @Test
  void kindsAreKnownByTheirTagsAndNothingElse() throws CorruptionException {
    for (ValueKind kind : ValueKind.values()) {
      assertThat(ValueKind.of(kind.tag(), "o", 0)).isEqualTo(kind);
    }
    for (int tag : new int[] {-1, 3, 255}) {
      assertThatThrownBy(() -> ValueKind.of(tag, "o", 3))
          .isInstanceOf(CorruptionException.class)
          .hasMessageStartingWith("o @3");
    }
  }
}
