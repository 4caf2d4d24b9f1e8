package io.hummock.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.testing.Seeds;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ValueLookupTest {
  private final ValueLookup lookup = new ValueLookup();

  @Test
  void operandsStandBehindTheirBaseOldestFirst() {
    add(ValueKind.MERGE, "third");
    add(ValueKind.MERGE, "second,");
    assertThat(lookup.isComplete()).isFalse();
    add(ValueKind.PUT, "first,");
    assertThat(lookup.isComplete()).isTrue();
    assertThat(lookup.value()).isEqualTo(Slice.utf8("first,second,third"));
  }

  @Test
  void operandsWithoutABaseAreAValue() {
    add(ValueKind.MERGE, "b");
    add(ValueKind.MERGE, "a");
    assertThat(lookup.isFound()).isTrue();
    assertThat(lookup.value()).isEqualTo(Slice.utf8("ab"));
  }

  @Test
  void aTombstoneEndsTheSearchAndLeavesWhatWasAppendedSince() {
    add(ValueKind.MERGE, "since");
    add(ValueKind.TOMBSTONE, "");
    assertThat(lookup.isComplete()).isTrue();
    assertThat(lookup.value()).isEqualTo(Slice.utf8("since"));
  }

  @Test
  void aLoneTombstoneIsNoValueAndAnEmptyPutIsOne() {
    add(ValueKind.TOMBSTONE, "");
    assertThat(lookup.isFound()).isFalse();
    assertThat(lookup.valueOrNull()).isNull();
    assertThatThrownBy(lookup::value).isInstanceOf(IllegalStateException.class);
    lookup.reset();
    add(ValueKind.PUT, "");
    assertThat(lookup.value()).isEqualTo(Slice.EMPTY);
  }

  @Test
  void takesNothingAfterItIsComplete() {
    add(ValueKind.PUT, "a");
    assertThatThrownBy(() -> add(ValueKind.MERGE, "b")).isInstanceOf(AssertionError.class);
  }

  @Test
  void givesBackRoomThatWasMadeInVain() {
    add(ValueKind.MERGE, "kept");
    int at = lookup.prepend(1000);
    lookup.array()[at] = 1;
    lookup.retract(1000);
    add(ValueKind.PUT, "and ");
    assertThat(lookup.value()).isEqualTo(Slice.utf8("and kept"));
  }

  @Test
  void growsWithWhatItHoldsAndCanBeUsedAgain() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int round = 0; round < 100; round++) {
      lookup.reset();
      Slice expected = Slice.EMPTY;
      int pieces = 1 + random.nextInt(20);
      for (int i = 0; i < pieces; i++) {
        byte[] bytes = new byte[random.nextInt(500)];
        random.nextBytes(bytes);
        ValueKind kind = i == pieces - 1 ? ValueKind.PUT : ValueKind.MERGE;
        if (random.nextBoolean()) {
          lookup.add(kind, bytes, 0, bytes.length);
        } else {
          lookup.add(kind, ByteBuffer.wrap(bytes), 0, bytes.length);
        }
        byte[] both = new byte[bytes.length + expected.length()];
        System.arraycopy(bytes, 0, both, 0, bytes.length);
        System.arraycopy(expected.array(), 0, both, bytes.length, expected.length());
        expected = Slice.of(both);
      }
      assertThat(lookup.value()).isEqualTo(expected);
    }
  }

  private void add(ValueKind kind, String text) {
    Slice bytes = Slice.utf8(text);
    lookup.add(kind, bytes.array(), bytes.offset(), bytes.length());
  }
}
