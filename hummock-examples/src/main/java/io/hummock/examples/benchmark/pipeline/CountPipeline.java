package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.KeyKind;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** How often each of a million keys was seen, told at each event. */
final class CountPipeline implements Pipeline {
  static final long KEYS = 1_000_000;

  @Override
  public String name() {
    return "keyed count";
  }

  @Override
  public int thousands() {
    return 6_000;
  }

  @Override
  public DataStream<Long> build(StreamExecutionEnvironment environment, long records) {
    return Events.of(environment, records, Events.uniform(KEYS))
        .keyBy(event -> event.f0, Types.LONG)
        .process(new Count())
        .returns(Types.LONG);
  }

  private static final class Count
      extends KeyedProcessFunction<Long, Tuple3<Long, Long, Long>, Long> {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("NullAway.Init")
    private transient ValueState<Long> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(Tuple3<Long, Long, Long> event, Context context, Collector<Long> out)
        throws Exception {
      Long before = count.value();
      long now = before == null ? 1 : before + 1;
      count.update(now);
      out.collect(KeyKind.scatter(event.f0 << 20 ^ now));
    }
  }
}
