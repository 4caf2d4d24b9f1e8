package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Funnels;
import io.hummock.bytes.Hash;
import io.hummock.bytes.SliceBuilder;
import io.hummock.testing.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter forgets no key, and is wrong about others as often as theory says. */
class BloomFilterTest {
  private static final int KEYS = 30_000;
  private static final int LOOKUPS = 2_000_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24})
  void isWrongAsOftenAsTheorySays(int bitsPerKey) {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    BloomFilter filter = new BloomFilter(bitsPerKey);
    long[] keys = random.longs(KEYS).toArray();
    for (long key : keys) {
      filter.add(hash(key));
    }
    SliceBuilder bytes = new SliceBuilder();
    filter.writeTo(bytes);
    int probes = BloomFilter.probes(bitsPerKey);
    for (long key : keys) {
      assertThat(BloomFilter.mayContain(bytes.slice(), probes, hash(key))).isTrue();
    }
    int wrong = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      wrong += BloomFilter.mayContain(bytes.slice(), probes, hash(random.nextLong())) ? 1 : 0;
    }
    double expected = theory(bytes.length() / BloomFilter.LINE_BYTES, probes) * LOOKUPS;
    System.out.printf(
        "%d bits a key, %d probes: wrong %.5f, theory %.5f%n",
        bitsPerKey, probes, (double) wrong / LOOKUPS, expected / LOOKUPS);
    assertThat((double) wrong).isBetween(expected / 2 - 10, expected * 2 + 10);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 10, 12, 14})
  @SuppressWarnings("UnstableApiUsage") // a test oracle only
  void isWrongAtMostTwiceAsOftenAsAFilterThatIsNotBlocked(int bitsPerKey) {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    double unblocked = Math.pow(0.5, bitsPerKey * Math.log(2));
    com.google.common.hash.BloomFilter<Long> oracle =
        com.google.common.hash.BloomFilter.create(Funnels.longFunnel(), KEYS, unblocked);
    BloomFilter filter = new BloomFilter(bitsPerKey);
    for (int i = 0; i < KEYS; i++) {
      long key = random.nextLong();
      filter.add(hash(key));
      oracle.put(key);
    }
    SliceBuilder bytes = new SliceBuilder();
    filter.writeTo(bytes);
    int wrong = 0;
    int oracleWrong = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      long key = random.nextLong();
      wrong +=
          BloomFilter.mayContain(bytes.slice(), BloomFilter.probes(bitsPerKey), hash(key)) ? 1 : 0;
      oracleWrong += oracle.mightContain(key) ? 1 : 0;
    }
    assertThat(wrong).isBetween(oracleWrong / 2, oracleWrong * 2);
  }

  @Test
  void ofNothingIsOneEmptyLine() {
    SliceBuilder bytes = new SliceBuilder();
    assertThat(new BloomFilter(10).writeTo(bytes)).isEqualTo(64);
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int i = 0; i < 1000; i++) {
      assertThat(BloomFilter.mayContain(bytes.slice(), 6, random.nextLong())).isFalse();
    }
  }

  /** Keys fall into lines as Poisson says; each line is a filter of 512 bits. */
  private static double theory(int lines, int probes) {
    double mean = (double) KEYS / lines;
    double probability = Math.exp(-mean);
    double sum = 0;
    for (int keys = 1; keys < 10 * mean + 100; keys++) {
      probability *= mean / keys;
      double set = 1 - Math.pow(1 - 1.0 / 512, (double) keys * probes);
      sum += probability * Math.pow(set, probes);
    }
    return sum;
  }

  private static long hash(long key) {
    byte[] bytes = new byte[Long.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (key >>> (8 * i));
    }
    return Hash.hash64(bytes, 0, bytes.length);
  }
}
