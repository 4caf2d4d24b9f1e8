package io.hummock.bytes;

import java.io.IOException;

/**
 * The bytes of an object are not what was written. Trying again does not help; restoring from
 * another checkpoint does.
 */
public final class CorruptionException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param object the name of the object
   * @param offset where in the object, in bytes
   * @param expected what should stand there
   * @param found what stands there
   */
  public CorruptionException(String object, long offset, String expected, String found) {
    super(object + " @" + offset + ": expected " + expected + ", found " + found);
  }

  /** As {@link #CorruptionException(String, long, String, String)}, with what revealed it. */
  public CorruptionException(
      String object, long offset, String expected, String found, Throwable cause) {
    this(object, offset, expected, found);
    initCause(cause);
  }
}
