package io.hummock.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.UnsignedBytes;
import io.hummock.testing.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SliceTest {
  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  @Test
  void ordersAsUnsignedBytesWhereverItLiesInItsArray() {
    for (int i = 0; i < 50_000; i++) {
      byte[] left = randomBytes();
      byte[] right = random.nextInt(4) == 0 ? left.clone() : randomBytes();
      int expected = UnsignedBytes.lexicographicalComparator().compare(left, right);
      Slice one = embedded(left);
      Slice other = embedded(right);
      assertThat(Integer.signum(one.compareTo(other))).isEqualTo(Integer.signum(expected));
      assertThat(one.equals(other)).isEqualTo(expected == 0);
      assertThat(one.hashCode() == other.hashCode() || expected != 0).isTrue();
      assertThat(one.startsWith(other)).isEqualTo(startsWith(left, right));
      assertThat(one.endsWith(other)).isEqualTo(endsWith(left, right));
      assertThat(one.endsWith(one.from(random.nextInt(left.length + 1)))).isTrue();
      int common = one.commonPrefixLength(other);
      assertThat(one.slice(0, common)).isEqualTo(other.slice(0, common));
      boolean oneEnds = common == left.length || common == right.length;
      assertThat(oneEnds || left[common] != right[common]).isTrue();
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(Arrays.copyOf(bytes, prefix.length), prefix);
  }

  private static boolean endsWith(byte[] bytes, byte[] suffix) {
    int from = bytes.length - suffix.length;
    return from >= 0 && Arrays.equals(Arrays.copyOfRange(bytes, from, bytes.length), suffix);
  }

  @Test
  void aPartLiesOverTheSameArrayAndACopyDoesNot() {
    Slice whole = embedded(new byte[] {1, 2, 3, 4, 5});
    Slice part = whole.slice(1, 3);
    Slice copy = part.copy();
    assertThat(part).isEqualTo(Slice.of(new byte[] {2, 3, 4}));
    assertThat(whole.from(3)).isEqualTo(Slice.of(new byte[] {4, 5}));
    assertThat(whole.from(5).isEmpty()).isTrue();
    whole.array()[whole.offset() + 2] = 9;
    assertThat(part.get(1)).isEqualTo((byte) 9);
    assertThat(copy.get(1)).isEqualTo((byte) 3);
  }

  @Test
  void overWhatItIsOverAlreadyItIsItself() {
    byte[] array = {1, 2, 3};
    Slice slice = Slice.EMPTY.over(array, 2);
    assertThat(slice).isEqualTo(Slice.of(new byte[] {1, 2}));
    assertThat(slice.over(array, 2)).isSameAs(slice);
    assertThat(slice.over(array, 3)).isEqualTo(Slice.of(new byte[] {1, 2, 3}));
    assertThat(slice.over(new byte[] {4, 5}, 2)).isEqualTo(Slice.of(new byte[] {4, 5}));
    assertThat(slice.from(1).over(array, 1)).isEqualTo(Slice.of(new byte[] {1}));
    assertThatThrownBy(() -> slice.over(array, 4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesRangesOutsideItself() {
    Slice slice = embedded(new byte[] {1, 2, 3});
    assertThatThrownBy(() -> slice.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slice.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slice.slice(1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slice.from(4)).isInstanceOf(IndexOutOfBoundsException.class);
    byte[] array = new byte[3];
    assertThatThrownBy(() -> Slice.of(array, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void isShownInHexadecimal() {
    assertThat(embedded(new byte[] {0, -1, 16})).hasToString("00ff10");
  }

  private byte[] randomBytes() {
    byte[] bytes = new byte[random.nextInt(20)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(3) - 1);
    }
    return bytes;
  }

  private Slice embedded(byte[] bytes) {
    int before = random.nextInt(5);
    byte[] array = new byte[before + bytes.length + random.nextInt(5)];
    random.nextBytes(array);
    System.arraycopy(bytes, 0, array, before, bytes.length);
    return Slice.of(array, before, bytes.length);
  }
}
