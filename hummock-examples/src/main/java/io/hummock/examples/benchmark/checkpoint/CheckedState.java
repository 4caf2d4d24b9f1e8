package io.hummock.examples.benchmark.checkpoint;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/** A value state of random bytes that knows what it has to contain. */
final class CheckedState {
  /** How many keys there are, how long their values are, and which of them were changed. */
  record Contents(int keys, int bytes, BitSet changed) {
    byte[] value(int number) {
      byte[] value = new byte[bytes];
      new SplittableRandom(changed.get(number) ? ~(long) number : number).nextBytes(value);
      return value;
    }
  }

  private final KeyedStateFixture<Long> fixture;
  private final ValueState<byte[]> state;
  private final Contents contents;

  CheckedState(KeyedStateFixture<Long> fixture, Contents contents) throws Exception {
    this.fixture = fixture;
    this.contents = contents;
    state =
        fixture.state(new ValueStateDescriptor<>("value", BytePrimitiveArraySerializer.INSTANCE));
  }

  /** Writes what a key has to contain. */
  void write(int number) throws Exception {
    fixture.backend().setCurrentKey(KeyKind.scatter(number));
    state.update(contents.value(number));
  }

  /** Reads a value without a check of all its bytes. */
  byte[] read(int number) throws Exception {
    fixture.backend().setCurrentKey(KeyKind.scatter(number));
    byte[] value = state.value();
    if (value == null || value.length != contents.bytes()) {
      throw new IllegalStateException("wrong answer: key " + number + " has no proper value");
    }
    return value;
  }

  /** Checks all values whose keys belong to key groups, and gives their number. */
  int verify(KeyGroupRange range) throws Exception {
    int verified = 0;
    for (int number = 0; number < contents.keys(); number++) {
      if (isIn(range, number)) {
        if (!Arrays.equals(contents.value(number), read(number))) {
          throw new IllegalStateException("wrong answer: the value of key " + number);
        }
        verified++;
      }
    }
    return verified;
  }

  /** Whether a key belongs to key groups. */
  static boolean isIn(KeyGroupRange range, int number) {
    return range.contains(
        KeyGroupRangeAssignment.assignToKeyGroup(
            KeyKind.scatter(number), KeyedStateFixture.KEY_GROUPS));
  }
}
