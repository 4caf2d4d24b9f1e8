package io.hummock.examples.benchmark;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.openjdk.jmh.annotations.Benchmark;

/** Value state of a long, and of 100 bytes. */
public class ValueOperations extends StateOperations {
  private static final int VALUE_BYTES = 100;

  @SuppressWarnings("NullAway.Init")
  private ValueState<Long> value;

  @SuppressWarnings("NullAway.Init")
  private ValueState<byte[]> bytes;

  private final byte[] content = new byte[VALUE_BYTES];
  private long counter;

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    value = fixture.state(new ValueStateDescriptor<>("value", LongSerializer.INSTANCE));
    bytes =
        fixture.state(new ValueStateDescriptor<>("bytes", BytePrimitiveArraySerializer.INSTANCE));
    for (long key = 0; key < keys; key++) {
      use(key);
      value.update(key);
      bytes.update(content);
    }
  }

  @Benchmark
  public Object get() throws Exception {
    useNext();
    return value.value();
  }

  @Benchmark
  public Object getMissing() throws Exception {
    use(keys + useNext());
    return value.value();
  }

  @Benchmark
  public void update() throws Exception {
    useNext();
    value.update(counter++);
  }

  @Benchmark
  public void readModifyWrite() throws Exception {
    useNext();
    value.update(value.value() + 1);
  }

  /** A key that has no state yet, forgotten again once it would make the state grow. */
  @Benchmark
  public void add() throws Exception {
    use(2L * keys + counter % keys);
    value.update(counter);
    use(2L * keys + (counter + keys / 2) % keys);
    value.clear();
    counter++;
  }

  @Benchmark
  public Object getBytes() throws Exception {
    useNext();
    return bytes.value();
  }

  @Benchmark
  public void updateBytes() throws Exception {
    useNext();
    content[0]++;
    bytes.update(content);
  }
}
