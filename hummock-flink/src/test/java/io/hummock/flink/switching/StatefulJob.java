package io.hummock.flink.switching;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * A job with every kind of keyed state, timers, and windows of four kinds. Its results do not
 * depend on when, how often and at which parallelism it is stopped and resumed, if no state is
 * lost: each is one line, and no two are the same.
 *
 * <p>Numbers {@code 0 .. NUMBERS - 1}, a little out of order in event time, over {@link #KEYS}
 * keys; the watermark depends on the numbers alone.
 */
final class StatefulJob {
  static final long NUMBERS = 2_400;
  static final int KEYS = 40;
  static final int MAX_PARALLELISM = 32;
  static final String KEYED_UID = "keyed";
  static final String SESSIONS_UID = "sessions";
  static final Duration SESSION_GAP = Duration.ofMillis(350);

  private static final long LATENESS = 300;

  /** The lines of the job that runs, in no order. */
  static final Queue<String> LINES = new ConcurrentLinkedQueue<>();

  /** What the line of a processing-time timer begins with; each key has one. */
  static final String ALARM = "alarm ";

  private StatefulJob() {}

  /** What the lines of the job begin with. */
  static List<String> kinds(boolean mergesAggregates) {
    List<String> kinds =
        new ArrayList<>(List.of(ALARM, "element ", "timer ", "tumbling ", "sliding ", "session "));
    if (mergesAggregates) {
      kinds.add("merging ");
    }
    return kinds;
  }

  static String key(long number) {
    return "key-" + Math.floorMod(number * 7919 + number / 11, KEYS);
  }

  static long time(long number) {
    return number * 10 + Math.floorMod(number * 31, 5) * 41L;
  }

  /**
   * Adds the job to an environment.
   *
   * @param alarm when the processing-time timers fire, in milliseconds since 1970
   * @param mergesAggregates whether there are windows that merge their accumulators
   */
  static void build(StreamExecutionEnvironment environment, long alarm, boolean mergesAggregates) {
    KeyedStream<Long, String> numbers = numbers(environment).keyBy(StatefulJob::key, Types.STRING);
    collect(numbers.process(new EveryKindOfState(alarm)).uid(KEYED_UID));
    collect(
        numbers
            .window(TumblingEventTimeWindows.of(Duration.ofMillis(500)))
            .reduce(Long::sum, new Lines<>("tumbling"))
            .uid("tumbling"));
    collect(
        numbers
            .window(SlidingEventTimeWindows.of(Duration.ofMillis(1_000), Duration.ofMillis(250)))
            .aggregate(new Mean(), new Lines<>("sliding"))
            .uid("sliding"));
    collect(
        numbers
            .window(EventTimeSessionWindows.withGap(SESSION_GAP))
            .process(new SortedLines("session"))
            .uid(SESSIONS_UID));
    if (mergesAggregates) {
      collect(
          numbers
              .window(EventTimeSessionWindows.withGap(Duration.ofMillis(450)))
              .aggregate(new Mean(), new Lines<>("merging"))
              .uid("merging"));
    }
  }

  /** The numbers with their times, as far as the {@link Gate} lets them through. */
  static DataStream<Long> numbers(StreamExecutionEnvironment environment) {
    environment.setMaxParallelism(MAX_PARALLELISM);
    return environment
        .fromSource(
            new DataGeneratorSource<>(
                number -> {
                  Gate.passed(number);
                  return number;
                },
                NUMBERS,
                parallelism -> Gate.begun(),
                Types.LONG),
            WatermarkStrategy.<Long>forGenerator(context -> new AfterEachNumber())
                .withTimestampAssigner((number, any) -> time(number)),
            "numbers")
        .uid("numbers")
        .setParallelism(1)
        .map(
            number -> {
              Failure.check(number);
              return number;
            })
        .returns(Types.LONG)
        .uid("failure")
        .setParallelism(1);
  }

  private static void collect(DataStream<String> lines) {
    lines
        .map(
            line -> {
              LINES.add(line);
              return line;
            })
        .returns(Types.STRING)
        .sinkTo(new DiscardingSink<>());
  }

  /** A watermark after each number, which depends on nothing but the numbers before it. */
  private static final class AfterEachNumber implements WatermarkGenerator<Long> {
    private long latest = Long.MIN_VALUE + LATENESS;

    @Override
    public void onEvent(Long number, long timestamp, WatermarkOutput output) {
      latest = Math.max(latest, timestamp);
      output.emitWatermark(new Watermark(latest - LATENESS));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  /** Sum and count. */
  static final class Mean implements AggregateFunction<Long, Tuple2<Long, Long>, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tuple2<Long, Long> createAccumulator() {
      return Tuple2.of(0L, 0L);
    }

    @Override
    public Tuple2<Long, Long> add(Long number, Tuple2<Long, Long> sum) {
      return Tuple2.of(sum.f0 + number, sum.f1 + 1);
    }

    @Override
    public String getResult(Tuple2<Long, Long> sum) {
      return sum.f0 + "/" + sum.f1;
    }

    @Override
    public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
      return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
    }
  }

  /** A window's one result as a line. */
  private static final class Lines<T> extends ProcessWindowFunction<T, String, String, TimeWindow> {
    private static final long serialVersionUID = 1L;

    private final String kind;

    Lines(String kind) {
      this.kind = kind;
    }

    @Override
    public void process(String key, Context context, Iterable<T> results, Collector<String> out) {
      for (T result : results) {
        out.collect(kind + " " + key + " " + context.window() + " " + result);
      }
    }
  }

  /** A window's elements as a line. */
  private static final class SortedLines
      extends ProcessWindowFunction<Long, String, String, TimeWindow> {
    private static final long serialVersionUID = 1L;

    private final String kind;

    SortedLines(String kind) {
      this.kind = kind;
    }

    @Override
    public void process(
        String key, Context context, Iterable<Long> elements, Collector<String> out) {
      List<Long> sorted = new ArrayList<>();
      StreamSupport.stream(elements.spliterator(), false).sorted().forEach(sorted::add);
      out.collect(kind + " " + key + " " + context.window() + " " + sorted);
    }
  }
}
