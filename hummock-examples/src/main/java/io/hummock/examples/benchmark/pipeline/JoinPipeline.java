package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.KeyKind;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/**
 * New persons and the auctions that they open in the same window, as Nexmark's query 8: one event
 * in four is a person, windows of 100,000 events.
 */
final class JoinPipeline implements Pipeline {
  private static final Duration SIZE = Duration.ofSeconds(100);
  private static final int PERSON = 4;
  private static final long RECENT = 20_000;

  @Override
  public String name() {
    return "window join (q8)";
  }

  @Override
  public int thousands() {
    return 2_000;
  }

  @Override
  public DataStream<Long> build(StreamExecutionEnvironment environment, long records) {
    DataStream<Tuple3<Long, Long, Long>> events =
        Events.of(
            environment,
            records,
            number -> Tuple3.of(isPerson(number) ? number : seller(number), number, number));
    return events
        .filter(event -> isPerson(event.f2))
        .join(events.filter(event -> !isPerson(event.f2)))
        .where(person -> person.f0, Types.LONG)
        .equalTo(auction -> auction.f0, Types.LONG)
        .window(TumblingEventTimeWindows.of(SIZE))
        .apply((person, auction) -> KeyKind.scatter(person.f2 << 32 ^ auction.f2), Types.LONG);
  }

  private static boolean isPerson(long number) {
    return number % PERSON == 0;
  }

  /** One of the persons that came some time before. */
  private static long seller(long number) {
    long back = Math.floorMod(Events.random(number), RECENT);
    return Math.max(0, number - back) / PERSON * PERSON;
  }
}
