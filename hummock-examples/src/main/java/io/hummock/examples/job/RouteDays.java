package io.hummock.examples.job;

import io.hummock.examples.flights.Flight;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Sums up the flights of a route in a window of a day. */
final class RouteDays implements AggregateFunction<Flight, RouteDay, RouteDay> {
  private static final long serialVersionUID = 1;

  @Override
  public RouteDay createAccumulator() {
    return new RouteDay(0, "", 0, 0, 0, 0);
  }

  @Override
  public RouteDay add(Flight flight, RouteDay sum) {
    return merge(
        sum,
        flight.cancelled()
            ? new RouteDay(0, "", 0, 1, 0, 0)
            : new RouteDay(0, "", 1, 0, flight.delay(), flight.delay()));
  }

  @Override
  public RouteDay getResult(RouteDay sum) {
    return sum;
  }

  @Override
  public RouteDay merge(RouteDay first, RouteDay second) {
    return new RouteDay(
        0,
        "",
        first.departed() + second.departed(),
        first.cancelled() + second.cancelled(),
        first.delay() + second.delay(),
        Math.max(first.worst(), second.worst()));
  }

  /** Adds day and route, which the window and its key know. */
  static final class Named extends ProcessWindowFunction<RouteDay, RouteDay, String, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        String route, Context context, Iterable<RouteDay> sums, Collector<RouteDay> out) {
      for (RouteDay sum : sums) {
        out.collect(
            new RouteDay(
                context.window().getStart(),
                route,
                sum.departed(),
                sum.cancelled(),
                sum.delay(),
                sum.worst()));
      }
    }
  }
}
