package io.hummock.examples.benchmark.memory;

import io.hummock.examples.benchmark.backend.KeyKind;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Reads and replaces 200 random bytes for each record: first all keys one after the other, then
 * keys at random.
 */
final class WideState extends KeyedProcessFunction<Long, Long, Long> {
  static final int VALUE_BYTES = 200;

  private static final long serialVersionUID = 1L;
  private static final LongAdder PROCESSED = new LongAdder();

  @SuppressWarnings("NullAway.Init")
  private transient ValueState<byte[]> state;

  /** How many records all of them in this process have seen. */
  static long processed() {
    return PROCESSED.sum();
  }

  /** The key of a record. */
  static long key(long record, long keys) {
    return record < keys ? record : Math.floorMod(KeyKind.scatter(record), keys);
  }

  @Override
  public void open(OpenContext context) {
    state =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "wide", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
  }

  @Override
  public void processElement(Long record, Context context, Collector<Long> out) throws Exception {
    byte[] before = state.value();
    if (before != null && before.length != VALUE_BYTES) {
      throw new IllegalStateException("wrong answer: " + before.length + " bytes");
    }
    byte[] value = new byte[VALUE_BYTES];
    new SplittableRandom(record).nextBytes(value);
    state.update(value);
    PROCESSED.increment();
  }
}
