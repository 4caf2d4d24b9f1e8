package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.Arrays;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** Value state of a long, and of 100 bytes. */
public class ValueOperations extends StateOperations {
  private static final int VALUE_BYTES = 100;

  /** How many operations pass until a key that {@link #add} added is forgotten again. */
  private static final int ADDED = 1 << 16;

  @SuppressWarnings("NullAway.Init")
  private ValueState<Long> value;

  @SuppressWarnings("NullAway.Init")
  private ValueState<byte[]> bytes;

  private final byte[] content = new byte[VALUE_BYTES];
  private long added;
  private long incremented;
  private long updated;
  private long lastUpdated;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    value = fixture.state(new ValueStateDescriptor<>("value", LongSerializer.INSTANCE));
    bytes =
        fixture.state(new ValueStateDescriptor<>("bytes", BytePrimitiveArraySerializer.INSTANCE));
    for (long number = 0; number < keys; number++) {
      use(number);
      value.update(number);
      bytes.update(contentOf(number));
    }
  }

  /** Bytes that no compression makes smaller. */
  private static byte[] contentOf(long number) {
    byte[] content = new byte[VALUE_BYTES];
    for (int i = 0; i < VALUE_BYTES; i++) {
      content[i] = (byte) KeyKind.scatter(number * VALUE_BYTES + i);
    }
    return content;
  }

  @Override
  void verify() throws Exception {
    if (updated > 0) {
      use(lastUpdated);
      expect(updated, value.value(), "the value updated last");
      return;
    }
    if (incremented > 0) {
      long sum = -(long) keys * (keys - 1) / 2;
      for (long number = 0; number < keys; number++) {
        use(number);
        sum += value.value();
      }
      expect(incremented, sum, "the sum of all increments");
      return;
    }
    for (long number = 0; number < keys; number += step(keys)) {
      use(number);
      expect(number, value.value(), "the value of key " + number);
      if (content[0] == 0 && !Arrays.equals(contentOf(number), bytes.value())) {
        throw new IllegalStateException("wrong answer: the bytes of key " + number);
      }
      use(keys + number);
      if (added == 0 && value.value() != null) {
        throw new IllegalStateException("wrong answer: key " + (keys + number) + " has a value");
      }
    }
  }

  @Benchmark
  public Object get() throws Exception {
    useNext();
    return value.value();
  }

  /** Keys that never had a value, between those that have one. */
  @Benchmark
  public Object getMissing() throws Exception {
    use((long) keys + next());
    return value.value();
  }

  @Benchmark
  public void update() throws Exception {
    lastUpdated = useNext();
    value.update(++updated);
  }

  @Benchmark
  public void readModifyWrite() throws Exception {
    useNext();
    value.update(value.value() + 1);
    incremented++;
  }

  /** The value of a new key; that of a key added 65,536 operations before is cleared. */
  @Benchmark
  public void add() throws Exception {
    use(keys + added);
    value.update(added);
    if (added >= ADDED) {
      use(keys + added - ADDED);
      value.clear();
    }
    added++;
  }

  @Benchmark
  public Object getBytes() throws Exception {
    useNext();
    return bytes.value();
  }

  /** A new array each time, as a record brings one. */
  @Benchmark
  public void updateBytes() throws Exception {
    useNext();
    content[0] |= 1;
    bytes.update(content.clone());
  }
}
