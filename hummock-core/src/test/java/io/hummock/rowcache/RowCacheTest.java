package io.hummock.rowcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.bytes.Hash;
import io.hummock.bytes.HeapPageAllocator;
import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import io.hummock.testing.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowCacheTest {
  private static final RowKind[] KINDS = {RowKind.VALUE, RowKind.PREFIX};

  /** Beside a map: what is found is what was written last, whatever was forgotten meanwhile. */
  @ParameterizedTest
  @ValueSource(longs = {30_000, 80_000, 500_000, 8_000_000})
  void whatItFindsIsWhatWasWrittenLast(long budget) {
    SplittableRandom random = new SplittableRandom(Seeds.base() + budget);
    HeapPageAllocator pages = new HeapPageAllocator(2 * budget);
    RowCache cache = new RowCache(pages, () -> budget, HummockMetrics.NONE);
    Map<String, byte[]> model = new HashMap<>();
    int found = 0;
    int forgotten = 0;
    for (int i = 0; i < 100_000; i++) {
      if (random.nextInt(200) == 0) {
        long wanted = random.nextLong(budget);
        long before = cache.bytes();
        boolean gave = cache.giveBack(wanted);
        assertThat(gave).isEqualTo(wanted > 0 && before > 0);
        assertThat(cache.bytes()).isLessThanOrEqualTo(Math.max(0, before - wanted));
      }
      RowKind kind = KINDS[random.nextInt(2)];
      // Half of the keys are hot, some are long.
      int number = random.nextBoolean() ? random.nextInt(20) : random.nextInt(5_000);
      Slice key = Slice.utf8("key-%06d".formatted(number) + "k".repeat(number % 50));
      long hash = Hash.hash64(key);
      String name = kind + key.toString();
      int row = cache.find(kind, key, hash);
      if (row == RowCache.NONE) {
        forgotten += model.containsKey(name) ? 1 : 0;
        byte[] value = value(random);
        cache.add(kind, key, hash, Slice.of(value));
        model.put(name, value);
        continue;
      }
      found++;
      byte[] expected = Objects.requireNonNull(model.get(name));
      assertThat(cache.kind(row)).isEqualTo(kind);
      assertThat(cache.read(row).toByteArray()).isEqualTo(expected);
      switch (random.nextInt(6)) {
        case 0 -> {
          byte[] value = value(random);
          cache.replace(row, kind, key, hash, Slice.of(value));
          model.put(name, value);
        }
        case 1 -> {
          if (expected.length > 0) {
            byte[] changed = expected.clone();
            int at = random.nextInt(changed.length);
            changed[at]++;
            cache.overwrite(row, at, Slice.of(changed, at, 1));
            model.put(name, changed);
          }
        }
        case 2 -> {
          cache.remove(row, hash);
          assertThat(cache.find(kind, key, hash)).isEqualTo(RowCache.NONE);
        }
        default -> {}
      }
      assertThat(cache.bytes()).isEqualTo(pages.used()).isLessThanOrEqualTo(budget);
    }
    if (budget < 8_000_000) {
      assertThat(forgotten).isPositive();
    }
    if (budget > 40_000) {
      assertThat(found).isGreaterThan(10_000);
    } else {
      // Not even one page and the index.
      assertThat(found).isZero();
    }
    cache.clear();
    assertThat(pages.used()).isZero();
  }

  private static byte[] value(SplittableRandom random) {
    byte[] value = new byte[random.nextInt(20) == 0 ? random.nextInt(5_000) : random.nextInt(60)];
    random.nextBytes(value);
    return value;
  }

  /** Adds rows whose value is their key. */
  private static void fill(RowCache cache, int count) {
    for (int i = 0; i < count; i++) {
      Slice key = Slice.utf8("key-%08d".formatted(i));
      cache.add(RowKind.VALUE, key, Hash.hash64(key), key);
    }
  }

  /** How many of the rows of {@link #fill} are there; checks these. */
  private static int countFound(RowCache cache, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      Slice key = Slice.utf8("key-%08d".formatted(i));
      int row = cache.find(RowKind.VALUE, key, Hash.hash64(key));
      if (row != RowCache.NONE) {
        assertThat(cache.read(row)).isEqualTo(key);
        found++;
      }
    }
    return found;
  }

  @Test
  void keepsAllThatFits() {
    RowCache cache =
        new RowCache(new HeapPageAllocator(64 << 20), () -> 32 << 20, HummockMetrics.NONE);
    int count = 300_000;
    fill(cache, count);
    int found = countFound(cache, count);
    // Some pairs of lines of the index have more than their sixteen.
    assertThat(found).isGreaterThan(count * 99 / 100);
  }

  @Test
  void rowsThatAreUsedStayWhenOthersGo() {
    RowCache cache =
        new RowCache(new HeapPageAllocator(2 << 20), () -> 1 << 20, HummockMetrics.NONE);
    List<Slice> hot = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      hot.add(Slice.utf8("hot-key-%05d".formatted(i)));
    }
    for (Slice key : hot) {
      cache.add(RowKind.VALUE, key, Hash.hash64(key), key);
    }
    int kept = 0;
    int asked = 0;
    for (int i = 0; i < 300_000; i++) {
      Slice cold = Slice.utf8("cold-key-%08d".formatted(i));
      cache.add(RowKind.VALUE, cold, Hash.hash64(cold), cold);
      Slice key = hot.get(i % hot.size());
      int row = cache.find(RowKind.VALUE, key, Hash.hash64(key));
      asked++;
      if (row != RowCache.NONE) {
        cache.use(row);
        kept++;
      } else {
        cache.add(RowKind.VALUE, key, Hash.hash64(key), key);
      }
    }
    assertThat(kept).isGreaterThan(asked * 95 / 100);
  }

  @Test
  void givesItsPagesBackWhenTheBudgetShrinks() {
    ShrinkingPages pages = new ShrinkingPages(1 << 20);
    RowCache cache = new RowCache(pages, () -> 1 << 19, HummockMetrics.NONE);
    fill(cache, 10_000);
    assertThat(cache.bytes()).isGreaterThan(200_000);
    cache.fit();
    assertThat(cache.bytes()).isGreaterThan(200_000);
    pages.limit = 1 << 18;
    cache.fit();
    assertThat(pages.used()).isLessThanOrEqualTo(1 << 17);
    fill(cache, 10_000);
    assertThat(cache.bytes()).isBetween(1L << 16, 1L << 17);
  }

  @Test
  void rowsOfOtherPagesStayWhenSomeAreGivenBack() {
    HeapPageAllocator pages = new HeapPageAllocator(64 << 20);
    RowCache cache = new RowCache(pages, () -> 32 << 20, HummockMetrics.NONE);
    int count = 100_000;
    fill(cache, count);
    long before = cache.bytes();
    assertThat(cache.giveBack(before / 2)).isTrue();
    assertThat(cache.bytes()).isEqualTo(pages.used()).isBetween(before / 4, before / 2);
    int found = countFound(cache, count);
    assertThat(found).isBetween(count / 8, count * 3 / 4);
    while (cache.giveBack(1)) {
      assertThat(cache.bytes()).isEqualTo(pages.used());
    }
    assertThat(pages.used()).isZero();
  }

  @Test
  void worksWithWhatPagesItGets() {
    // The budget would allow for much more.
    PageAllocator few = new HeapPageAllocator(200_000);
    PageAllocator pages =
        new PageAllocator() {
          @Override
          public @Nullable Page allocate(int bytes) {
            return few.allocate(bytes);
          }

          @Override
          public long limit() {
            return 1 << 30;
          }

          @Override
          public long used() {
            return few.used();
          }
        };
    RowCache cache = new RowCache(pages, () -> 1 << 28, HummockMetrics.NONE);
    for (int i = 0; i < 100_000; i++) {
      Slice key = Slice.utf8("key-%08d".formatted(i));
      cache.add(RowKind.VALUE, key, Hash.hash64(key), key);
      int row = cache.find(RowKind.VALUE, key, Hash.hash64(key));
      assertThat(row == RowCache.NONE || cache.read(row).equals(key)).isTrue();
    }
    cache.clear();
    assertThat(few.used()).isZero();
  }

  /** A budget that can become less. */
  private static final class ShrinkingPages implements PageAllocator {
    private final HeapPageAllocator pages;
    long limit;

    ShrinkingPages(long limit) {
      this.limit = limit;
      pages = new HeapPageAllocator(limit);
    }

    @Override
    public @Nullable Page allocate(int bytes) {
      return pages.used() + bytes > limit ? null : pages.allocate(bytes);
    }

    @Override
    public long limit() {
      return limit;
    }

    @Override
    public long used() {
      return pages.used();
    }
  }
}
