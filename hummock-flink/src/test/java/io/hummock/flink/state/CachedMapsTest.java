package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.testing.Seeds;
import io.hummock.testing.StoresInMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CachedMapsTest {
  private static final int MAPS = 50;

  /** Beside sorted maps, small and large: what is kept of maps is what was written last. */
  @ParameterizedTest
  @ValueSource(ints = {5, 16, 100, 400})
  void readsFindWhatWasWrittenLast(int entries) throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base() + entries);
    try (HummockStore store = open()) {
      CachedMaps maps = new CachedMaps(store);
      TreeMap<String, String> model = new TreeMap<>();
      for (int i = 0; i < 60_000; i++) {
        String prefix = "00-map-%04d/".formatted(random.nextInt(MAPS));
        String key = prefix + "%04d".formatted(random.nextInt(entries));
        switch (random.nextInt(40)) {
          case 0, 1, 2, 3, 12, 13 -> {
            String value = "v".repeat(random.nextInt(3)) + i;
            maps.put(Slice.utf8(key), prefix.length(), Slice.utf8(value));
            model.put(key, value);
          }
          case 4 -> {
            maps.remove(Slice.utf8(key), prefix.length());
            model.remove(key);
          }
          case 5 -> {
            if (random.nextInt(20) == 0) {
              maps.clear(Slice.utf8(prefix));
              model.subMap(prefix, prefix + "~").clear();
            }
          }
          case 6 ->
              assertThat(maps.isEmpty(Slice.utf8(prefix)))
                  .isEqualTo(model.subMap(prefix, prefix + "~").isEmpty());
          case 7 -> {
            if (random.nextInt(20) == 0) {
              store.flush();
            }
          }
          case 8 -> {
            if (random.nextInt(20) == 0) {
              assertThat(all(maps, prefix)).isEqualTo(model.subMap(prefix, prefix + "~"));
            }
          }
          case 9, 10 -> {
            int first = random.nextInt(30);
            assertThat(first(maps, prefix, first))
                .isEqualTo(first(model.subMap(prefix, prefix + "~"), first));
          }
          case 11 -> {
            for (String removed : first(maps, prefix, random.nextInt(4)).keySet()) {
              maps.remove(Slice.utf8(removed), prefix.length());
              model.remove(removed);
            }
          }
          default -> {
            boolean isAllHere = random.nextInt(10) > 0;
            Slice found = maps.get(Slice.utf8(key), prefix.length(), isAllHere);
            assertThat(found == null ? null : text(found)).isEqualTo(model.get(key));
          }
        }
      }
    }
  }

  private static Map<String, String> all(CachedMaps maps, String prefix) throws IOException {
    return first(maps, prefix, Integer.MAX_VALUE);
  }

  private static Map<String, String> first(Map<String, String> model, int count) {
    Map<String, String> first = new TreeMap<>();
    model.entrySet().stream().limit(count).forEach(e -> first.put(e.getKey(), e.getValue()));
    return first;
  }

  private static Map<String, String> first(CachedMaps maps, String prefix, int count)
      throws IOException {
    Map<String, String> all = new TreeMap<>();
    ChunkedScan scan = maps.scan(Slice.utf8(prefix));
    while (all.size() < count && scan.next()) {
      all.put(prefix + text(scan.rest()), text(scan.value()));
    }
    return all;
  }

  private static String text(Slice bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }

  private static HummockStore open() throws IOException {
    return StoresInMemory.open(HummockOptions.defaults(), 16 << 20);
  }
}
