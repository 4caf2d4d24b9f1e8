package io.hummock.examples.job;

import io.hummock.examples.flights.Flight;
import io.hummock.examples.flights.FlightsFile;
import io.hummock.examples.flights.FlightsSource;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** The job: from the feeds of the airports to files of result lines, each line exactly once. */
final class FlightsPipeline {
  /** No feed falls back further in event time: {@link FlightsFile} says why it does. */
  static final Duration OUT_OF_ORDER = Duration.ofHours(30);

  private static final int MAX_PARALLELISM = 128;

  private FlightsPipeline() {}

  /**
   * Adds the job to an environment; its results go into files in a directory, see {@link Results}.
   */
  static void build(
      StreamExecutionEnvironment environment, FlightsSource source, java.nio.file.Path results) {
    environment.setMaxParallelism(MAX_PARALLELISM);
    int readers = Math.min(environment.getParallelism(), FlightsFile.AIRPORTS.size());
    DataStream<Flight> flights =
        environment
            .fromSource(
                source,
                WatermarkStrategy.<Flight>forBoundedOutOfOrderness(OUT_OF_ORDER)
                    .withTimestampAssigner((flight, unused) -> flight.departure()),
                "flights")
            .uid("flights")
            .setParallelism(readers);

    DataStream<String> aircraft =
        flights
            .filter(flight -> !flight.cancelled() && !flight.aircraft().isEmpty())
            .uid("departed")
            .setParallelism(readers)
            .keyBy(Flight::aircraft)
            .process(new AircraftHistory())
            .name("aircraft")
            .uid("aircraft");

    SingleOutputStreamOperator<RouteDay> routeDays =
        flights
            .keyBy(Flight::route)
            .window(TumblingEventTimeWindows.of(Duration.ofDays(1)))
            .aggregate(new RouteDays(), new RouteDays.Named())
            .name("routes")
            .uid("routes");
    DataStream<String> routes = routeDays.map(ResultLines::route).uid("route-lines");
    DataStream<String> busiest =
        routeDays
            .keyBy(RouteDay::day)
            .process(new BusiestRoutes())
            .name("busiest routes")
            .uid("busiest-routes");

    aircraft
        .union(routes, busiest)
        .sinkTo(
            FileSink.forRowFormat(new Path(results.toUri()), new SimpleStringEncoder<String>())
                .withBucketAssigner(new BasePathBucketAssigner<>())
                .withRollingPolicy(OnCheckpointRollingPolicy.build())
                .build())
        .name("results")
        .uid("results");
  }
}
