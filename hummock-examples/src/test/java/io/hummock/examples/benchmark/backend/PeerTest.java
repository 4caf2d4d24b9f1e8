package io.hummock.examples.benchmark.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.junit.jupiter.api.Test;

class PeerTest {
  private static final long MEMORY = 32L << 20;

  @Test
  void rocksDbItselfSaysThatItIsTuned() throws Exception {
    String stock = rocksDbOptions("rocksdb");
    assertThat(stock).contains("filter_policy=nullptr").contains("partition_filters=false");
    String tuned = rocksDbOptions("rocksdb-tuned");
    assertThat(tuned)
        .contains("filter_policy=bloomfilter")
        .contains("partition_filters=true")
        .contains("index_type=kTwoLevelIndexSearch")
        .contains("cache_index_and_filter_blocks=true")
        .contains("pin_top_level_index_and_filter=true");
  }

  /** RocksDB's own file of options, as it wrote it for the column family of a state. */
  private static String rocksDbOptions(String label) throws Exception {
    try (KeyedStateFixture<Long> fixture =
        KeyedStateFixture.open(Peer.of(label), LongSerializer.INSTANCE, MEMORY)) {
      fixture.state(new ValueStateDescriptor<>("tuned", LongSerializer.INSTANCE));
      String all = latestOptions(fixture.directory());
      int start = all.indexOf("[TableOptions/BlockBasedTable \"tuned\"]");
      assertThat(start).isPositive();
      return all.substring(start);
    }
  }

  private static String latestOptions(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      Path latest =
          files
              .filter(file -> file.getFileName().toString().startsWith("OPTIONS-"))
              .max((a, b) -> a.getFileName().compareTo(b.getFileName()))
              .orElseThrow();
      return Files.readString(latest);
    }
  }

  @Test
  void optionsOfFlinkMayFollowABackendsName() {
    Peer peer = Peer.of("hummock+state.backend.hummock.block.blocksize=4kb");
    assertThat(peer.isHummock()).isTrue();
    assertThat(peer.configuration().toMap())
        .containsEntry("state.backend.type", "hummock")
        .containsEntry("state.backend.hummock.block.blocksize", "4kb");
    assertThatThrownBy(() -> Peer.of("hummock+fast"))
        .hasMessageContaining("write backend+key=value");
  }

  @Test
  void anyFactoryCanBeNamedByItsClass() {
    assertThat(Peer.of("org.example.Factory").configuration().toMap())
        .containsEntry("state.backend.type", "org.example.Factory");
    assertThatThrownBy(() -> Peer.of("rocks"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rocksdb-tuned");
  }
}
