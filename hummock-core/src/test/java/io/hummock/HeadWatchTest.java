package io.hummock;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class HeadWatchTest {
  private static final int PARTITIONS = 3;
  private static final int IDS = 2;
  private static final int KEYS = 40;
  private static final int WATCHES = 5;

  private record Head(int id, int count, List<String> entries, HeadWatch watch) {}

  /** Reads again what is watched, whatever happens to the store. */
  @RepeatedTest(3)
  void whatIsUnchangedIsReadAgain(RepetitionInfo run) throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base() + run.getCurrentRepetition());
    int unchanged = 0;
    try (HummockStore store = new StoreFixture().open()) {
      Deque<Head> heads = new ArrayDeque<>();
      for (int i = 0; i < 3_000; i++) {
        if (random.nextInt(200) == 0) {
          store.compact();
        } else if (random.nextInt(50) == 0) {
          store.flush();
        } else {
          write(store, random, i);
        }
        for (Head head : heads) {
          if (head.watch.isUnchanged()) {
            unchanged++;
            assertThat(read(store, head.id, head.count)).isEqualTo(head.entries);
          }
        }
        if (random.nextInt(4) == 0) {
          heads.add(watch(store, random.nextInt(IDS), 1 + random.nextInt(KEYS)));
        }
        if (heads.size() > WATCHES) {
          heads.remove().watch.end();
        }
      }
    }
    assertThat(unchanged).isPositive();
  }

  private static void write(HummockStore store, SplittableRandom random, int value)
      throws IOException {
    KeySpace space = new KeySpace(random.nextInt(PARTITIONS), random.nextInt(IDS));
    Slice key = space.key(Slice.utf8("%02d".formatted(random.nextInt(KEYS))));
    Slice bytes = Slice.utf8("v" + value);
    switch (random.nextInt(3)) {
      case 0 -> store.put(key, key.length(), bytes);
      case 1 -> store.append(key, key.length(), bytes);
      default -> store.delete(key, key.length());
    }
  }

  private static Head watch(HummockStore store, int id, int count) throws IOException {
    HeadWatch watch = store.watchHead(id);
    List<String> entries = read(store, id, count);
    String last = entries.size() < count ? null : entries.get(count - 1);
    watch.begin(last == null ? null : Slice.of(hex(last.substring(0, last.indexOf('=')))));
    return new Head(id, count, entries, watch);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static List<String> read(HummockStore store, int id, int count) throws IOException {
    List<String> entries = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Slice lower = new KeySpace(partition, id).encode();
      Slice upper = new KeySpace(partition, id + 1).encode();
      try (UserIterator found = store.scan(lower, upper, Direction.FORWARD)) {
        for (found.rewind(); found.isValid() && entries.size() < count; found.next()) {
          entries.add(found.key() + "=" + found.value());
        }
      }
    }
    return entries;
  }
}
