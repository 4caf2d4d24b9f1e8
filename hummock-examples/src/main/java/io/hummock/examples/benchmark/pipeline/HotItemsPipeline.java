package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.KeyKind;
import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The item with the most bids in each sliding window, as Nexmark's query 5: windows of 100,000
 * events, a new one each 20,000 events.
 */
final class HotItemsPipeline implements Pipeline {
  private static final long ITEMS = 100_000;
  private static final Duration SIZE = Duration.ofSeconds(100);
  private static final Duration SLIDE = Duration.ofSeconds(20);

  @Override
  public String name() {
    return "hot items (q5)";
  }

  @Override
  public int thousands() {
    return 2_000;
  }

  @Override
  public DataStream<Long> build(StreamExecutionEnvironment environment, long records) {
    return Events.of(environment, records, Events.hot(ITEMS))
        .keyBy(event -> event.f0, Types.LONG)
        .window(SlidingEventTimeWindows.of(SIZE, SLIDE))
        .aggregate(new Bids(), new WithWindow(), Types.LONG, Events.TYPE)
        .keyBy(count -> count.f1, Types.LONG)
        .process(new Hottest())
        .returns(Types.LONG);
  }

  private static final class Bids
      implements AggregateFunction<Tuple3<Long, Long, Long>, Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Tuple3<Long, Long, Long> bid, Long count) {
      return count + 1;
    }

    @Override
    public Long getResult(Long count) {
      return count;
    }

    @Override
    public Long merge(Long a, Long b) {
      return a + b;
    }
  }

  /** Makes an item, the end of the window, and the number of bids. */
  private static final class WithWindow
      implements WindowFunction<Long, Tuple3<Long, Long, Long>, Long, TimeWindow> {
    private static final long serialVersionUID = 1L;

    @Override
    public void apply(
        Long item,
        TimeWindow window,
        Iterable<Long> counts,
        Collector<Tuple3<Long, Long, Long>> out) {
      for (Long count : counts) {
        out.collect(Tuple3.of(item, window.getEnd(), count));
      }
    }
  }

  /** Of all items of a window that with the most bids, and of several the first. */
  private static final class Hottest
      extends KeyedProcessFunction<Long, Tuple3<Long, Long, Long>, Long> {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("NullAway.Init")
    private transient ValueState<Tuple3<Long, Long, Long>> hottest;

    @Override
    public void open(OpenContext context) {
      hottest = getRuntimeContext().getState(new ValueStateDescriptor<>("hottest", Events.TYPE));
    }

    @Override
    public void processElement(Tuple3<Long, Long, Long> item, Context context, Collector<Long> out)
        throws Exception {
      Tuple3<Long, Long, Long> before = hottest.value();
      if (before == null) {
        context.timerService().registerEventTimeTimer(item.f1);
      }
      if (before == null
          || item.f2 > before.f2
          || (item.f2.equals(before.f2) && item.f0 < before.f0)) {
        hottest.update(item);
      }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out)
        throws Exception {
      Tuple3<Long, Long, Long> best = hottest.value();
      hottest.clear();
      out.collect(KeyKind.scatter(best.f0 ^ best.f1 << 24 ^ best.f2 << 44));
    }
  }
}
