package io.hummock.iterator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
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

/** The contract over entries that are cut into sources, and what only a concatenation can do. */
class ConcatIteratorTest extends IteratorContract {
  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  @Override
  protected HummockIterator open(List<Entry> entries, Direction direction) {
    List<Part> parts = new ArrayList<>();
    int from = 0;
    while (from < entries.size()) {
      int to = Math.min(entries.size(), from + random.nextInt(1, entries.size() / 4 + 2));
      // All versions of a key lie in one source.
      while (to < entries.size() && entries.get(to).key().equals(entries.get(to - 1).key())) {
        to++;
      }
      Slice smallest = entries.get(from).key();
      Slice largest = entries.get(to - 1).key();
      // A clipped table has fewer entries than its ends tell, perhaps none.
      boolean isClippedToNothing = random.nextInt(5) == 0;
      if (isClippedToNothing) {
        Slice between = smallest.slice(0, smallest.length() - 1);
        boolean isFree =
            from == 0 || parts.get(parts.size() - 1).largestKey().compareTo(between) < 0;
        if (isFree) {
          parts.add(new Part(between, between, List.of()));
          smallest = entries.get(from).key();
        }
      }
      parts.add(new Part(smallest, largest, entries.subList(from, to)));
      from = to;
    }
    return new ConcatIterator(parts, direction);
  }

  private static final class Part implements ConcatIterator.Source {
    private final Slice smallest;
    private final Slice largest;
    private final List<Entry> entries;
    private final List<EntryListIterator> opened = new ArrayList<>();

    Part(Slice smallest, Slice largest, List<Entry> entries) {
      this.smallest = smallest;
      this.largest = largest;
      this.entries = entries;
    }

    @Override
    public Slice smallestKey() {
      return smallest;
    }

    @Override
    public Slice largestKey() {
      return largest;
    }

    @Override
    public HummockIterator open(Direction direction) {
      EntryListIterator iterator = new EntryListIterator(entries, direction);
      opened.add(iterator);
      return iterator;
    }

    long openNow() {
      return opened.stream().filter(iterator -> !iterator.isClosed()).count();
    }
  }

  @Test
  void opensOneSourceAtATimeAndOnlyWhenItIsReached() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (char c = 'a'; c <= 'e'; c++) {
      Entry entry = entry("key space " + c);
      parts.add(new Part(entry.key(), entry.key(), List.of(entry)));
    }
    ConcatIterator concat = new ConcatIterator(parts, Direction.FORWARD);
    assertThat(parts).allMatch(part -> part.opened.isEmpty());
    concat.seek(FullKey.first(Slice.utf8("key space c")));
    assertThat(parts).filteredOn(part -> !part.opened.isEmpty()).containsExactly(parts.get(2));
    concat.next();
    assertThat(parts).filteredOn(part -> part.openNow() == 1).containsExactly(parts.get(3));
    concat.next();
    concat.next();
    assertThat(concat.isValid()).isFalse();
    assertThat(parts).allMatch(part -> part.openNow() == 0);
    concat.rewind();
    assertThat(parts.get(0).openNow()).isEqualTo(1);
    concat.close();
    assertThat(parts).allMatch(part -> part.openNow() == 0);
  }

  @Test
  void aSeekWithinTheOpenSourceKeepsItOpen() throws IOException {
    List<Entry> entries = List.of(entry("key space a"), entry("key space b"));
    Part part = new Part(entries.get(0).key(), entries.get(1).key(), entries);
    try (ConcatIterator concat = new ConcatIterator(List.of(part), Direction.BACKWARD)) {
      concat.rewind();
      concat.seek(entries.get(0).fullKey());
      assertThat(concat.key()).isEqualTo(entries.get(0).key());
      assertThat(part.opened).hasSize(1);
    }
  }

  @Test
  void refusesSourcesThatOverlap() {
    Part one = new Part(Slice.utf8("key space a"), Slice.utf8("key space c"), List.of());
    Part two = new Part(Slice.utf8("key space c"), Slice.utf8("key space d"), List.of());
    assertThatThrownBy(() -> new ConcatIterator(List.of(one, two), Direction.FORWARD))
        .isInstanceOf(AssertionError.class);
  }

  private static Entry entry(String key) {
    return new Entry(Slice.utf8(key), EPOCH, 10, ValueKind.PUT, Slice.EMPTY);
  }
}
