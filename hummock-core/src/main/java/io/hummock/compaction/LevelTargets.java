package io.hummock.compaction;

import io.hummock.version.Version;

/**
 * How large each leveling level should be.
 *
 * <p>The deepest level has the size that it has; each level above should be smaller by the
 * multiplier, up to the first one whose target is no more than the base size. Level 0 is merged
 * into that one, and the levels between stay empty. So most of the tree always lies in its deepest
 * level, and what is stored twice stays a small share of it. (After RocksDB's "dynamic level
 * bytes".)
 */
public final class LevelTargets {
  private final long[] targets;
  private final int base;

  private LevelTargets(long[] targets, int base) {
    this.targets = targets;
    this.base = base;
  }

  /** The targets of a version. */
  public static LevelTargets of(Version version, TreeShape shape) {
    long[] targets = new long[version.levels()];
    int level = version.levels() - 1;
    long target = shape.levelBaseBytes();
    for (int i = 1; i < version.levels(); i++) {
      target = Math.max(target, version.leveling(i).bytes());
    }
    targets[level] = target;
    while (target > shape.levelBaseBytes() && level > 1) {
      target = Math.max(1, target / shape.levelMultiplier());
      targets[--level] = target;
    }
    return new LevelTargets(targets, level);
  }

  /** The level that level 0 is merged into, if nothing lies between. */
  public int base() {
    return base;
  }

  /** The target of a level in bytes; 0 for those between level 0 and the base. */
  public long target(int level) {
    return targets[level];
  }

  /** How urgently a leveling level has to give tables to the next: from 1 on it should. */
  public double score(Version version, int level) {
    long bytes = version.leveling(level).bytes();
    if (bytes == 0 || level == version.levels() - 1) {
      return 0;
    }
    return targets[level] == 0 ? 1 + (double) bytes : (double) bytes / targets[level];
  }
}
