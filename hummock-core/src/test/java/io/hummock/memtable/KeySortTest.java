package io.hummock.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Sorts keys of every shape as unsigned bytes. */
class KeySortTest {
  private final Random random = new Random(Seeds.base());
  private final Arena arena = new Arena(new HeapPageAllocator(1L << 30));
  private final Entries entries = new Entries(arena);

  @Test
  void sortsRandomKeysOfManyKeySpaces() {
    TreeSet<Slice> keys = new TreeSet<>();
    while (keys.size() < 50_000) {
      byte[] userKey = new byte[random.nextInt(20)];
      random.nextBytes(userKey);
      keys.add(new KeySpace(random.nextInt(200), random.nextInt(3) - 1).key(Slice.of(userKey)));
    }
    assertSorts(keys);
  }

  @Test
  void sortsKeysThatDifferByTheZerosAtTheirEndsOnly() {
    TreeSet<Slice> keys = new TreeSet<>();
    for (int length = 0; length < 2000; length++) {
      keys.add(new KeySpace(1, 1).key(Slice.of(new byte[length])));
    }
    assertSorts(keys);
  }

  @Test
  void sortsKeysThatDifferLaterAndLater() {
    TreeSet<Slice> keys = new TreeSet<>();
    for (int length = 1; length < 3000; length++) {
      byte[] userKey = new byte[length];
      userKey[length - 1] = -1;
      keys.add(new KeySpace(1, 1).key(Slice.of(userKey)));
    }
    assertSorts(keys);
  }

  @Test
  void sortsFewKeys() {
    for (int count = 0; count < 30; count++) {
      TreeSet<Slice> keys = new TreeSet<>();
      while (keys.size() < count) {
        byte[] userKey = {(byte) random.nextInt(256), (byte) random.nextInt(2)};
        keys.add(new KeySpace(1, 1).key(Slice.of(userKey, 0, 1 + random.nextInt(2))));
      }
      assertSorts(keys);
    }
  }

  private void assertSorts(Set<Slice> keys) {
    List<Slice> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, random);
    long[] references = new long[keys.size() + 1];
    for (int i = 0; i < shuffled.size(); i++) {
      Slice key = shuffled.get(i);
      int entry = entries.create(key, key.length(), ValueKind.PUT, Slice.EMPTY, false, 0);
      references[i] = ((long) random.nextInt() << 32) | (entry & 0xFFFF_FFFFL);
    }
    new KeySort(entries).sort(references, shuffled.size());
    List<Slice> sorted = new ArrayList<>();
    for (int i = 0; i < shuffled.size(); i++) {
      int entry = (int) references[i];
      byte[] bytes = new byte[entries.keys().keyLength(entry)];
      entries.keys().copyKey(entry, bytes);
      sorted.add(Slice.of(bytes));
    }
    assertThat(sorted).isEqualTo(new ArrayList<>(keys));
  }
}
