package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.KeyKind;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** A timer for each event, some time later; half a million of them wait at any time. */
final class TimerPipeline implements Pipeline {
  private static final long KEYS = 1_000_000;
  private static final long LATEST = 1_000_000;

  @Override
  public String name() {
    return "timers";
  }

  @Override
  public int thousands() {
    return 3_000;
  }

  @Override
  public DataStream<Long> build(StreamExecutionEnvironment environment, long records) {
    return Events.of(environment, records, Events.uniform(KEYS))
        .keyBy(event -> event.f0, Types.LONG)
        .process(new Later())
        .returns(Types.LONG);
  }

  private static final class Later
      extends KeyedProcessFunction<Long, Tuple3<Long, Long, Long>, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(
        Tuple3<Long, Long, Long> event, Context context, Collector<Long> out) {
      long later = 1 + Math.floorMod(Events.random(~event.f2), LATEST);
      context.timerService().registerEventTimeTimer(event.f1 + later);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) {
      out.collect(KeyKind.scatter(context.getCurrentKey() << 32 ^ timestamp));
    }
  }
}
