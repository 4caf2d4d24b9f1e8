package io.hummock.flink.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.junit.jupiter.api.Test;

class CountedSavepointTest {
  /** Key group 4 is empty; the others begin at 10, 30 and 60 of 100 bytes. */
  private static final KeyGroupsStateHandle SAVEPOINT =
      new KeyGroupsStateHandle(
          new KeyGroupRangeOffsets(KeyGroupRange.of(3, 6), new long[] {10, 0, 30, 60}),
          new ByteStreamStateHandle("savepoint", new byte[100]));

  private final AtomicLong bytesRead = new AtomicLong();

  private long bytes(int first, int last) {
    return CountedSavepoint.of(SAVEPOINT, KeyGroupRange.of(first, last), bytesRead).bytes();
  }

  @Test
  void bytesAreThoseOfTheWantedKeyGroups() {
    assertThat(bytes(0, 15)).isEqualTo(90);
    assertThat(bytes(0, 3)).isEqualTo(20);
    assertThat(bytes(4, 4)).isZero();
    assertThat(bytes(4, 5)).isEqualTo(30);
    assertThat(bytes(6, 9)).isEqualTo(40);
  }

  @Test
  void handleHasTheWantedKeyGroupsAndCountsWhatIsRead() throws Exception {
    CountedSavepoint counted = CountedSavepoint.of(SAVEPOINT, KeyGroupRange.of(5, 9), bytesRead);
    assertThat(counted.handle().getKeyGroupRange()).isEqualTo(KeyGroupRange.of(5, 6));
    assertThat(counted.handle().getOffsetForKeyGroup(6)).isEqualTo(60);
    assertThat(counted.handle().getStateSize()).isEqualTo(100);
    try (FSDataInputStream in = counted.handle().openInputStream()) {
      in.seek(30);
      assertThat(in.read()).isZero();
      assertThat(in.read(new byte[20])).isEqualTo(20);
      assertThat(in.skip(9)).isEqualTo(9);
      assertThat(bytesRead).hasValue(30);
      in.transferTo(OutputStream.nullOutputStream());
      assertThat(in.read()).isEqualTo(-1);
    }
    assertThat(bytesRead).hasValue(70);
  }

  @Test
  void discardingTheHandleDiscardsNothing() throws Exception {
    KeyGroupsStateHandle handle =
        CountedSavepoint.of(SAVEPOINT, KeyGroupRange.of(3, 6), bytesRead).handle();
    handle.discardState();
    try (InputStream in = SAVEPOINT.openInputStream()) {
      assertThat(in.readAllBytes()).hasSize(100);
    }
  }
}
