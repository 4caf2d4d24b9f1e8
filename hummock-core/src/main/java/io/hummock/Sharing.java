package io.hummock;

/** Which objects a checkpoint may have in common with others. */
public enum Sharing {
  /** Any object that the tree uses, also those of earlier checkpoints. */
  FORWARD_BACKWARD,
  /**
   * No object of an earlier checkpoint, nor one that was restored: such are copied, and the tree
   * uses the copies from then on, so that the earlier checkpoint can be deleted. Later checkpoints
   * may share what this one has.
   */
  FORWARD,
  /**
   * Any object, but only until the caller has copied it: the checkpoint is closed then, and nothing
   * of it is ever handed over. Until it is closed all its objects stay where they are.
   */
  NO_SHARING
}
