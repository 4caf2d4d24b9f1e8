package io.hummock.sstable;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Which filters and indexes stay in memory: all while there is room, then those that were read
 * since the hand of a clock last passed them (F. J. Corbató, "A Paging Experiment with the Multics
 * System", 1968). A hit sets a flag and nothing else.
 *
 * <p>Thread-safe.
 */
final class SectionCache {
  private final LongConsumer onChange;

  @GuardedBy("this")
  private long limit;

  @GuardedBy("this")
  private final List<Section> clock = new ArrayList<>();

  @GuardedBy("this")
  private int hand;

  /** All bytes, those charged included. */
  @GuardedBy("this")
  private long bytes;

  @GuardedBy("this")
  private long charged;

  /**
   * @param limit the bytes that sections may take
   * @param onChange told how many they take
   */
  SectionCache(long limit, LongConsumer onChange) {
    this.limit = limit;
    this.onChange = onChange;
  }

  synchronized long bytes() {
    return bytes;
  }

  /**
   * Keeps a section, for which it takes a reference of its own, if it is not too large for that.
   */
  synchronized void keep(Section section) {
    int size = section.page().size();
    if (size > limit - charged || !section.retain()) {
      return;
    }
    while (bytes + size > limit) {
      step();
    }
    section.place = clock.size();
    clock.add(section);
    bytes += size;
    section.show();
    onChange.accept(bytes);
  }

  /** Forgets sections of {@code wanted} bytes, and says how many bytes went. */
  synchronized long shrink(long wanted) {
    long freed = 0;
    while (freed < wanted && !clock.isEmpty()) {
      freed += step();
    }
    onChange.accept(bytes);
    return freed;
  }

  /** Changes how many bytes sections may take. */
  synchronized void resize(long newLimit) {
    limit = newLimit;
    while (bytes > limit && !clock.isEmpty()) {
      step();
    }
    onChange.accept(bytes);
  }

  /** Moves the hand by one section, and forgets that if it was not read; the bytes that went. */
  @GuardedBy("this")
  private long step() {
    if (hand >= clock.size()) {
      hand = 0;
    }
    Section candidate = clock.get(hand);
    if (candidate.passUsed()) {
      hand++;
      return 0;
    }
    remove(candidate);
    return candidate.page().size();
  }

  /** Forgets a section, if it is kept. */
  synchronized void drop(Section section) {
    if (section.place >= 0) {
      remove(section);
      onChange.accept(bytes);
    }
  }

  /** Counts bytes that a table keeps in the heap for as long as it is open. */
  synchronized void charge(long delta) {
    charged += delta;
    bytes += delta;
    onChange.accept(bytes);
  }

  @GuardedBy("this")
  private void remove(Section section) {
    int place = section.place;
    Section last = clock.remove(clock.size() - 1);
    if (last != section) {
      clock.set(place, last);
      last.place = place;
    }
    section.place = -1;
    bytes -= section.page().size();
    section.hide();
    section.release();
  }
}
