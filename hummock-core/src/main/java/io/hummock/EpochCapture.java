package io.hummock;

import io.hummock.version.Versions;

/** Somebody who waits for the version that has everything up to an epoch, and nothing newer. */
interface EpochCapture {
  /**
   * Called once, under the lock of the tree, when that version is current.
   *
   * @param pin of the version, and of all that others have pinned; the receiver closes it
   */
  void capture(Versions.Pin pin);
}
