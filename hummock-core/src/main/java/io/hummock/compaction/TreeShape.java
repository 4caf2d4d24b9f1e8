package io.hummock.compaction;

/**
 * The sizes that the pickers aim at.
 *
 * @param level0Trigger the depth of level 0 at which it is compacted
 * @param level0Limit the depth of level 0 from which on it goes to the base level whatever that
 *     rewrites; not less than the trigger
 * @param levelBaseBytes the largest target of the first leveling level in use
 * @param levelMultiplier how many times larger the next level may be
 * @param tableBytes the size at which an output is closed
 */
public record TreeShape(
    int level0Trigger, int level0Limit, long levelBaseBytes, int levelMultiplier, long tableBytes) {
  public TreeShape {
    if (level0Trigger < 1
        || level0Limit < level0Trigger
        || levelBaseBytes < 1
        || levelMultiplier < 2
        || tableBytes < 1) {
      throw new IllegalArgumentException(
          "level 0 trigger %d, limit %d, base %d, multiplier %d, tables of %d"
              .formatted(level0Trigger, level0Limit, levelBaseBytes, levelMultiplier, tableBytes));
    }
  }
}
