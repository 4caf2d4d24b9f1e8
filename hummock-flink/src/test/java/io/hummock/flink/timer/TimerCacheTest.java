package io.hummock.flink.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The cache beside a tree set, and what it takes beside what it may take. */
class TimerCacheTest {
  private static final int FULL = 1_500;

  private static byte[] element(SplittableRandom random, int spread) {
    byte[] element = new byte[random.nextInt(14)];
    for (int i = 0; i < element.length; i++) {
      // Few values, with the sign bit set or not: many begin alike, and one is the begin of
      // another.
      element[i] = (byte) (random.nextInt(i < 8 ? 2 : spread) * 0x7F);
    }
    return element;
  }

  private static boolean find(TimerCache cache, byte[] element) {
    return cache.find(word(element), element, 0, element.length);
  }

  private static boolean isAgain(TimerCache cache, byte[] element) {
    return cache.isAgain(word(element), element, 0, element.length);
  }

  private static long word(byte[] element) {
    return TimerChunk.word(element, 0, element.length);
  }

  private static byte[] first(TimerCache cache) {
    return Arrays.copyOfRange(
        cache.firstArray(), cache.firstOffset(), cache.firstOffset() + cache.firstLength());
  }

  @Test
  void answersLikeASortedSet() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int run = 0; run < 30; run++) {
      TimerCache cache = new TimerCache(new CacheBudget(1 << 20));
      TreeSet<byte[]> model = new TreeSet<>(Arrays::compareUnsigned);
      int spread = 1 + random.nextInt(4);
      boolean grows = true;
      byte[] last = {};
      for (int i = 0; i < 6_000; i++) {
        grows = model.isEmpty() || (grows && model.size() < FULL);
        byte[] element = last.length > 0 && random.nextBoolean() ? last : element(random, spread);
        last = element;
        assertThat(isAgain(cache, element) && !model.contains(element)).isFalse();
        int dice = random.nextInt(8);
        if (dice < (grows ? 5 : 2)) {
          boolean found = find(cache, element);
          assertThat(found).isEqualTo(!model.add(element));
          if (!found) {
            boolean isFirst = cache.insertHere(word(element), element, 0, element.length);
            assertThat(isFirst).isEqualTo(model.first() == element);
          }
          assertThat(isAgain(cache, element)).isTrue();
        } else if (dice < 6 && !model.isEmpty()) {
          assertThat(first(cache)).isEqualTo(model.pollFirst());
          cache.removeFirst();
        } else if (dice < 7) {
          boolean found = find(cache, element);
          assertThat(found).isEqualTo(model.contains(element));
          if (found) {
            boolean wasFirst = Arrays.equals(element, model.first());
            assertThat(cache.foundIsFirst()).isEqualTo(wasFirst);
            cache.removeHere();
            model.remove(element);
          }
        } else if (!model.isEmpty()) {
          boolean isBehind = cache.isBehindLast(word(element), element, 0, element.length);
          assertThat(isBehind).isEqualTo(Arrays.compareUnsigned(element, model.last()) > 0);
          if (isBehind) {
            cache.append(word(element), element, 0, element.length);
            model.add(element);
          }
        }
        assertThat(cache.count()).isEqualTo(model.size());
        if (!model.isEmpty()) {
          assertThat(first(cache)).isEqualTo(model.first());
        }
      }
      while (!model.isEmpty()) {
        assertThat(first(cache)).isEqualTo(model.pollFirst());
        cache.removeFirst();
      }
      assertThat(cache.isEmpty()).isTrue();
    }
  }

  @Test
  void manyCachesTogetherKeepWithinTheirBudgetAndHoldTheLeast() {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int run = 0; run < 10; run++) {
      int count = 1 + random.nextInt(200);
      long bytes = 64L << 10 << random.nextInt(4);
      CacheBudget budget = new CacheBudget(bytes);
      List<TimerCache> caches = new ArrayList<>();
      List<TreeSet<byte[]>> models = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        caches.add(new TimerCache(budget));
        models.add(new TreeSet<>(Arrays::compareUnsigned));
      }
      for (int i = 0; i < 40_000; i++) {
        int at = (int) (count * Math.pow(random.nextDouble(), 2));
        TimerCache cache = caches.get(at);
        TreeSet<byte[]> model = models.get(at);
        if (random.nextInt(5) == 0 && !cache.isEmpty()) {
          assertThat(first(cache)).isEqualTo(model.pollFirst());
          cache.removeFirst();
        } else {
          byte[] element = new byte[8 + random.nextInt(40)];
          random.nextBytes(element);
          if (!find(cache, element)) {
            cache.insertHere(word(element), element, 0, element.length);
            model.add(element);
          }
          if (cache.shrink()) {
            assertThat(cache.count()).isPositive();
          }
          while (model.size() > cache.count()) {
            model.pollLast();
          }
        }
        // Of each cache what it always holds, and the chunk that it is about to give back.
        assertThat(budget.used()).isLessThanOrEqualTo(bytes + count * 6_000L);
      }
      for (int at = 0; at < count; at++) {
        TimerCache cache = caches.get(at);
        for (byte[] element : models.get(at)) {
          assertThat(first(cache)).isEqualTo(element);
          cache.removeFirst();
        }
      }
    }
  }
}
