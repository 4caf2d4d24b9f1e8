package io.hummock;

import java.util.SplittableRandom;

/** Random options with which small trees get deep. */
final class ModelOptions {
  private ModelOptions() {}

  static HummockOptions random(SplittableRandom random) {
    int maxLevels = random.nextInt(2, 8);
    int trigger = random.nextInt(1, 6);
    int slowdown = trigger + random.nextInt(0, 6);
    return new HummockOptions(
        1L << (random.nextInt(8) == 0 ? 12 : random.nextInt(13, 18)),
        random.nextInt(1, 4),
        1 << random.nextInt(8, 17),
        1L << random.nextInt(10, 18),
        trigger,
        slowdown,
        slowdown + random.nextInt(0, 6),
        1L << random.nextInt(10, 18),
        random.nextInt(2, 11),
        maxLevels,
        random.nextBoolean() ? 0 : random.nextInt(4, 25),
        random.nextInt(0, maxLevels + 1),
        random.nextInt(4) == 0 ? 0 : 1L << random.nextInt(12, 20),
        random.nextInt(4) == 0 ? 0 : 1L << random.nextInt(15, 21));
  }
}
