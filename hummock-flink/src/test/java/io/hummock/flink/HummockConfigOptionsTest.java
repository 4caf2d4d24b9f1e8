package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.backend.HummockSettings;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HummockConfigOptionsTest {
  @Test
  void everyOptionIsReadByItsKey() {
    Configuration config =
        Configuration.fromMap(
            Map.of(
                "state.backend.hummock.memory.fixed-per-slot", "100mb",
                "state.backend.hummock.memory.write-buffer-ratio", "0.25",
                "state.backend.hummock.timer-service.factory", "heap",
                "state.backend.hummock.timer-service.cache-size", "7mb",
                "state.backend.hummock.thread.num", "3",
                "state.backend.hummock.block.blocksize", "16kb",
                "state.backend.hummock.compaction.level.target-file-size-base", "32mb",
                "state.backend.hummock.compaction.level.max-size-level-base", "128mb",
                "state.backend.hummock.bloom-filter.bits-per-key", "12"));
    HummockSettings settings = HummockConfigOptions.settings(config);
    assertThat(settings.memory().fixedPerSlot()).isEqualTo(MemorySize.ofMebiBytes(100));
    assertThat(settings.writeBufferRatio()).isEqualTo(0.25);
    assertThat(settings.heapTimers()).isTrue();
    assertThat(settings.timerCacheBytes()).isEqualTo(7L << 20);
    assertThat(settings.threads()).isEqualTo(3);
    assertThat(settings.blockBytes()).isEqualTo(16 << 10);
    assertThat(settings.tableBytes()).isEqualTo(32 << 20);
    assertThat(settings.levelBaseBytes()).isEqualTo(128 << 20);
    assertThat(settings.bloomBitsPerKey()).isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource({
    "memory.write-buffer-ratio, 0.95, between 0.05 and 0.9",
    "memory.write-buffer-ratio, 0, between 0.05 and 0.9",
    "memory.fixed-per-slot, 1kb, from 1 mb",
    "timer-service.cache-size, 128, from 64 kb to 16 gb",
    "thread.num, 0, from 1 to 64",
    "thread.num, 65, from 1 to 64",
    "block.blocksize, 100b, from 256 bytes",
    "block.blocksize, 2mb, from 256 bytes",
    "compaction.level.target-file-size-base, 1kb, from 64 kb",
    "compaction.level.max-size-level-base, 1kb, from 64 kb",
    "bloom-filter.bits-per-key, 3, 0 or from 4 to 24",
    "bloom-filter.bits-per-key, 25, 0 or from 4 to 24"
  })
  void valueOutOfRangeIsRefusedWithOptionValueAndRange(String key, String value, String range) {
    Configuration config = Configuration.fromMap(Map.of("state.backend.hummock." + key, value));
    assertThatThrownBy(() -> HummockConfigOptions.settings(config))
        .isInstanceOf(IllegalConfigurationException.class)
        .hasMessageContaining("state.backend.hummock." + key)
        .hasMessageContaining(range);
  }

  @Test
  void memoryFromNowhereIsRefused() {
    Configuration config =
        Configuration.fromMap(Map.of("state.backend.hummock.memory.managed", "false"));
    assertThatThrownBy(() -> HummockConfigOptions.settings(config))
        .isInstanceOf(IllegalConfigurationException.class)
        .hasMessageContaining("state.backend.hummock.memory.managed")
        .hasMessageContaining("state.backend.hummock.memory.fixed-per-slot");
  }

  @Test
  void tooLittleMemoryNamesTheRemedy() {
    HummockSettings settings = HummockConfigOptions.settings(new Configuration());
    assertThatThrownBy(() -> settings.treeOptions(100_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("taskmanager.memory.managed.size");
  }

  @ParameterizedTest
  @ValueSource(longs = {1 << 20, 32 << 20, 1L << 30, 1L << 40})
  void memtablesAndCachesFitIntoTheMemory(long bytes) {
    var options = HummockConfigOptions.settings(new Configuration()).treeOptions(bytes);
    long memtables = options.memtableBytes() * (1 + options.maxFrozenMemtables());
    assertThat(options.rowCacheBytes()).isPositive();
    assertThat(memtables + options.cacheBytes() + options.rowCacheBytes())
        .isBetween(bytes * 9 / 10, bytes);
  }

  @Test
  void everyOptionIsDescribedAndHasThePrefix() throws IllegalAccessException {
    List<ConfigOption<?>> options = new ArrayList<>();
    for (Field field : HummockConfigOptions.class.getFields()) {
      if (field.get(null) instanceof ConfigOption<?> option) {
        options.add(option);
      }
    }
    assertThat(options).hasSizeBetween(10, 25);
    for (ConfigOption<?> option : options) {
      assertThat(option.key()).startsWith("state.backend.hummock.");
      assertThat(option.description().getBlocks()).as(option.key()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hummock", "io.hummock.flink.HummockStateBackendFactory"})
  void flinkFindsTheBackendByItsName(String name) throws Exception {
    Configuration config = new Configuration();
    config.set(StateBackendOptions.STATE_BACKEND, name);
    StateBackend backend =
        StateBackendLoader.loadStateBackendFromConfig(config, getClass().getClassLoader(), null);
    assertThat(backend).isInstanceOf(HummockStateBackend.class);
    assertThat(backend.useManagedMemory()).isTrue();
    assertThat(backend.supportsNoClaimRestoreMode()).isTrue();
    for (SavepointFormatType format : SavepointFormatType.values()) {
      assertThat(backend.supportsSavepointFormat(format)).isTrue();
    }
    assertThat(InstantiationUtil.clone(backend)).isInstanceOf(HummockStateBackend.class);
  }
}
