package io.hummock.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.FullKey;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that read while one writes. Every value that is written tells whether it is whole: its
 * first byte says how long it is, in units of seven bytes, and every further byte is the same as
 * the second. Appends add a whole value.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MemTableConcurrencyTest {
  private static final int UNIT = 7;
  private static final int READERS = 3;
  private static final int WRITES = 300_000;

  private final KeySpace space = new KeySpace(9, 99);
  private final SplittableRandom random = new SplittableRandom(Seeds.base());

  /** Something that goes on until the writer has ended, at least once. */
  private interface Reading {
    void once(SplittableRandom random) throws IOException;
  }

  private interface Writing {
    void once(int number) throws IOException;
  }

  @Test
  void aValueIsNeverTornByWritesInPlace() throws Exception {
    MemTable table = new MemTable(new HeapPageAllocator(1L << 30), 1);
    int keys = 4;
    byte[] value = new byte[UNIT * 128];
    race(
        number -> {
          Slice key = key(random.nextInt(keys));
          long hash = Hash.hash64(key);
          switch (random.nextInt(8)) {
            case 0 -> table.delete(key, hash, key.length());
            case 1, 2 -> {
              // So that chains stay short enough to be read often.
              int units = 1 + random.nextInt(3);
              table.append(key, hash, key.length(), whole(value, units, number));
            }
            default -> {
              int units = 1 + random.nextInt(random.nextInt(50) == 0 ? 127 : 20);
              table.put(key, hash, key.length(), whole(value, units, number));
            }
          }
        },
        reader -> {
          ValueLookup lookup = new ValueLookup();
          Slice key = key(reader.nextInt(keys));
          table.get(key, Hash.hash64(key), lookup);
          if (lookup.isFound()) {
            assertIsWhole(lookup.value());
          }
        });
    table.release();
  }

  @Test
  void aKeyThatWasWrittenIsAlwaysFoundWhileTheIndexGrows() throws Exception {
    MemTable table = new MemTable(new HeapPageAllocator(1L << 30), 1);
    race(
        number -> {
          Slice key = key(number);
          table.put(key, Hash.hash64(key), 14, whole(new byte[UNIT], 1, number));
        },
        reader -> {
          int count = table.count();
          if (count > 0) {
            ValueLookup lookup = new ValueLookup();
            Slice key = key(reader.nextInt(count));
            table.get(key, Hash.hash64(key), lookup);
            assertThat(lookup.isFound()).isTrue();
            assertIsWhole(lookup.value());
          }
        });
    assertThat(table.count()).isEqualTo(WRITES);
    table.release();
  }

  @Test
  void iteratorsShowWhatWasThereInOrderWhileMoreComes() throws Exception {
    MemTable table = new MemTable(new HeapPageAllocator(1L << 30), 1);
    Slice prefix = space.key(Slice.utf8("some"));
    byte[] value = new byte[UNIT * 32];
    race(
        number -> {
          // Most in one prefix, and most of them overwritten.
          int key = number % 5 == 0 ? number : random.nextInt(1 + number / 100);
          Slice full = space.key(Slice.utf8((key % 8 == 0 ? "other" : "some") + mixed(key)));
          int prefixLength = key % 8 == 0 ? full.length() : prefix.length();
          if (random.nextInt(4) == 0) {
            table.delete(full, Hash.hash64(full), prefixLength);
          } else {
            Slice written = whole(value, 1 + random.nextInt(31), number);
            table.put(full, Hash.hash64(full), prefixLength, written);
          }
        },
        reader -> {
          boolean all = reader.nextBoolean();
          Direction direction = reader.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
          int before = table.count();
          try (HummockIterator iterator =
              all ? table.iterator(direction) : table.prefixIterator(prefix, direction)) {
            int met = walk(iterator, direction, reader.nextInt(20) == 0);
            if (all && met >= 0) {
              assertThat(met).isGreaterThanOrEqualTo(before);
            }
          }
        });
    table.release();
  }

  /** Walks, to the end or some steps from the start; the number of entries, or -1. */
  private int walk(HummockIterator iterator, Direction direction, boolean toTheEnd)
      throws IOException {
    int met = 0;
    Slice last = null;
    for (iterator.rewind(); iterator.isValid(); iterator.next()) {
      Slice key = iterator.key().copy();
      if (last != null) {
        assertThat(direction.order(last.compareTo(key))).isNegative();
      }
      last = key;
      if (iterator.kind() == ValueKind.TOMBSTONE) {
        assertThat(iterator.value().isEmpty()).isTrue();
      } else {
        assertIsWhole(iterator.value());
      }
      if (++met == 100 && !toTheEnd) {
        iterator.seek(FullKey.first(key));
        return -1;
      }
    }
    return met;
  }

  private void race(Writing writing, Reading reading) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    AtomicBoolean ended = new AtomicBoolean();
    List<Future<Integer>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      SplittableRandom own = random.split();
      readers.add(
          threads.submit(
              () -> {
                int times = 0;
                do {
                  reading.once(own);
                  times++;
                } while (!ended.get());
                return times;
              }));
    }
    try {
      for (int i = 0; i < WRITES; i++) {
        writing.once(i);
      }
    } finally {
      ended.set(true);
      threads.shutdown();
    }
    for (Future<Integer> reader : readers) {
      assertThat(reader.get()).isPositive();
    }
  }

  private Slice key(int number) {
    return space.key(Slice.utf8("key " + mixed(number)));
  }

  /** Different for different numbers, in another order. */
  private static String mixed(int number) {
    return Integer.toHexString(number * 0x9E3779B1);
  }

  private static Slice whole(byte[] value, int units, int number) {
    int length = units * UNIT;
    Arrays.fill(value, 0, length, (byte) number);
    value[0] = (byte) units;
    return Slice.of(value, 0, length);
  }

  private static void assertIsWhole(Slice bytes) {
    int at = 0;
    while (at < bytes.length()) {
      int end = at + UNIT * bytes.get(at);
      assertThat(end).isBetween(at + UNIT, bytes.length());
      for (int i = at + 2; i < end; i++) {
        if (bytes.get(i) != bytes.get(at + 1)) {
          throw new AssertionError("torn at " + i + ": " + bytes);
        }
      }
      at = end;
    }
  }
}
