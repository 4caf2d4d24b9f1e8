package io.hummock.examples.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * The routes with the most departures of each day, keyed by day: collects all, and ranks them by a
 * timer when the day's windows have all been closed.
 */
final class BusiestRoutes extends KeyedProcessFunction<Long, RouteDay, String> {
  static final int RANKS = 3;

  private static final long serialVersionUID = 1;
  private static final Comparator<RouteDay> RANKING =
      Comparator.comparingInt(RouteDay::departed).reversed().thenComparing(RouteDay::route);

  private transient @Nullable ListState<RouteDay> routes;

  @Override
  public void open(OpenContext context) {
    routes = getRuntimeContext().getListState(new ListStateDescriptor<>("routes", RouteDay.class));
  }

  @Override
  public void processElement(RouteDay day, Context context, Collector<String> out)
      throws Exception {
    routes().add(day);
    context.timerService().registerEventTimeTimer(context.timestamp());
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
      throws Exception {
    List<RouteDay> all = new ArrayList<>();
    routes().get().forEach(all::add);
    all.sort(RANKING);
    for (int rank = 1; rank <= Math.min(RANKS, all.size()); rank++) {
      out.collect(ResultLines.busiest(all.get(rank - 1), rank));
    }
    routes().clear();
  }

  private ListState<RouteDay> routes() {
    if (routes == null) {
      throw new IllegalStateException("not open");
    }
    return routes;
  }
}
