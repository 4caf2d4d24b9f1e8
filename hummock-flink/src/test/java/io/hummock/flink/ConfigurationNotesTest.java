package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.flink.backend.HummockKeyedStateBackend;
import io.hummock.flink.metrics.RecordingMetricGroup;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationNotesTest {
  private static final String HUMMOCK = "state.backend.hummock.";

  private final List<String> warnings = new ArrayList<>();
  private final List<String> infos = new ArrayList<>();
  private final ConfigurationNotes notes = new ConfigurationNotes(warnings::add, infos::add);

  private void check(Map<String, String> config) {
    notes.check(Configuration.fromMap(config));
  }

  @ParameterizedTest
  @CsvSource({
    "bloom-filter.bits-per-kye, bloom-filter.bits-per-key",
    "bloom_filter.bits_per_key, bloom-filter.bits-per-key",
    "block.block-size, block.blocksize",
    "thread.number, thread.num",
    "memory.fixed-per-tm, memory.fixed-per-slot",
    "s3.acess-key, s3.access-key",
    "s3.path-style.access, s3.path-style-access",
    "timer-service.cachesize, timer-service.cache-size"
  })
  void misspelledKeyIsReportedWithTheNearestOne(String wrong, String right) {
    check(Map.of(HUMMOCK + wrong, "a value"));
    assertThat(warnings)
        .containsExactly(
            HUMMOCK
                + wrong
                + " is no option of Hummock and has no effect: did you mean "
                + HUMMOCK
                + right
                + "? Rename it. docs/configuration.md has all options.");
  }

  @Test
  void keyThatIsLikeNoneIsReportedWithoutAGuess() {
    check(Map.of(HUMMOCK + "make-everything-a-lot-faster-please", "true"));
    assertThat(warnings).singleElement().asString().contains("remove it").doesNotContain("mean");
  }

  @Test
  void eachKeyIsReportedOnceAndWithoutItsValue() {
    for (int i = 0; i < 3; i++) {
      check(Map.of(HUMMOCK + "thread.nun", "7", HUMMOCK + "s3.secret.kex", "my-secret"));
    }
    assertThat(warnings).hasSize(2);
    assertThat(warnings.toString()).doesNotContain("my-secret");
  }

  @Test
  void keysThatAreOptionsAreFine() {
    Configuration config = new Configuration();
    for (ConfigOption<?> option : HummockConfigOptions.all()) {
      config.setString(option.key(), "x");
    }
    config.setString(HUMMOCK + "s3.access.key", "x");
    config.setString(HUMMOCK + "s3.path.style.access", "true");
    config.setString(HUMMOCK + "s3.endpoint", "x");
    config.setString("state.backend.type", "hummock");
    notes.check(config);
    assertThat(warnings).isEmpty();
    assertThat(infos).isEmpty();
  }

  @Test
  void optionsOfOtherBackendsAreReportedInOneLineWithWhatIsLikeThem() {
    for (int i = 0; i < 3; i++) {
      check(
          Map.of(
              "state.backend.rocksdb.thread.num", "4",
              "state.backend.rocksdb.localdir", "/disk",
              "state.backend.rocksdb.use-bloom-filter", "true",
              "state.backend.rocksdb.checkpoint.transfer.thread.num", "8",
              "state.backend.rocksdb.metrics.block-cache-hit", "true",
              "state.backend.rocksdb.compaction.style", "LEVEL",
              "state.backend.forst.cache.dir", "/disk"));
    }
    assertThat(warnings).isEmpty();
    assertThat(infos)
        .singleElement()
        .asString()
        .contains(
            "have no effect on Hummock",
            "state.backend.rocksdb.thread.num (set state.backend.hummock.thread.num)",
            "state.backend.rocksdb.localdir (set state.backend.hummock.cache.dir)",
            "state.backend.rocksdb.use-bloom-filter (always on, see bloom-filter.bits-per-key)",
            "state.backend.rocksdb.checkpoint.transfer.thread.num (set s3.connection.max)",
            "state.backend.rocksdb.metrics.block-cache-hit (metrics are on, see docs/metrics.md)",
            "state.backend.rocksdb.compaction.style (nothing like it)",
            "state.backend.forst.cache.dir (set state.backend.hummock.cache.dir)");
  }

  @Test
  void everyOptionIsInTheList() throws IllegalAccessException {
    List<Object> fields = new ArrayList<>();
    for (Field field : HummockConfigOptions.class.getFields()) {
      if (field.get(null) instanceof ConfigOption<?> option) {
        fields.add(option);
      }
    }
    assertThat(HummockConfigOptions.all()).isEqualTo(fields);
  }

  @Test
  void distanceCountsInsertionsDeletionsAndReplacements() {
    assertThat(ConfigurationNotes.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(ConfigurationNotes.distance("", "abc")).isEqualTo(3);
    assertThat(ConfigurationNotes.distance("abc", "")).isEqualTo(3);
    assertThat(ConfigurationNotes.distance("abc", "abc")).isZero();
  }

  @Test
  void configurationInEffectIsLoggedOnceForManySubtasks(@TempDir Path directory) throws Exception {
    Configuration job = new Configuration();
    // Not the same as in any other test.
    job.set(HummockConfigOptions.TIMER_SERVICE_CACHE_SIZE, MemorySize.ofMebiBytes(47));
    try (CapturedLog log = new CapturedLog();
        BackendFixture backends = new BackendFixture(directory)) {
      for (int i = 0; i < 3; i++) {
        HummockKeyedStateBackend<Integer> backend =
            backends.open(new RecordingMetricGroup(), job, List.of());
        BackendFixture.close(backend);
      }
      assertThat(log.lines())
          .filteredOn(line -> line.contains("47 mb"))
          .singleElement()
          .asString()
          .startsWith("INFO Hummock runs with ")
          .contains(
              "memory.managed=true",
              "memory.fixed-per-slot=none",
              "timer-service.cache-size=47 mb",
              "thread.num=2",
              "cache.size-based-limit=1 gb",
              "S3Options[endpoint=null");
    }
  }
}
