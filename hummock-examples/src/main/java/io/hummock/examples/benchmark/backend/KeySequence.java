package io.hummock.examples.benchmark.backend;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * An endless sequence of numbers of keys, the same for every backend: uniform, or hot by Zipf's law
 * with exponent 0.99 (the skew of YCSB), the hot keys scattered over the key range.
 */
public final class KeySequence {
  /** How the keys are distributed. */
  public enum Distribution {
    UNIFORM,
    ZIPF
  }

  private static final int LENGTH = 1 << 20;
  private static final double EXPONENT = 0.99;

  private final int[] keys = new int[LENGTH];
  private int at;

  /**
   * @param count how many keys there are
   */
  public KeySequence(int count, Distribution distribution, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] cumulated = distribution == Distribution.ZIPF ? cumulatedWeights(count) : null;
    for (int i = 0; i < LENGTH; i++) {
      if (cumulated == null) {
        keys[i] = random.nextInt(count);
      } else {
        int rank = Arrays.binarySearch(cumulated, random.nextDouble() * cumulated[count - 1]);
        keys[i] = scatter(rank < 0 ? -rank - 1 : rank, count);
      }
    }
  }

  /** The number of the next key, from 0. */
  public int next() {
    int key = keys[at];
    at = (at + 1) & (LENGTH - 1);
    return key;
  }

  private static double[] cumulatedWeights(int count) {
    double[] cumulated = new double[count];
    double sum = 0;
    for (int rank = 0; rank < count; rank++) {
      sum += 1 / Math.pow(rank + 1, EXPONENT);
      cumulated[rank] = sum;
    }
    return cumulated;
  }

  private static int scatter(int rank, int count) {
    return (int) Math.floorMod(rank * 0x9E3779B97F4A7C15L, (long) count);
  }
}
