package io.hummock.iterator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.key.ValueKind;
import io.hummock.testing.Entry;
import io.hummock.testing.EntryListIterator;
import io.hummock.testing.IteratorContract;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The contract over entries that are spread over several sources, and what only a merge can do. */
class MergeIteratorTest extends IteratorContract {
  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) {
    int sources = random.nextInt(1, 10);
    List<List<Entry>> parts = new ArrayList<>();
    for (int i = 0; i < sources; i++) {
      parts.add(new ArrayList<>());
    }
    // Unevenly, so that some end early and some are empty.
    for (Entry entry : entries) {
      parts.get(random.nextInt(random.nextInt(1, sources + 1))).add(entry);
    }
    return new MergeIterator(
        parts.stream().map(part -> new EntryListIterator(part, direction)).toList(), direction);
  }

  @Test
  void ofNoSourcesIsNeverValid() throws IOException {
    try (MergeIterator merge = new MergeIterator(List.of(), Direction.FORWARD)) {
      merge.rewind();
      assertThat(merge.isValid()).isFalse();
    }
  }

  @Test
  void ofTheSameFullKeyTheEarlierSourceComesFirst() throws IOException {
    for (Direction direction : Direction.values()) {
      for (int sources = 2; sources < 9; sources++) {
        List<EntryListIterator> all = new ArrayList<>();
        for (int i = 0; i < sources; i++) {
          all.add(new EntryListIterator(List.of(entry("same key..", i)), direction));
        }
        try (MergeIterator merge = new MergeIterator(all, direction)) {
          merge.rewind();
          for (int i = 0; i < sources; i++) {
            assertThat(merge.value()).isEqualTo(Slice.of(new byte[] {(byte) i}));
            merge.next();
          }
          assertThat(merge.isValid()).isFalse();
        }
      }
    }
  }

  @Test
  void closesEverySourceAlsoWhenOneFails() throws IOException {
    EntryListIterator first = new EntryListIterator(List.of(), Direction.FORWARD);
    EntryListIterator last = new EntryListIterator(List.of(), Direction.FORWARD);
    EntryListIterator failing = new EntryListIterator(List.of(), Direction.FORWARD).failAtClose();
    MergeIterator merge = new MergeIterator(List.of(first, failing, last), Direction.FORWARD);
    assertThatThrownBy(merge::close).isInstanceOf(IOException.class);
    assertThat(first.isClosed()).isTrue();
    assertThat(last.isClosed()).isTrue();
  }

  @Test
  void startsAgainAfterASourceHasFailed() throws IOException {
    List<Entry> left = List.of(entry("key space a", 1), entry("key space c", 3));
    List<Entry> right = List.of(entry("key space b", 2), entry("key space d", 4));
    for (int call = 1; call <= 3; call++) {
      EntryListIterator failing = new EntryListIterator(right, Direction.FORWARD).failAt(call);
      try (MergeIterator merge =
          new MergeIterator(
              List.of(new EntryListIterator(left, Direction.FORWARD), failing),
              Direction.FORWARD)) {
        assertThatThrownBy(() -> drain(merge)).isInstanceOf(IOException.class);
        assertThat(merge.isValid()).isFalse();
        assertThat(drain(merge)).isEqualTo(4);
      }
    }
  }

  private static int drain(HummockIterator iterator) throws IOException {
    int met = 0;
    for (iterator.rewind(); iterator.isValid(); iterator.next()) {
      met++;
    }
    return met;
  }

  private static Entry entry(String key, int value) {
    return new Entry(
        Slice.utf8(key), EPOCH, 10, ValueKind.PUT, Slice.of(new byte[] {(byte) value}));
  }
}
