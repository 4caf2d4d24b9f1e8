package io.hummock.flink.backend;

import io.hummock.HeadWatch;
import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first keys of the states and namespaces that were asked for last, as long as no write can
 * have changed them; so that who looks at the first keys again and again opens no scan. Of use to
 * the task's thread, which makes it; others find and keep nothing.
 */
final class KeyHeads<K> {
  /** So many keys are kept of a state and namespace. */
  static final int KEYS = 16;

  /** Each one costs all writes a comparison. */
  private static final int HEADS = 4;

  private static final int MAX_BYTES = 8 << 10;

  /**
   * The first keys of a state in a namespace.
   *
   * @param namespace never changed
   * @param keys never changed
   * @param last the last one of them as the tree has it, with its namespace; null if there is none
   *     behind these
   */
  record Head<K>(
      RegisteredState state,
      Object namespace,
      List<K> keys,
      @Nullable Slice last,
      HeadWatch watch) {}

  private final HummockStore store;
  private final Thread owner = Thread.currentThread();
  private final @Nullable Head<K>[] heads;
  private int next;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  KeyHeads(HummockStore store) {
    this.store = store;
    heads = new Head[HEADS];
  }

  /** What is known of a state and namespace, or null. */
  @SuppressWarnings("ReferenceEquality") // a new registration may change serializers
  @Nullable Head<K> find(RegisteredState state, Object namespace) {
    for (int i = 0; i < HEADS && Thread.currentThread() == owner; i++) {
      Head<K> head = heads[i];
      if (head != null && head.state == state && head.namespace.equals(namespace)) {
        if (head.watch.isUnchanged()) {
          return head;
        }
        forget(i);
      }
    }
    return null;
  }

  /** To be called before keys are read that are then {@linkplain #keep kept}. */
  HeadWatch watch(RegisteredState state) {
    return store.watchHead(state.id());
  }

  /**
   * Keeps the keys that were read first.
   *
   * @param bytes how many they have in the tree
   */
  void keep(Head<K> head, int bytes) {
    if (bytes <= MAX_BYTES && Thread.currentThread() == owner) {
      int place = place();
      forget(place);
      heads[place] = head;
      head.watch.begin(head.last);
    }
  }

  /** One that is free, or they take turns. */
  private int place() {
    for (int i = 0; i < HEADS; i++) {
      if (heads[i] == null) {
        return i;
      }
    }
    next = (next + 1) % HEADS;
    return next;
  }

  private void forget(int index) {
    Head<K> head = heads[index];
    if (head != null) {
      head.watch.end();
      heads[index] = null;
    }
  }
}
