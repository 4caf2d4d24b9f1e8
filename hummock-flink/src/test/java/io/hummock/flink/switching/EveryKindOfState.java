package io.hummock.flink.switching;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads state of every kind, with and without time to live, and sets and deletes timers
 * of both kinds.
 */
@SuppressWarnings("NullAway.Init") // open() sets the states before anything else is called
final class EveryKindOfState extends KeyedProcessFunction<String, Long, String> {
  private static final long serialVersionUID = 1L;

  /** The numbers below it write state that lives one millisecond. */
  static final long SHORT_LIVED = StatefulJob.NUMBERS / 4;

  /** The numbers from here on look for it; by then it has to be gone. */
  static final long SHORT_LIVED_IS_GONE = StatefulJob.NUMBERS / 3;

  static final List<String> SHORT_LIVED_STATES = List.of("short-value", "short-list", "short-map");

  private final long alarm;

  private transient ValueState<Long> count;
  private transient ListState<Long> list;
  private transient MapState<String, Long> map;
  private transient ReducingState<Long> sum;
  private transient AggregatingState<Long, String> mean;
  private transient ValueState<Long> longValue;
  private transient ListState<Long> longList;
  private transient MapState<String, Long> longMap;
  private transient ValueState<Long> shortValue;
  private transient ListState<Long> shortList;
  private transient MapState<String, Long> shortMap;

  EveryKindOfState(long alarm) {
    this.alarm = alarm;
  }

  static ValueStateDescriptor<Long> count() {
    return new ValueStateDescriptor<>("count", Types.LONG);
  }

  static ListStateDescriptor<Long> list() {
    return new ListStateDescriptor<>("list", Types.LONG);
  }

  static MapStateDescriptor<String, Long> map() {
    return new MapStateDescriptor<>("map", Types.STRING, Types.LONG);
  }

  static ReducingStateDescriptor<Long> sum() {
    return new ReducingStateDescriptor<>("sum", Long::sum, Types.LONG);
  }

  static AggregatingStateDescriptor<Long, ?, String> mean() {
    return new AggregatingStateDescriptor<>(
        "mean", new StatefulJob.Mean(), Types.TUPLE(Types.LONG, Types.LONG));
  }

  @Override
  public void open(OpenContext context) {
    count = getRuntimeContext().getState(count());
    list = getRuntimeContext().getListState(list());
    map = getRuntimeContext().getMapState(map());
    sum = getRuntimeContext().getReducingState(sum());
    mean = getRuntimeContext().getAggregatingState(mean());
    longValue =
        getRuntimeContext()
            .getState(
                living(Duration.ofDays(1), new ValueStateDescriptor<>("long-value", Types.LONG)));
    longList =
        getRuntimeContext()
            .getListState(
                living(Duration.ofDays(1), new ListStateDescriptor<>("long-list", Types.LONG)));
    longMap =
        getRuntimeContext()
            .getMapState(
                living(
                    Duration.ofDays(1),
                    new MapStateDescriptor<>("long-map", Types.STRING, Types.LONG)));
    shortValue =
        getRuntimeContext()
            .getState(
                living(
                    Duration.ofMillis(1), new ValueStateDescriptor<>("short-value", Types.LONG)));
    shortList =
        getRuntimeContext()
            .getListState(
                living(Duration.ofMillis(1), new ListStateDescriptor<>("short-list", Types.LONG)));
    shortMap =
        getRuntimeContext()
            .getMapState(
                living(
                    Duration.ofMillis(1),
                    new MapStateDescriptor<>("short-map", Types.STRING, Types.LONG)));
  }

  private static <D extends StateDescriptor<?, ?>> D living(Duration time, D descriptor) {
    descriptor.enableTimeToLive(StateTtlConfig.newBuilder(time).cleanupFullSnapshot().build());
    return descriptor;
  }

  @Override
  public void processElement(Long number, Context context, Collector<String> out) throws Exception {
    Long before = count.value();
    long seen = before == null ? 1 : before + 1;
    count.update(seen);
    list.add(number);
    if (seen % 7 == 0) {
      List<Long> all = elements(list);
      list.update(all.subList(Math.max(0, all.size() - 3), all.size()));
    }
    map.put("slot-" + number % 5, number);
    if (seen % 4 == 0) {
      map.remove("slot-" + (number + 2) % 5);
    }
    sum.add(number);
    mean.add(number);
    Long longBefore = longValue.value();
    longValue.update(longBefore == null ? number : longBefore + number);
    longList.add(number);
    longMap.put("slot-" + number % 3, number);
    String lived = "";
    if (number < SHORT_LIVED) {
      shortValue.update(number);
      shortList.add(number);
      shortMap.put("slot", number);
    } else if (number >= SHORT_LIVED_IS_GONE) {
      lived = shortValue.value() + " " + elements(shortList) + " " + entries(shortMap);
    }

    long timer = StatefulJob.time(number) + 1_000;
    context.timerService().registerEventTimeTimer(timer);
    if (seen % 3 == 0) {
      context.timerService().deleteEventTimeTimer(timer);
    }
    if (seen == 1) {
      context.timerService().registerProcessingTimeTimer(alarm);
    }
    out.collect(
        "element %s %d: %d %s %s %d %s long: %d %s %s short: %s"
            .formatted(
                context.getCurrentKey(),
                number,
                seen,
                elements(list),
                entries(map),
                sum.get(),
                mean.get(),
                longValue.value(),
                elements(longList),
                entries(longMap),
                lived));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
      throws Exception {
    if (context.timeDomain() == TimeDomain.PROCESSING_TIME) {
      out.collect(StatefulJob.ALARM + context.getCurrentKey());
      return;
    }
    out.collect(
        "timer %s %d: %d %s"
            .formatted(context.getCurrentKey(), timestamp, count.value(), entries(map)));
    if (timestamp % 50 == 0) {
      map.clear();
      longList.clear();
    }
  }

  private static List<Long> elements(ListState<Long> list) throws Exception {
    List<Long> elements = new ArrayList<>();
    @Nullable Iterable<Long> all = list.get();
    if (all != null) {
      all.forEach(elements::add);
    }
    return elements;
  }

  private static Map<String, Long> entries(MapState<String, Long> map) throws Exception {
    Map<String, Long> entries = new TreeMap<>();
    for (Map.Entry<String, Long> entry : map.entries()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    return entries;
  }
}
