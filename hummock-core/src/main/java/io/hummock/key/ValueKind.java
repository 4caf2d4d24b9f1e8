package io.hummock.key;

import io.hummock.bytes.CorruptionException;

/** What an entry says of its key. The tag is part of the file format. */
public enum ValueKind {
  /** The key has this value, whatever stood there before. */
  PUT(0),
  /** The key has no value, whatever stood there before. */
  TOMBSTONE(1),
  /** These bytes are appended to what stood there before; where nothing did, they are the value. */
  MERGE(2);

  private final int tag;

  ValueKind(int tag) {
    this.tag = tag;
  }

  public int tag() {
    return tag;
  }

  /** The kind with this tag; {@code object} and {@code offset} say where it was read. */
  public static ValueKind of(int tag, String object, long offset) throws CorruptionException {
    return switch (tag) {
      case 0 -> PUT;
      case 1 -> TOMBSTONE;
      case 2 -> MERGE;
      default ->
          throw new CorruptionException(
              object, offset, "a value kind from 0 to 2", Integer.toString(tag));
    };
  }
}
