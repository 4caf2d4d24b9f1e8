package io.hummock.rowcache;

/** What a row says of its key. */
public enum RowKind {
  /** The key's value. */
  VALUE(0),
  /** That the key has no value. */
  ABSENT(1),
  /** All entries with this scan prefix, in a form that is the caller's. */
  PREFIX(2),
  /**
   * That the entries with this scan prefix are, or were, too many to keep; or the first of them.
   */
  LARGE_PREFIX(3);

  private static final RowKind[] KINDS = {VALUE, ABSENT, PREFIX, LARGE_PREFIX};

  private final int tag;

  RowKind(int tag) {
    this.tag = tag;
  }

  int tag() {
    return tag;
  }

  static RowKind of(int tag) {
    return KINDS[tag];
  }

  /** Whether two rows of these kinds and the same key are about the same thing. */
  static boolean sameFamily(int tag, RowKind other) {
    return tag >>> 1 == other.tag >>> 1;
  }
}
